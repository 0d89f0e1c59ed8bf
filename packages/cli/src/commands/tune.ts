import { estimate, type Profiles, readScenario } from '@walltime/core'
import { SimulationError } from '@walltime/sim'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { readTexts, toMistake } from '../input/load-scenarios.ts'
import { readNamedFiles } from '../input/named-files.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { readSetting } from '../input/settings.ts'
import { heading } from '../report/heading.ts'
import { tuned } from '../report/tuned.ts'
import { asUserError } from '../run/simulate-scenario.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { readTune, type TuneRequest } from '../tune/read-tune.ts'
import { type TuneAnswer, type TunedScenario, tuneScenario } from '../tune/tune-scenario.ts'
import { UserError, usageError } from '../user-error.ts'
import type { SimulateCommandOptions } from './simulate.ts'

export interface TuneCommandOptions extends SimulateCommandOptions {
  readonly tune: readonly string[]
}

/** `simulate --tune`: the best value of each number by itself, the others as they are. */
export async function tuneCommand(files: readonly string[], options: TuneCommandOptions): Promise<ExitCode> {
  const foreign = (
    [
      ['start', '--start'],
      ['untilError', '--until-error'],
      ['timeline', '--timeline'],
      ['trial', '--trial'],
    ] as const
  ).find(([key]) => options[key] !== undefined)
  if (foreign !== undefined) throw usageError(`--tune compares means: it takes no ${foreign[1]}`)
  const requests = options.tune.map(readTune)
  const codes: ExitCode[] = []
  for (const [i, given] of (await readAll(files, options)).entries()) {
    const terminal = standardOutput(options.color)
    const answers: TuneAnswer[] = []
    for (const [k, request] of requests.entries()) {
      const answer = await tuneOne(given, request, options)
      answers.push(answer)
      if (options.json === true) continue
      const title = k > 0 ? [] : [...(i > 0 ? ['', ''] : []), ...heading(given.scenario, given.estimate, terminal)]
      print([...title, '', ...tuned(answer, request.kind, terminal)])
    }
    if (options.json === true) printJson({ scenario: given.scenario.name, tune: answers })
    const { fits } = given.estimate.memory
    if (!fits)
      note(`${given.file}: does not fit in memory: walltime estimate ${given.file} says what would make it fit`)
    codes.push(fits ? EXIT.done : EXIT.no)
  }
  return worst(codes)
}

async function tuneOne(given: TunedScenario, request: TuneRequest, options: TuneCommandOptions): Promise<TuneAnswer> {
  const interrupt = onInterrupt()
  const told = options.quiet !== true && process.stderr.isTTY
  try {
    return await tuneScenario(given, request, {
      ...options,
      signal: interrupt.signal,
      onProgress: (tried) => {
        if (told) process.stderr.write(`\r${request.name}: ${tried} values tried`)
      },
    })
  } catch (error) {
    throw error instanceof SimulationError ? asUserError(given.file, error, given.scenario) : error
  } finally {
    if (told) process.stderr.write('\r\u001b[K')
    interrupt.release()
  }
}

async function readAll(files: readonly string[], options: TuneCommandOptions): Promise<readonly TunedScenario[]> {
  const settings = (options.set ?? []).map((text) => readSetting('--set', text))
  const profiles: Profiles = await readProfiles(options.profiles)
  const all: TunedScenario[] = []
  for (const { file, text } of await readTexts(files)) {
    const named = await readNamedFiles(file, text, settings)
    const result = readScenario(text, { profiles, settings, files: named })
    if (!result.ok) throw new UserError(result.issues.map((issue) => toMistake(file, issue)))
    const { scenario } = result
    all.push({ file, text, settings, profiles, files: named, scenario, estimate: estimate(scenario) })
  }
  return all
}

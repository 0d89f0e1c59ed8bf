import { type Profiles, readScenario } from '@walltime/core'
import { SimulationError, type SizeDirection } from '@walltime/sim'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readTexts, toMistake } from '../input/load-scenarios.ts'
import { readNamedFiles } from '../input/named-files.ts'
import type { ScenarioOptions, TrialOptions } from '../input/options.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { readSetting } from '../input/settings.ts'
import { plural } from '../report/format.ts'
import { asUserError } from '../run/simulate-scenario.ts'
import { type Condition, readCondition } from '../size/condition.ts'
import { type Find, readFind, type SizedScenario } from '../size/read-find.ts'
import { sizeReport, skippedValues } from '../size/size-report.ts'
import { type SizeAnswer, type SizeScenarioOptions, sizeScenario } from '../size/size-scenario.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { print, printJson } from '../terminal/write.ts'
import { UserError, usageError } from '../user-error.ts'

export interface SizeOptions extends ScenarioOptions, TrialOptions {
  readonly find?: string | undefined
  readonly until?: string | undefined
  readonly smallest?: true | undefined
  readonly largest?: true | undefined
}

/** The extreme value of one number of a scenario with which its run meets a condition. */
export async function sizeCommand(files: readonly string[], options: SizeOptions): Promise<ExitCode> {
  const { find: wanted, until } = options
  if (wanted === undefined) throw usageError('nothing to find; give --find PATH, such as --find cluster.chips')
  if (until === undefined) {
    throw usageError('no condition; give --until EXPR, such as --until "wallClockSeconds.p90 <= 90 days"')
  }
  const direction = directionOf(options)
  const condition = readCondition(until)
  const sized = await readSized(files, options)
  const find = readFind(wanted, sized)
  const answer = await search(sized, find, condition, {
    ...options,
    ...(direction === undefined ? {} : { direction }),
  })
  if (options.json === true) printJson(sizeDocument(sized, find, condition, answer))
  else print([...sizeReport(answer, find, condition, standardOutput(options.color))])
  return answer.answer === undefined ? EXIT.no : EXIT.done
}

function directionOf({ smallest, largest }: SizeOptions): SizeDirection | undefined {
  if (smallest === true && largest === true) throw usageError('--smallest and --largest exclude each other')
  return smallest === true ? 'smallest' : largest === true ? 'largest' : undefined
}

async function readSized(files: readonly string[], options: SizeOptions): Promise<SizedScenario> {
  const settings = (options.set ?? []).map((text) => readSetting('--set', text))
  const [only, ...more] = await readTexts(files)
  if (only === undefined || more.length > 0) throw usageError('size takes one scenario')
  const profiles: Profiles = await readProfiles(options.profiles)
  const named = await readNamedFiles(only.file, only.text, settings)
  const result = readScenario(only.text, { profiles, settings, files: named })
  if (!result.ok) throw new UserError(result.issues.map((issue) => toMistake(only.file, issue)))
  return { file: only.file, data: result.data, profiles, files: named, scenario: result.scenario }
}

async function search(
  sized: SizedScenario,
  find: Find,
  condition: Condition,
  options: SizeOptions & Pick<SizeScenarioOptions, 'direction'>,
): Promise<SizeAnswer> {
  const interrupt = onInterrupt()
  const told = options.quiet !== true && process.stderr.isTTY
  let computed = 0
  try {
    return await sizeScenario(sized, find, condition, {
      ...options,
      signal: interrupt.signal,
      onProgress: (tried) => {
        computed = tried
        if (told) process.stderr.write(`\r${find.path}: ${tried} values tried`)
      },
    })
  } catch (error) {
    if (error instanceof SimulationError && error.code === 'aborted') {
      const message = `interrupted after ${plural(computed, 'value')}: no answer yet`
      throw new UserError([{ code: 'interrupted', file: sized.file, message }], EXIT.interrupted)
    }
    throw error instanceof SimulationError ? asUserError(sized.file, error, sized.scenario) : error
  } finally {
    if (told) process.stderr.write('\r\u001b[K')
    interrupt.release()
  }
}

/** Numbers in SI; a factor that nothing mends is null. */
function sizeDocument(sized: SizedScenario, find: Find, condition: Condition, answer: SizeAnswer): object {
  const { path, range, unit, own, written, remarks } = find
  const { answer: found, refused, ...rest } = answer
  return {
    scenario: sized.scenario.name,
    find: { path, range, unit: unit ?? null, own: own ?? null, remarks },
    until: condition.text,
    met: found !== undefined,
    answer: found === undefined ? null : { ...found, set: `${path}=${written(found.value)}` },
    ...rest,
    skipped: { count: refused.length, reasons: skippedValues(answer) },
  }
}

import { estimate } from '@walltime/core'
import { planRun } from '@walltime/sim'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { loadScenarios } from '../input/load-scenarios.ts'
import type { RunOptions } from '../input/options.ts'
import { checkpoints } from '../report/checkpoints.ts'
import { distributions } from '../report/distributions.ts'
import { heading } from '../report/heading.ts'
import { interruptedNote } from '../report/interrupted-note.ts'
import { remarks } from '../report/remarks.ts'
import { simulateResult } from '../run/simulate-result.ts'
import { simulateScenario } from '../run/simulate-scenario.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { readTimelines, writeTimelines } from '../timeline/write-timelines.ts'
import { usageError } from '../user-error.ts'

export interface SimulateCommandOptions extends RunOptions {
  /** Files that get a trial each. */
  readonly timeline?: readonly string[] | undefined
  /** Which trial: p5, p50, p95 or a number, in the order of the files. */
  readonly trial?: readonly string[] | undefined
  /** What `--tune` makes least. */
  readonly by?: 'cost' | 'time' | undefined
}

export async function simulateCommand(files: readonly string[], options: SimulateCommandOptions): Promise<ExitCode> {
  if (options.by !== undefined) throw usageError('--by says what --tune makes least: give --tune PATH')
  const codes: ExitCode[] = []
  const timelines = readTimelines(options.timeline, options.trial, files)
  for (const [i, { file, scenario }] of (await loadScenarios(files, options)).entries()) {
    const estimated = estimate(scenario)
    const spec = planRun(scenario, estimated)
    const { trials, seed, threads, untilError, quiet = false } = options
    const request = { file, scenario, estimate: estimated, trials, seed, threads, untilError, quiet }
    const result = simulateResult(spec, await simulateScenario(request), options)
    codes.push(estimated.memory.fits ? EXIT.done : EXIT.no)
    const notes = await writeTimelines(timelines, spec, result)
    if (!quiet) notes.forEach(note)
    if (options.json === true) printJson({ scenario: scenario.name, ...result })
    else {
      const terminal = standardOutput(options.color)
      print([
        ...(i > 0 ? ['', ''] : []),
        ...heading(scenario, estimated, terminal),
        '',
        ...distributions(result, terminal),
        '',
        ...checkpoints(result, terminal),
        '',
        ...remarks(estimated, file, terminal, result.warnings),
      ])
    }
    if (!estimated.memory.fits)
      note(`${file}: does not fit in memory: walltime estimate ${file} says what would make it fit`)
    if (result.interrupted) {
      note(interruptedNote(result))
      return EXIT.interrupted
    }
  }
  return worst(codes)
}

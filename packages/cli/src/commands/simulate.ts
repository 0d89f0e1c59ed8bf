import { estimate } from '@walltime/core'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { loadScenarios } from '../input/load-scenarios.ts'
import type { ScenarioOptions, TrialOptions } from '../input/options.ts'
import { checkpoints } from '../report/checkpoints.ts'
import { distributions } from '../report/distributions.ts'
import { heading } from '../report/heading.ts'
import { interruptedNote } from '../report/interrupted-note.ts'
import { remarks } from '../report/remarks.ts'
import { simulateScenario } from '../run/simulate-scenario.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'

export interface SimulateCommandOptions extends ScenarioOptions, TrialOptions {}

export async function simulateCommand(files: readonly string[], options: SimulateCommandOptions): Promise<ExitCode> {
  const codes: ExitCode[] = []
  for (const [i, { file, scenario }] of (await loadScenarios(files, options)).entries()) {
    const estimated = estimate(scenario)
    const { trials, seed, threads, quiet = false } = options
    const result = await simulateScenario({ file, scenario, estimate: estimated, trials, seed, threads, quiet })
    codes.push(estimated.memory.fits ? EXIT.done : EXIT.no)
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
        ...remarks(estimated, file, terminal),
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

import { type Estimate, estimate, type Scenario } from '@walltime/core'
import { planRun } from '@walltime/sim'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { type Loaded, loadScenarios } from '../input/load-scenarios.ts'
import type { RunOptions } from '../input/options.ts'
import { checkpoints } from '../report/checkpoints.ts'
import { distributions } from '../report/distributions.ts'
import { heading } from '../report/heading.ts'
import { interruptedNote } from '../report/interrupted-note.ts'
import { money } from '../report/money.ts'
import { remarks } from '../report/remarks.ts'
import { runWithoutFailures } from '../report/run-without-failures.ts'
import { stepAndMemory } from '../report/step-and-memory.ts'
import { costResult } from '../run/cost-result.ts'
import { simulateResult } from '../run/simulate-result.ts'
import { simulateScenario } from '../run/simulate-scenario.ts'
import { standardOutput, type Terminal } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { errorDocument, UserError } from '../user-error.ts'

export async function runCommand(files: readonly string[], options: RunOptions): Promise<ExitCode> {
  const codes: ExitCode[] = []
  for (const [i, loaded] of (await loadScenarios(files, options)).entries()) {
    if (i > 0 && options.json !== true) print(['', ''])
    const code = await runOne(loaded, options)
    if (code === EXIT.interrupted) return code
    codes.push(code)
  }
  return worst(codes)
}

function reportEstimate(scenario: Scenario, result: Estimate, terminal: Terminal): void {
  print([
    ...heading(scenario, result, terminal),
    '',
    ...stepAndMemory(result, terminal),
    '',
    ...runWithoutFailures(result, terminal),
    '',
  ])
}

async function runOne({ file, scenario }: Loaded, options: RunOptions): Promise<ExitCode> {
  const { trials, seed, threads, untilError, quiet = false } = options
  const terminal = standardOutput(options.color)
  const estimated = estimate(scenario)
  if (options.json !== true) reportEstimate(scenario, estimated, terminal)
  try {
    const request = { file, scenario, estimate: estimated, trials, seed, threads, untilError, quiet }
    const simulated = simulateResult(planRun(scenario, estimated), await simulateScenario(request), options)
    const cost = costResult(scenario, estimated, simulated)
    if (options.json === true) printJson({ scenario: scenario.name, estimate: estimated, simulate: simulated, cost })
    else {
      print([
        ...distributions(simulated, terminal),
        '',
        ...checkpoints(simulated, terminal),
        '',
        ...money(cost, terminal),
        '',
        ...remarks(estimated, file, terminal, simulated.warnings),
      ])
    }
    if (simulated.interrupted) {
      note(interruptedNote(simulated))
      return EXIT.interrupted
    }
    return estimated.memory.fits ? EXIT.done : EXIT.no
  } catch (error) {
    // A run that never ends is an answer: the estimate stands, beside the reason.
    if (!(error instanceof UserError) || error.exitCode !== EXIT.no) throw error
    if (options.json === true)
      printJson({ scenario: scenario.name, estimate: estimated, ...errorDocument(error.mistakes) })
    note(error.message)
    return EXIT.no
  }
}

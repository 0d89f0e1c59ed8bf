import { estimate } from '@walltime/core'
import { type Candidate, readCandidates } from '../compare/candidates.ts'
import { compareReport, type Row } from '../compare/compare-report.ts'
import { type Compared, METHOD, ratioOf } from '../compare/ratio.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { ScenarioOptions, TrialOptions } from '../input/options.ts'
import { costResult } from '../run/cost-result.ts'
import { simulateScenario } from '../run/simulate-scenario.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { UserError } from '../user-error.ts'

export interface CompareOptions extends ScenarioOptions, TrialOptions {
  readonly swap?: readonly string[] | undefined
}

export async function compareCommand(files: readonly string[], options: CompareOptions): Promise<ExitCode> {
  const candidates = await readCandidates(files, options)
  const done = await simulateAll(candidates, options)
  const interrupted = done.length < candidates.length
  const [base] = done
  if (base === undefined || (interrupted && done.length < 2)) {
    throw new UserError(
      [{ code: 'interrupted', message: 'interrupted before two scenarios were simulated' }],
      EXIT.interrupted,
    )
  }
  const rows = done.map((row, i): Row => ({ ...row, ratio: i === 0 ? null : ratioOf(base, row) }))
  if (options.json === true) printJson(document(rows))
  else print(compareReport(rows, standardOutput(options.color)))
  if (interrupted) note(`interrupted: ${done.length} of ${candidates.length} scenarios were simulated`)
  if (interrupted) return EXIT.interrupted
  return rows.every((row) => row.estimate.memory.fits) ? EXIT.done : EXIT.no
}

/** The same seed for all: common random numbers. Stops at the one that Ctrl-C cut short. */
async function simulateAll(
  candidates: readonly Candidate[],
  options: CompareOptions,
): Promise<readonly (Candidate & Compared)[]> {
  const { trials, seed, threads, quiet = false } = options
  const done: (Candidate & Compared)[] = []
  for (const candidate of candidates) {
    const { file, scenario } = candidate
    const estimated = estimate(scenario)
    const simulate = await simulateScenario({
      file,
      scenario,
      estimate: estimated,
      trials,
      seed,
      threads,
      quiet,
      keepTrials: true,
    })
    if (simulate.interrupted) break
    done.push({ ...candidate, estimate: estimated, simulate })
  }
  return done
}

function document(rows: readonly Row[]): object {
  const entries = rows.map(
    ({ name, scenario, estimate: estimated, simulate: { columns: _, ...simulate }, ratio, remarks }) => ({
      name,
      scenario: scenario.name,
      estimate: estimated,
      simulate,
      cost: costResult(scenario, estimated, simulate),
      ...(ratio === null ? {} : { ratio }),
      remarks,
    }),
  )
  return { baseline: entries[0], candidates: entries.slice(1), method: METHOD }
}

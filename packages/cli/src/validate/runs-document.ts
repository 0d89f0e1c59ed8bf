import { gapLaw, OPTIMAL_TOKENS_PER_PARAMETER, PRODUCTION_GAP, unknownInputs } from '@walltime/core/validate'
import type { RunsFile } from './read-runs.ts'
import type { RunsValidation } from './run-whole-runs.ts'

/** Whole runs as scripts read them. Chip-hours. */
export function runsDocument({ runs: all }: RunsFile, { runs, excluded, score, leftOut }: RunsValidation): object {
  const { p5, p50, p95 } = gapLaw(OPTIMAL_TOKENS_PER_PARAMETER, PRODUCTION_GAP)
  return {
    runs: runs.map(({ id, predicted, measured, error, inside, architecture, benchmark }) => {
      const run = all.find((one) => one.id === id)
      return {
        ...{ id, predicted, measured, error, inside, architecture },
        benchmark: benchmark.interval,
        drawn: run === undefined ? [] : unknownInputs(run),
      }
    }),
    score,
    ...(leftOut === null ? {} : { leftOut }),
    gap: {
      ...{ p5, p50, p95 },
      tokensPerParameter: OPTIMAL_TOKENS_PER_PARAMETER,
      exponent: PRODUCTION_GAP.overtraining,
      source: 'fitted to the official whole runs that ship: docs/whole-runs.md',
    },
    excluded,
  }
}

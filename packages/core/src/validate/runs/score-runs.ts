/** How far predicted chip-hours lie from those of published runs, and whether the answer is good enough. */

import { median } from '../statistics.ts'

/** One run's prediction, held against what was published. */
export interface JudgedRun {
  readonly predicted: { readonly p5: number; readonly p50: number; readonly p95: number }
  readonly measured: number
}

export interface RunScore {
  readonly runs: number
  /** Median over runs of |predicted median / published − 1|. */
  readonly medianError: number | null
  /** Mean of predicted median / published − 1, with its sign. */
  readonly bias: number | null
  /** Share of runs whose published chip-hours lie within the 90 % interval. */
  readonly coverage90: number | null
}

/** What a good score is. */
export const RUN_BAR = { medianError: 0.15, coverage: [0.8, 0.95] } as const

export const runError = ({ predicted, measured }: JudgedRun): number => Math.abs(predicted.p50 / measured - 1)

export const isInside = ({ predicted, measured }: JudgedRun): boolean =>
  predicted.p5 <= measured && measured <= predicted.p95

export function scoreRuns(runs: readonly JudgedRun[]): RunScore {
  const count = runs.length
  if (count === 0) return { runs: 0, medianError: null, bias: null, coverage90: null }
  return {
    runs: count,
    medianError: median(runs.map(runError)),
    bias: runs.reduce((sum, { predicted, measured }) => sum + predicted.p50 / measured - 1, 0) / count,
    coverage90: runs.filter(isInside).length / count,
  }
}

/** Why a score falls short; none where it does not. */
export function shortfalls({ runs, medianError, coverage90 }: RunScore): readonly string[] {
  if (runs === 0 || medianError === null || coverage90 === null) return ['no run could be predicted']
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const [least, most] = RUN_BAR.coverage
  return [
    ...(medianError > RUN_BAR.medianError
      ? [`the median error is ${percent(medianError)}, more than ${percent(RUN_BAR.medianError)}`]
      : []),
    ...(coverage90 < least || coverage90 > most
      ? [`the 90 % intervals hold ${percent(coverage90)} of the runs, not ${percent(least)} to ${percent(most)}`]
      : []),
  ]
}

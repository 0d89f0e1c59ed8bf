/** What a pilot's own steps teach about the step to come: the model's error at the pilot, carried over. */

import { type Uncertain, Z95 } from '@walltime/hardware'

/** One measured step: its log error ln(measured/estimated), and a key that is equal for equal layouts. */
export interface Observation {
  readonly logError: number
  readonly layout: string
}

/**
 * Share of the squared log error that steps of one model on one chip have in common, whatever their layout: over 450
 * published steps the squared error of a model-and-chip mean is half that of a single step.
 */
const COMMON_SHARE = 0.5

/**
 * Standard deviation of ln(step) when one configuration is measured again. Of 19 configurations that the rows that ship
 * measure more than once it is 0.021 in the median and 0.041 pooled (other containers, other nodes): between the two, for
 * a pilot on the same cluster.
 */
const REPEAT_SPREAD = 0.03

/**
 * The law of measured over estimated step time after seeing `observations`: Gaussian conditioning of the log error
 * (Rasmussen and Williams 2006, equation 2.25–2.26), whose prior is `spread` with a part common to all layouts and a
 * part of each layout's own. Without observations it is `spread` itself.
 *
 * @param spread prior law of the factor, median 1
 * @param layout key of the layout that is estimated
 */
export function conditionSpread(spread: Uncertain, layout: string, observations: readonly Observation[]): Uncertain {
  if (observations.length === 0) return spread
  const variance = (Math.log(spread.p95 / spread.p50) / Z95) ** 2
  const covariance = (a: string, b: string) => variance * (a === b ? 1 : COMMON_SHARE)
  const matrix = observations.map((row, i) =>
    observations.map((column, j) => covariance(row.layout, column.layout) + (i === j ? REPEAT_SPREAD ** 2 : 0)),
  )
  const weights = solve(
    matrix,
    observations.map((observation) => covariance(observation.layout, layout)),
  )
  const sum = (value: (observation: Observation) => number) =>
    observations.reduce((total, observation, i) => total + (weights[i] ?? 0) * value(observation), 0)
  const mean = sum((observation) => observation.logError)
  const left = Math.max(0, variance - sum((observation) => covariance(observation.layout, layout)))
  const half = Z95 * Math.sqrt(left + REPEAT_SPREAD ** 2)
  return { p5: Math.exp(mean - half), p50: Math.exp(mean), p95: Math.exp(mean + half), law: 'lognormal' }
}

/** Solves a symmetric positive definite system by elimination without pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0])
  const n = rows.length
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let pivot = 0; pivot < n; pivot++) {
    for (let i = pivot + 1; i < n; i++) {
      const factor = at(i, pivot) / at(pivot, pivot)
      rows[i] = (rows[i] ?? []).map((value, j) => value - factor * at(pivot, j))
    }
  }
  const solution = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    const known = solution.reduce((sum, value, j) => (j > i ? sum + at(i, j) * value : sum), 0)
    solution[i] = (at(i, n) - known) / at(i, i)
  }
  return solution
}

/** What production runs pay over the model's benchmark steps: evaluation, data, slow starts, tuning, poorer layouts. */

import { type Uncertain, Z95 } from '@walltime/hardware'

/** Constants of the gap: one law for all runs. */
export interface GapConstants {
  /** Paid over predicted chip-hours, in the median, of a run at 20 tokens a parameter. */
  readonly atOptimum: number
  /** Exponent of tokens per parameter over 20: small models that train for long pay more per token. */
  readonly overtraining: number
  /** Standard deviation of the logarithm. */
  readonly sigma: number
}

/** Tokens per parameter that give the lowest loss for the compute (Hoffmann et al. 2022, arXiv:2203.15556). */
export const OPTIMAL_TOKENS_PER_PARAMETER = 20

/** Tokens per parameter over the optimum, in the logarithm; shorter runs count as at the optimum. */
export function overtraining(tokensPerParameter: number): number {
  return Math.max(0, Math.log(tokensPerParameter / OPTIMAL_TOKENS_PER_PARAMETER))
}

/** The law of paid over predicted chip-hours of a run. */
export function gapLaw(tokensPerParameter: number, { atOptimum, overtraining: slope, sigma }: GapConstants): Uncertain {
  const p50 = atOptimum * Math.exp(slope * overtraining(tokensPerParameter))
  const factor = Math.exp(Z95 * sigma)
  return { p5: p50 / factor, p50, p95: p50 * factor, law: 'lognormal' }
}

/** Moments and quantiles of a column of trials, each with its standard error. */

type Numbers = Float64Array | Float32Array

export const QUANTILES = { p5: 0.05, p10: 0.1, p25: 0.25, p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99 } as const
export type QuantileName = keyof typeof QUANTILES

export interface Distribution extends Readonly<Record<QuantileName, number>> {
  readonly mean: number
  /** Of the sample (n − 1); NaN for a single trial, which cannot tell. */
  readonly sd: number
  /** Of the mean. */
  readonly standardError: number
  /** Of the quantiles. */
  readonly standardErrors: Readonly<Record<QuantileName, number>>
  readonly histogram: Histogram
}

export interface Histogram {
  /** One more than there are counts, rising. */
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

/** Mean, spread, quantiles and their standard errors of one outcome over the trials. */
export function distribution(values: Numbers): Distribution {
  const sorted = values.toSorted()
  const { mean, variance } = moments(values)
  const standardErrors = quantiles((p) => quantileStandardError(sorted, p))
  return {
    mean,
    sd: Math.sqrt(variance),
    standardError: Math.sqrt(variance / values.length),
    ...quantiles((p) => quantile(sorted, p)),
    standardErrors,
    histogram: histogram(sorted),
  }
}

/** Mean and sample variance, in two passes. */
export function moments(values: Numbers): { readonly mean: number; readonly variance: number } {
  const mean = average(values)
  let squares = 0
  for (const v of values) squares += (v - mean) ** 2
  return { mean, variance: squares / (values.length - 1) }
}

export function average(values: Numbers): number {
  let sum = 0
  for (const v of values) sum += v
  return sum / values.length
}

/** Quantile of a sorted sample, linear between order statistics (type 7 of Hyndman and Fan, 1996). */
export function quantile(sorted: Numbers, p: number): number {
  return orderStatistic(sorted, (sorted.length - 1) * p)
}

/**
 * Standard error of a sample quantile without assuming a density: half the distance of the order statistics one binomial
 * standard deviation √(np(1 − p)) above and below it (R. S. Woodruff, JASA 47:635, 1952, at one standard error).
 */
export function quantileStandardError(sorted: Numbers, p: number): number {
  const centre = (sorted.length - 1) * p
  const reach = Math.sqrt(sorted.length * p * (1 - p))
  return sorted.length < 2
    ? Number.NaN
    : (orderStatistic(sorted, centre + reach) - orderStatistic(sorted, centre - reach)) / 2
}

/** Value at a rank from 0 to n − 1 that may lie between two. */
function orderStatistic(sorted: Numbers, rank: number): number {
  const inside = Math.min(Math.max(rank, 0), sorted.length - 1)
  const below = Math.floor(inside)
  const low = sorted[below] as number
  const high = sorted[Math.ceil(inside)] as number
  return low + (high - low) * (inside - below)
}

function quantiles(at: (p: number) => number): Record<QuantileName, number> {
  const entries = Object.entries(QUANTILES).map(([name, p]) => [name, at(p)])
  return Object.fromEntries(entries) as Record<QuantileName, number>
}

/**
 * Counts of a sorted sample in bins of equal width between its 0.5 % and 99.5 % quantiles; the first and the last bin also
 * hold what lies beyond.
 */
export function histogram(sorted: Numbers, bins = 32): Histogram {
  const from = quantile(sorted, 0.005)
  const to = quantile(sorted, 0.995)
  if (from === to) return { edges: [from, to], counts: [sorted.length] }
  const counts = new Array<number>(bins).fill(0)
  for (const v of sorted) {
    const bin = Math.min(Math.max(Math.floor(((v - from) / (to - from)) * bins), 0), bins - 1)
    counts[bin] = (counts[bin] as number) + 1
  }
  return { edges: Array.from({ length: bins + 1 }, (_, i) => from + ((to - from) * i) / bins), counts }
}

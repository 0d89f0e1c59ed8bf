/** Sizes of relative errors. */

export interface ErrorSummary {
  readonly samples: number
  readonly mean: number
  readonly median: number
  readonly p90: number
  /** Median of log(predicted/measured): positive where the model is too slow. */
  readonly bias: number
}

function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number
}

/** Summary of |predicted/measured − 1| from log residuals of the samples that `pick` keeps. */
export function summarise(residuals: ArrayLike<number>, pick: (sample: number) => boolean = () => true): ErrorSummary {
  const logs: number[] = []
  for (let i = 0; i < residuals.length; i++) if (pick(i)) logs.push(residuals[i] as number)
  const sizes = logs.map((r) => Math.abs(Math.exp(r) - 1)).sort((a, b) => a - b)
  logs.sort((a, b) => a - b)
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length
  return {
    samples: sizes.length,
    mean,
    median: quantile(sizes, 0.5),
    p90: quantile(sizes, 0.9),
    bias: quantile(logs, 0.5),
  }
}

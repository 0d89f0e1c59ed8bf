import { moments } from './distribution.ts'

/** How many standard errors sample mean and variance lie above what is expected. */
export function distanceInErrors(values: Float64Array, expected: { readonly mean: number; readonly variance: number }) {
  const n = values.length
  const { mean, variance } = moments(values)
  const fourth = values.reduce((sum, v) => sum + (v - mean) ** 4, 0) / n
  return {
    mean: (mean - expected.mean) / Math.sqrt(variance / n),
    // Var(s²) ≈ (μ₄ − σ⁴)/n: the sample's kurtosis decides.
    variance: (variance - expected.variance) / Math.sqrt((fourth - variance ** 2) / n),
  }
}

/** Streams of a run whose failures have nothing but a moment and a class. */
export const PLAIN = { details: false, repairs: false }

/** Parts whose lives follow a Weibull law of mean `mean` seconds: shape below 1 is infant mortality, above 1 wear. */

import { gamma } from '../gamma.ts'

export interface WeibullLife {
  readonly mean: number
  readonly shape: number
}

/**
 * Mean seconds to the first failure among `units` new parts: the least of N Weibull lives is Weibull with the same shape
 * and its scale over N^(1/k), so the mean is m·N^(−1/k).
 */
export function firstWeibullFailure({ mean, shape }: WeibullLife, units: number): number {
  return mean * units ** (-1 / shape)
}

/** Expected failures among `units` new parts in their first `seconds`, few of them twice: N·(t/η)^k. */
export function earlyWeibullFailures({ mean, shape }: WeibullLife, units: number, seconds: number): number {
  return units * ((seconds / mean) * gamma(1 + 1 / shape)) ** shape
}

/**
 * Expected seconds to get through `wall` seconds where each failure brings a new part and costs `down` seconds that are
 * free of failures: (∫₀ʷ S(x)dx + F(w)·D)/S(w), the renewal argument of age replacement (R. E. Barlow and F. Proschan,
 * Mathematical Theory of Reliability, 1965, ch. 4).
 */
export function weibullSegment({ mean, shape }: WeibullLife, wall: number, down: number): number {
  const scale = mean / gamma(1 + 1 / shape)
  const hazard = (wall / scale) ** shape
  // ∫₀ʷ e^(−(x/η)^k) dx = (η/k)·γ(1/k, (w/η)^k)
  const alive = (scale / shape) * lowerIncompleteGamma(1 / shape, hazard)
  return (alive - Math.expm1(-hazard) * down) / Math.exp(-hazard)
}

/** γ(s, x) = xˢ·e^(−x)·Σ xⁿ/(s(s + 1)…(s + n)): DLMF 8.7.1. */
function lowerIncompleteGamma(s: number, x: number): number {
  let term = 1 / s
  let sum = term
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= x / (s + n)
    sum += term
  }
  return x ** s * Math.exp(-x) * sum
}

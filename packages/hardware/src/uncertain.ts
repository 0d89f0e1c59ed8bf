/**
 * A number that is not known exactly: its 5 %, 50 % and 95 % quantiles and the law between them.
 * A number that is known has three equal quantiles and the law `fixed`.
 */
export interface Uncertain {
  readonly p5: number
  readonly p50: number
  readonly p95: number
  /**
   * `lognormal` and `normal` are two-piece: each side of the median has the standard deviation that meets its own
   * quantile, so that all three given quantiles hold even when they are not symmetric.
   */
  readonly law: 'fixed' | 'normal' | 'lognormal'
}

/** The 95 % quantile of the standard normal law. */
export const Z95 = 1.6448536269514722

/** A number without doubt. */
export function certain(value: number): Uncertain {
  return { p5: value, p50: value, p95: value, law: 'fixed' }
}

/** True where the number carries a spread. */
export function isSpread(u: Uncertain): boolean {
  return u.law !== 'fixed'
}

/**
 * The value whose probability of being exceeded is that of the standard normal score `z`:
 * `valueAt(u, 0)` is the median, `valueAt(u, ±Z95)` the given outer quantiles.
 */
export function valueAt(u: Uncertain, z: number): number {
  if (u.law === 'fixed') return u.p50
  const outer = z < 0 ? u.p5 : u.p95
  const share = Math.abs(z) / Z95
  if (u.law === 'normal') return u.p50 + (outer - u.p50) * share
  return u.p50 * Math.exp(Math.log(outer / u.p50) * share)
}

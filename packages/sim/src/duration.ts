import { type Uncertain, Z95 } from '@walltime/hardware'
import { gamma } from './gamma.ts'
import { normalTail } from './normal-cdf.ts'
import { normalQuantile } from './normal-quantile.ts'
import { isObject, must, nonNegative, positive, shown, uncertain } from './validate.ts'

/** Seconds that differ from one time to the next: drawn anew at each failure, repair or wait. A plain number is fixed. */
export type DurationSpec =
  | number
  | Uncertain
  | { readonly exponential: { readonly mean: number } }
  | { readonly uniform: { readonly from: number; readonly to: number } }
  | { readonly weibull: { readonly mean: number; readonly shape: number } }

/** A law with its parameters, as plain data: what `a`, `b` and `c` mean depends on the kind. */
export interface Duration {
  readonly kind: 'fixed' | 'exponential' | 'uniform' | 'weibull' | 'normal' | 'lognormal'
  readonly a: number
  readonly b: number
  readonly c: number
}

export const NO_TIME: Duration = { kind: 'fixed', a: 0, b: 0, c: 0 }

/** Checks a law and works out its parameters. Throws a `SimulationError`. */
export function compileDuration(path: string, spec: DurationSpec): Duration {
  if (typeof spec === 'number') return { kind: 'fixed', a: nonNegative(path, spec), b: 0, c: 0 }
  must(isObject(spec), path, `must be seconds or a law of seconds, not ${shown(spec)}`)
  if ('exponential' in spec) {
    return { kind: 'exponential', a: nonNegative(`${path}.exponential.mean`, spec.exponential.mean), b: 0, c: 0 }
  }
  if ('uniform' in spec) {
    const from = nonNegative(`${path}.uniform.from`, spec.uniform.from)
    const to = nonNegative(`${path}.uniform.to`, spec.uniform.to)
    must(from <= to, `${path}.uniform`, `must have from ≤ to, not ${from} and ${to}`)
    return { kind: 'uniform', a: from, b: to - from, c: 0 }
  }
  if ('weibull' in spec) {
    const mean = nonNegative(`${path}.weibull.mean`, spec.weibull.mean)
    const shape = positive(`${path}.weibull.shape`, spec.weibull.shape)
    return { kind: 'weibull', a: mean / gamma(1 + 1 / shape), b: 1 / shape, c: 0 }
  }
  const { p5, p50, p95, law } = uncertain(path, spec)
  if (law === 'fixed') return { kind: 'fixed', a: p50, b: 0, c: 0 }
  if (law === 'normal') return { kind: 'normal', a: p50, b: (p50 - p5) / Z95, c: (p95 - p50) / Z95 }
  return { kind: 'lognormal', a: p50, b: Math.log(p50 / p5) / Z95, c: Math.log(p95 / p50) / Z95 }
}

/** A law that takes a number from the stream at all. */
export function isRandom(d: Duration): boolean {
  return d.kind !== 'fixed'
}

/** Seconds whose probability of being undercut is `u`, from [0, 1). */
export function durationAt({ kind, a, b, c }: Duration, u: number): number {
  switch (kind) {
    case 'fixed':
      return a
    case 'exponential':
      return -Math.log(1 - u) * a
    case 'uniform':
      return a + b * u
    case 'weibull':
      return a * Math.exp(Math.log(-Math.log(1 - u)) * b)
    case 'normal': {
      const z = normalQuantile(u + 2 ** -33)
      return Math.max(0, a + z * (z < 0 ? b : c))
    }
    case 'lognormal': {
      const z = normalQuantile(u + 2 ** -33)
      return a * Math.exp(z * (z < 0 ? b : c))
    }
  }
}

/** Mean seconds; of a two-piece law by the mean of its halves. */
export function meanDuration({ kind, a, b, c }: Duration): number {
  switch (kind) {
    case 'fixed':
    case 'exponential':
      return a
    case 'uniform':
      return a + b / 2
    case 'weibull':
      return a * gamma(1 + b)
    case 'normal':
      return a + (c - b) / Math.sqrt(2 * Math.PI)
    case 'lognormal':
      return a * (halfLognormal(-b) + halfLognormal(c))
  }
}

/** E[e^(σz)·1(z > 0)] = e^(σ²/2)·Φ(σ). */
function halfLognormal(sigma: number): number {
  return Math.exp(sigma ** 2 / 2) * normalTail(-sigma)
}

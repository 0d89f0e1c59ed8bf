import { certain, type Uncertain } from '@walltime/hardware'
import { SimulationError } from './simulation-error.ts'

/** Throws unless `valid`; the message goes on from the path: `must be …`. */
export function must(valid: boolean, path: string, message: string): asserts valid {
  if (!valid) throw new SimulationError('invalid-value', path, `${path}: ${message}`)
}

export function positive(path: string, value: number): number {
  must(Number.isFinite(value) && value > 0, path, `must be a finite number above 0, not ${shown(value)}`)
  return value
}

export function nonNegative(path: string, value: number): number {
  must(Number.isFinite(value) && value >= 0, path, `must be a finite number of at least 0, not ${shown(value)}`)
  return value
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What stood there instead, for a message. */
export function shown(value: unknown): string {
  return isObject(value) ? 'an object' : String(value)
}

/** A plain number is certain; a spread has rising quantiles, and positive ones under a lognormal law. */
export function uncertain(path: string, value: number | Uncertain): Uncertain {
  if (typeof value === 'number') return certain(nonNegative(path, value))
  must(isObject(value), path, `must be a number or a spread {p5, p50, p95, law}, not ${shown(value)}`)
  const { p5, p50, p95, law } = value
  for (const [name, quantile] of Object.entries({ p5, p50, p95 })) nonNegative(`${path}.${name}`, quantile)
  must(p5 <= p50 && p50 <= p95, path, `must have p5 ≤ p50 ≤ p95, not ${p5}, ${p50}, ${p95}`)
  must(LAWS.includes(law), `${path}.law`, `must be one of ${LAWS.join(', ')}, not ${shown(law)}`)
  must(law !== 'lognormal' || p5 > 0, `${path}.p5`, `must be above 0 under a lognormal law, not ${p5}`)
  return value
}

const LAWS: readonly Uncertain['law'][] = ['fixed', 'normal', 'lognormal']

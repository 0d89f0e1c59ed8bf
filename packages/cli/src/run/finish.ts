import type { Distribution } from '@walltime/sim'

const QUANTILES = ['p5', 'p50', 'p90', 'p95'] as const

/** When the run is over, by quantile, as ISO dates in UTC. */
export interface Finish extends Readonly<Record<(typeof QUANTILES)[number], string>> {
  readonly start: string
  /** Of these dates, in seconds. */
  readonly standardErrors: Readonly<Record<(typeof QUANTILES)[number], number>>
}

/** The latest moment that a date can name. */
const END_OF_TIME = 8.64e15

export function finishOf(start: Date, wallClock: Distribution): Finish {
  const at = (seconds: number) =>
    new Date(Math.min(END_OF_TIME, start.getTime() + Math.round(seconds) * 1000)).toISOString()
  const by = <T>(of: (name: (typeof QUANTILES)[number]) => T) =>
    Object.fromEntries(QUANTILES.map((name) => [name, of(name)])) as Record<(typeof QUANTILES)[number], T>
  return {
    start: start.toISOString(),
    ...by((name) => at(wallClock[name])),
    standardErrors: by((name) => wallClock.standardErrors[name]),
  }
}

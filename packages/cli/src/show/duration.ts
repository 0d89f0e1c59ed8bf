import type { Duration } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'

/** A time in few words: fixed, or how it is spread. */
export function formatDuration(duration: Duration): string {
  const time = (seconds: number) => formatQuantity(seconds, 'time')
  if (typeof duration === 'number') return time(duration)
  if ('exponential' in duration) return `mean ${time(duration.exponential.mean)}`
  if ('uniform' in duration) return `${time(duration.uniform.from)} to ${time(duration.uniform.to)}`
  if ('weibull' in duration) return `mean ${time(duration.weibull.mean)}`
  return `${time(duration.p50)} (${time(duration.p5)} to ${time(duration.p95)})`
}

import type { RunDistribution } from '@walltime/sim'

type Shares = Readonly<Record<'p50' | 'p95', number>>

/** How precise the quantiles are that `--until-error` watches: standard errors as shares of them. */
export interface Precision {
  readonly target: number
  readonly reached: boolean
  readonly wallClockSeconds: Shares
  readonly costUsd: Shares
}

export function precisionOf({ wallClockSeconds, costUsd }: RunDistribution, target: number): Precision {
  const shares = ({ p50, p95, standardErrors }: RunDistribution['costUsd']): Shares => ({
    p50: share(standardErrors.p50, p50),
    p95: share(standardErrors.p95, p95),
  })
  const all = { wallClockSeconds: shares(wallClockSeconds), costUsd: shares(costUsd) }
  const reached = Object.values(all).every(({ p50, p95 }) => p50 <= target && p95 <= target)
  return { target, reached, ...all }
}

function share(error: number, of: number): number {
  return error === 0 ? 0 : error / of
}

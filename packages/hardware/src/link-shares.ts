/** Shares of a link's rate from measured bus bandwidths. */

import type { Collective } from './profile.ts'

type PerCollective = Readonly<Record<Collective, number>>

/** Shares of a link of `linkGBps`, from bus bandwidths in GB/s. */
export function shares(linkGBps: number, busGBps: PerCollective): PerCollective {
  const share = (value: number): number => Math.round((value / linkGBps) * 1000) / 1000
  return {
    allReduce: share(busGBps.allReduce),
    allGather: share(busGBps.allGather),
    reduceScatter: share(busGBps.reduceScatter),
    allToAll: share(busGBps.allToAll),
    sendRecv: share(busGBps.sendRecv),
  }
}

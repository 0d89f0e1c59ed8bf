/** Concurrent collectives on a cluster: what each group takes while all the others move their bytes too. */

import type { Collective } from '@walltime/hardware'
import { type Group, type GroupName, type GroupSizes, placeGroups, usedDomainChips } from '../layout/placement.ts'
import type { Pool } from '../scenario/scenario.ts'
import type { Algorithm } from '../step/collectives.ts'
import { buildCluster, type Cluster } from './cluster.ts'
import { finishTimes, type Stream } from './max-min.ts'
import { collectiveStreams } from './streams.ts'

/** A collective that every group of a name runs at once. */
export interface Traffic {
  readonly group: GroupName
  readonly collective: Collective
  readonly algorithm: Algorithm
  readonly bytes: number
}

/** Ranks of every group of a shape among `ranks`: base + i·stride. */
export function ranksOf({ size, stride }: Group, ranks: number): readonly (readonly number[])[] {
  const groups: number[][] = []
  for (let first = 0; first < ranks; first++) {
    if (Math.floor(first / stride) % size !== 0) continue
    groups.push(Array.from({ length: size }, (_, i) => first + i * stride))
  }
  return groups
}

function secondsOn(cluster: Cluster, pool: Pool, sizes: GroupSizes, traffic: readonly Traffic[]): readonly number[] {
  const used = usedDomainChips(sizes, pool.system.domainChips)
  const chip = (rank: number) => Math.floor(rank / used) * pool.system.domainChips + (rank % used)
  const ranks = sizes.tp * sizes.cp * sizes.dp * sizes.pp
  const groups = placeGroups(sizes, pool)
  const streams: Stream[] = []
  const ends = traffic.map(({ group, collective, algorithm, bytes }) => {
    for (const members of ranksOf(groups[group], ranks))
      streams.push(...collectiveStreams(cluster, members.map(chip), collective, algorithm, bytes))
    return streams.length
  })
  const done = finishTimes(cluster.capacity, streams)
  return ends.map((end, i) => done.slice(ends[i - 1] ?? 0, end).reduce((most, one) => Math.max(most, one), 0))
}

/**
 * Seconds on the wire until the last group of each kind of traffic is done, all groups of all kinds starting together
 * and sharing links fairly; latencies are not counted. Hashed routes are averaged over `draws`. The graph has the rates that
 * the first kind's collective reaches.
 */
export function simulateTraffic(
  pool: Pool,
  sizes: GroupSizes,
  traffic: readonly Traffic[],
  draws = 8,
): readonly number[] {
  const { system, fabric, chips } = pool
  const [first] = traffic
  if (first === undefined) return []
  const times = fabric.adaptiveRouting ? 1 : draws
  const total = traffic.map(() => 0)
  for (let draw = 0; draw < times; draw++) {
    const cluster = buildCluster(system, fabric, chips, first.collective, draw)
    secondsOn(cluster, pool, sizes, traffic).forEach((seconds, i) => {
      total[i] = (total[i] as number) + seconds / times
    })
  }
  return total
}

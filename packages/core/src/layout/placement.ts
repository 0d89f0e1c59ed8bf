/**
 * Where the members of a communication group sit. Rank r runs on chip r; consecutive chips fill a node, consecutive
 * nodes a scale-up domain and a pod of the network. Megatron's order: tp fastest, then cp, dp, pp.
 */

import type { Pool, Schedule } from '../scenario/scenario.ts'
import { copiesOf } from '../schedule/shape.ts'
import { divides } from './divides.ts'

export type GroupName = (typeof GROUP_NAMES)[number]

/** A group of ranks `base + i·stride`, i < size, and how many of its members share a domain and a pod. */
export interface Group {
  readonly name: GroupName
  readonly size: number
  readonly stride: number
  readonly perDomain: number
  readonly perPod: number
  /** Worked out where one machine asks for them many times; null: each time. */
  terms: NetworkTerms | null
}

/** What rings and trees between domains take of the network, whatever their bytes are. */
export interface NetworkTerms {
  /** Bytes/s of the cards of one domain's members. */
  cards: number
  /** Seconds that the hops of a ring take in a round. */
  round: number
  /** Share of a buffer that goes over the cards in a round, that goes from chip to chip of a domain, and what of this does not leave. */
  sent: number
  within: number
  kept: number
  /** Bytes/s per chip of the links within a domain, in an all-gather, a reduce-scatter and an all-reduce; 1 where it holds one member. */
  gather: number
  scatter: number
  reduce: number
  /** Doublings from one domain to all of the group's. */
  doublings: number
  /** Seconds of latency of parallel aggregated trees; endless where more than one member lies in a domain. */
  aggregated: number
}

/** Sizes of the groups that share a layer. */
export interface LayerGroupSizes {
  readonly tp: number
  readonly cp: number
  readonly ep: number
  readonly etp: number
}

export interface GroupSizes extends LayerGroupSizes {
  readonly dp: number
  readonly pp: number
  readonly schedule?: Schedule
  readonly shardGroup?: number
}

/**
 * Members of a group with the given size and stride that share one block of `span` consecutive chips: for groups that
 * line up with the blocks the exact number, otherwise the number in the mean over the most blocks that a group of
 * the layout can touch.
 */
export function membersPerBlock(size: number, stride: number, span: number): number {
  if (size === 1 || stride >= span) return 1
  const extent = size * stride
  if (extent <= span) {
    if (divides(extent, span)) return size
  } else if (divides(span, extent) && divides(stride, span)) return span / stride
  const blocks = Math.min(size, Math.ceil((extent - stride) / span) + 1)
  return Math.max(1, Math.floor(size / blocks))
}

/**
 * Chips of each scale-up domain that a layout uses: all, or the largest multiple of its tensor-and-context or expert
 * block, so that no block straddles two domains (64 of the 72 chips of a rack for blocks of 8, 16, 32 or 64).
 */
export function usedDomainChips(sizes: LayerGroupSizes, domainChips: number): number {
  const block = Math.max(sizes.tp * sizes.cp, sizes.ep * sizes.etp)
  return block > domainChips ? domainChips : Math.floor(domainChips / block) * block
}

/** Replicas shard their states over `dense-dp` and `expert-dp`; the `-replicas` of a shard lie in other shard groups. */
const GROUP_NAMES = [
  'tp',
  'cp',
  'dp',
  'pp',
  'etp',
  'ep',
  'dense-dp',
  'expert-dp',
  'dense-replicas',
  'expert-replicas',
] as const

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export type Groups = Readonly<Record<GroupName, Group>>

/** Groups of one rank each, to be placed layout after layout. */
export function newGroups(): Groups {
  const alone = (name: GroupName): Group => ({ name, size: 1, stride: 1, perDomain: 1, perPod: 1, terms: null })
  return Object.fromEntries(GROUP_NAMES.map((name) => [name, alone(name)])) as Record<GroupName, Group>
}

/** Places the groups of a layout that share a layer, which lie alike whatever there is of the others. */
export function placeWithinLayers(groups: Groups, sizes: LayerGroupSizes, pool: Pool): void {
  const { tp, cp, ep, etp } = sizes
  const domain = usedDomainChips(sizes, pool.system.domainChips)
  const pod = pool.fabric.podChips ?? pool.chips
  place(groups.tp, tp, 1, domain, pod)
  place(groups.cp, cp, tp, domain, pod)
  place(groups.etp, etp, 1, domain, pod)
  place(groups.ep, ep, etp, domain, pod)
}

/** Places the stages of a pipeline and the replicas of a layout. */
export function placeAcrossLayers(groups: Groups, sizes: GroupSizes, pool: Pool): void {
  const { tp, cp, ep, etp, dp, pp, schedule = '1f1b', shardGroup } = sizes
  const domain = usedDomainChips(sizes, pool.system.domainChips)
  const pod = pool.fabric.podChips ?? pool.chips
  place(groups.dp, dp, tp * cp, domain, pod)
  place(groups.pp, pp, tp * cp * dp, domain, pod)
  // Replicas of a stage are also those of the stage with its copy, elsewhere in the pipeline.
  const copies = copiesOf(schedule)
  const dense = dp * cp
  const expert = (tp * dense) / (ep * etp)
  if (shardGroup === undefined) {
    place(groups['dense-dp'], dense, tp, domain, pod, copies)
    place(groups['expert-dp'], expert, ep * etp, domain, pod, copies)
    place(groups['dense-replicas'], 1, 1, domain, pod)
    place(groups['expert-replicas'], 1, 1, domain, pod)
    return
  }
  const shards = dense / shardGroup
  place(groups['dense-dp'], shardGroup, tp, domain, pod)
  place(groups['expert-dp'], expert / shards, ep * etp, domain, pod)
  place(groups['dense-replicas'], shards, tp * shardGroup, domain, pod, copies)
  place(groups['expert-replicas'], shards, (ep * etp * expert) / shards, domain, pod, copies)
}

function place(group: Mutable<Group>, size: number, stride: number, domain: number, pod: number, copies = 1): void {
  group.size = copies * size
  group.stride = stride
  group.perDomain = membersPerBlock(size, stride, domain)
  group.perPod = membersPerBlock(size, stride, pod)
}

/**
 * Places every group of a layout on the pool's nodes, domains and pods, in Megatron's rank order (tp-cp-dp-pp for dense
 * layers, etp-ep-edp-pp for experts).
 */
export function placeGroups(sizes: GroupSizes, pool: Pool): Groups {
  const groups = newGroups()
  placeWithinLayers(groups, sizes, pool)
  placeAcrossLayers(groups, sizes, pool)
  return groups
}

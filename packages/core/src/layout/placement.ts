/**
 * Where the members of a communication group sit. Rank r runs on chip r; consecutive chips fill a node, consecutive
 * nodes a scale-up domain and a pod of the network. Megatron's order: tp fastest, then cp, dp, pp.
 */

import type { Pool } from '../scenario/scenario.ts'

export type GroupName = 'tp' | 'cp' | 'dp' | 'pp' | 'ep' | 'etp' | 'dense-dp' | 'expert-dp'

/** A group of ranks `base + i·stride`, i < size, and how many of its members share a node, a domain and a pod. */
export interface Group {
  readonly name: GroupName
  readonly size: number
  readonly stride: number
  readonly perNode: number
  readonly perDomain: number
  readonly perPod: number
}

export interface GroupSizes {
  readonly tp: number
  readonly cp: number
  readonly ep: number
  readonly etp: number
  readonly dp: number
  readonly pp: number
}

/**
 * Members of a group with the given size and stride that share one block of `span` consecutive chips: for groups that
 * line up with the blocks the exact number, otherwise the number in the mean over the most blocks that a group of
 * the layout can touch.
 */
export function membersPerBlock(size: number, stride: number, span: number): number {
  if (size === 1 || stride >= span) return 1
  const extent = size * stride
  if (span % extent === 0) return size
  if (extent % span === 0 && span % stride === 0) return span / stride
  const blocks = Math.min(size, Math.ceil((extent - stride) / span) + 1)
  return Math.max(1, Math.floor(size / blocks))
}

/** Size and stride of every group in Megatron's rank order (tp-cp-dp-pp for dense layers, etp-ep-edp-pp for experts). */
export function groupShapes(sizes: GroupSizes): readonly { name: GroupName; size: number; stride: number }[] {
  const { tp, cp, ep, etp, dp, pp } = sizes
  return [
    { name: 'tp', size: tp, stride: 1 },
    { name: 'cp', size: cp, stride: tp },
    { name: 'dp', size: dp, stride: tp * cp },
    { name: 'pp', size: pp, stride: tp * cp * dp },
    { name: 'etp', size: etp, stride: 1 },
    { name: 'ep', size: ep, stride: etp },
    { name: 'dense-dp', size: dp * cp, stride: tp },
    { name: 'expert-dp', size: (tp * cp * dp) / (ep * etp), stride: ep * etp },
  ]
}

/**
 * Chips of each scale-up domain that a layout uses: all, or the largest multiple of its tensor-and-context or expert
 * block, so that no block straddles two domains (64 of the 72 chips of a rack for blocks of 8, 16, 32 or 64).
 */
export function usedDomainChips(sizes: GroupSizes, domainChips: number): number {
  const block = Math.max(sizes.tp * sizes.cp, sizes.ep * sizes.etp)
  return block > domainChips ? domainChips : Math.floor(domainChips / block) * block
}

/** Places every group of a layout on the pool's nodes, domains and pods. */
export function placeGroups(sizes: GroupSizes, pool: Pool): Readonly<Record<GroupName, Group>> {
  const { chipsPerNode } = pool.system
  const domainChips = usedDomainChips(sizes, pool.system.domainChips)
  const pod = pool.fabric.podChips ?? pool.chips
  const groups: Partial<Record<GroupName, Group>> = {}
  for (const { name, size, stride } of groupShapes(sizes)) {
    groups[name] = {
      name,
      size,
      stride,
      perNode: membersPerBlock(size, stride, chipsPerNode),
      perDomain: membersPerBlock(size, stride, domainChips),
      perPod: membersPerBlock(size, stride, pod),
    }
  }
  return groups as Record<GroupName, Group>
}

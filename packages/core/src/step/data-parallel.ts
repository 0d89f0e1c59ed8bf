import type { Collective } from '@walltime/hardware'
import type { Group, Groups } from '../layout/placement.ts'
import type { RankParameters } from '../layout/shard-parameters.ts'
import type { Optimizer, Parallelism } from '../scenario/scenario.ts'
import { type CollectiveTime, collectiveSeconds, collectiveTime, gatherSeconds } from './collectives.ts'
import type { Machine } from './machine.ts'

/** Parameters travel and are used in 16 bits. */
export const WEIGHT_BYTES = 2

/** ZeRO 0 reduces gradients, the other stages scatter what was reduced. */
function gradientCollective(zero: number): 'allReduce' | 'reduceScatter' {
  return zero === 0 ? 'allReduce' : 'reduceScatter'
}

/** Seconds of a collective between replicas, at the share of the network's rate that the software reaches. */
function replicaSeconds(machine: Machine, group: Group, collective: Collective, bytes: number): number {
  if (group.size <= 1 || bytes <= 0) return 0
  const { dataRate } = machine.software
  const far = group.perDomain < group.size
  if (far && collective !== 'allReduce') return gatherSeconds(machine, group, collective, bytes) / dataRate
  const seconds = collectiveSeconds(machine, group, collective, bytes, null)
  return far ? seconds / dataRate : seconds
}

/** Seconds in which a rank's gradients are reduced, dense ones and those of experts one after the other. */
export function gradientSeconds(
  machine: Machine,
  groups: Groups,
  dense: number,
  experts: number,
  zero: number,
  elementBytes: number,
): number {
  const collective = gradientCollective(zero)
  return (
    replicaSeconds(machine, groups['dense-dp'], collective, dense * elementBytes) +
    replicaSeconds(machine, groups['expert-dp'], collective, experts * elementBytes) +
    shardSeconds(machine, groups['dense-replicas'], (dense * elementBytes) / groups['dense-dp'].size) +
    shardSeconds(machine, groups['expert-replicas'], (experts * elementBytes) / groups['expert-dp'].size)
  )
}

/** Seconds in which a shard's scattered gradients are reduced over the shard groups. */
function shardSeconds(machine: Machine, replicas: Group, bytes: number): number {
  return replicas.size === 1 ? 0 : replicaSeconds(machine, replicas, 'allReduce', bytes)
}

/** Seconds in which a rank's sharded parameters are gathered; none where they are not sharded. */
export function parameterSeconds(
  machine: Machine,
  groups: Groups,
  dense: number,
  experts: number,
  zero: number,
): number {
  if (zero === 0) return 0
  return (
    replicaSeconds(machine, groups['dense-dp'], 'allGather', dense * WEIGHT_BYTES) +
    replicaSeconds(machine, groups['expert-dp'], 'allGather', experts * WEIGHT_BYTES)
  )
}

/** One collective of gradients or parameters over a data-parallel group. */
export interface DataTransfer {
  readonly name: string
  readonly group: 'dense-dp' | 'expert-dp' | 'dense-replicas' | 'expert-replicas'
  readonly bytes: number
  readonly time: CollectiveTime
}

export interface DataTransfers {
  readonly gradients: readonly DataTransfer[]
  readonly parameters: readonly DataTransfer[]
}

const GRADIENT_NAMES = { allReduce: 'gradient all-reduce', reduceScatter: 'gradient reduce-scatter' } as const

/**
 * Collectives that keep replicas equal, over all parameters of a rank: ZeRO 0 reduces gradients, stages 1 to 3 scatter
 * the reduced gradients and gather the updated parameters (Rajbhandari et al. 2020, arXiv:1910.02054, section 7). Where
 * they do so within shard groups, the scattered gradients are reduced between them (Zhao et al. 2023, arXiv:2304.11277).
 */
export function dataTransfers(
  machine: Machine,
  groups: Groups,
  parameters: RankParameters,
  layout: Parallelism,
  optimizer: Optimizer,
): DataTransfers {
  const sharded = [
    { group: 'dense-dp' as const, count: parameters.dense },
    { group: 'expert-dp' as const, count: parameters.experts },
  ]
  const copied = [
    { group: 'dense-replicas' as const, count: parameters.dense / groups['dense-dp'].size },
    { group: 'expert-replicas' as const, count: parameters.experts / groups['expert-dp'].size },
  ]
  const transfer = (
    parts: readonly { readonly group: DataTransfer['group']; readonly count: number }[],
    name: string,
    collective: Collective,
    elementBytes: number,
  ) =>
    parts
      .filter(({ group, count }) => count > 0 && groups[group].size > 1)
      .map(({ group, count }) => ({
        name,
        group,
        bytes: count * elementBytes,
        time: {
          ...collectiveTime(machine, groups[group], collective, count * elementBytes),
          seconds: replicaSeconds(machine, groups[group], collective, count * elementBytes),
        },
      }))
  const collective = gradientCollective(layout.zero)
  return {
    gradients: [
      ...transfer(sharded, GRADIENT_NAMES[collective], collective, optimizer.gradientBytes),
      ...transfer(copied, GRADIENT_NAMES.allReduce, 'allReduce', optimizer.gradientBytes),
    ],
    parameters: layout.zero === 0 ? [] : transfer(sharded, 'parameter all-gather', 'allGather', WEIGHT_BYTES),
  }
}

/** Seconds of transfers one after the other. */
export function transferSeconds(transfers: readonly DataTransfer[]): number {
  return transfers.reduce((sum, transfer) => sum + transfer.time.seconds, 0)
}

/**
 * What a transfer costs that hides under `window` seconds of compute in `buckets` pieces: what is exposed, since the last
 * piece always waits (its gradients are ready only when the window has passed), and the compute that each hidden second
 * takes cores, memory and power from.
 *
 * @param contention seconds of compute that a hidden second costs
 */
export function exposedBehind(seconds: number, window: number, buckets: number, contention: number): number {
  if (seconds === 0) return 0
  const exposed = Math.min(seconds, Math.max(seconds / buckets, seconds - window))
  return exposed + contention * (seconds - exposed)
}

/**
 * `exposedBehind` where every one of `layers` is fetched while the one before it runs, in each micro-batch (ZeRO 3):
 * g + (L − 1)·max(0, g − c), the first layer's g seconds beside nothing, each other's beside c seconds of compute.
 *
 * @param window compute of all layers
 */
export function exposedPrefetch(seconds: number, window: number, layers: number, contention: number): number {
  return exposedBehind(seconds, window * (1 - 1 / layers), layers, contention)
}

/**
 * Seconds of the optimizer step: it reads the gradient, reads and writes its state and writes the 16-bit weight, each
 * byte once, on the rank's shard. States that lie on the host come and go over the chip's link before and after.
 */
export function optimizerSeconds(
  machine: Machine,
  groups: Groups,
  dense: number,
  experts: number,
  { zero, optimizerOffload }: Pick<Parallelism, 'zero' | 'optimizerOffload'>,
  optimizer: Optimizer,
): number {
  const sharded = zero >= 1
  const count = dense / (sharded ? groups['dense-dp'].size : 1) + experts / (sharded ? groups['expert-dp'].size : 1)
  const bytes = count * (optimizer.gradientBytes + 2 * optimizer.stateBytesPerParameter + WEIGHT_BYTES)
  const { hostBandwidth = 0 } = machine.chip
  const moved = optimizerOffload ? (2 * count * optimizer.stateBytesPerParameter) / hostBandwidth : 0
  return moved + bytes / machine.rates.pointwise
}

/** Checkpoints: bytes of the state, who writes and reads them, and over what. */

import { formatQuantity } from '@walltime/hardware'
import type { Architecture } from '../../model/architecture.ts'
import { countParameters } from '../../model/parameters.ts'
import { WEIGHT_BYTES } from '../../step/data-parallel.ts'
import type { Path } from '../document.ts'
import { type Checkpoint, type CheckpointInterval, type CheckpointTier, TIER_KINDS } from '../reliability.ts'
import type { CheckpointInput, TierInput } from '../reliability-input.ts'
import type { Parallelism, Pool, Training } from '../scenario.ts'
import { assume, type Notes, report } from './notes.ts'

/** Seconds training stands still for a checkpoint that is copied to host memory and written behind it (ByteRobust, arXiv:2509.16293, table 8: 0.01 to 1.84 s). */
const SNAPSHOT_SECONDS = 2

/** Bytes/s that storage takes from one node and from a whole cluster (node: DGX SuperPOD reference designs; cluster: 50 to 200 GB/s in published runs). */
const STORAGE_PER_NODE = 2e9
const STORAGE_CLUSTER = 200e9

/** Bytes/s of a node's own disks: eight drives of an ND A100 v4 write 8.2 GB/s (Azure AI benchmarking guide, 2024). */
const LOCAL_PER_NODE = 8e9

/** Bytes/s from a chip to its host where its link is not known: PCIe 4. */
const HOST_LINK = 25e9

/** Part of a node's network that training leaves to copies between nodes: assumed. */
const IDLE_NETWORK = 0.1

const DEFAULT_REPLICAS = 2

/** What the state is and where it lies. */
export interface CheckpointCase {
  readonly model: Architecture
  readonly training: Training
  readonly layout: Parallelism
  readonly pool: Pool
}

interface State {
  /** Bytes of one checkpoint, each stored once. */
  readonly bytes: number
  readonly weightBytes: number
  /** Nodes and chips that hold a part of it that is not a copy: those that write. */
  readonly nodes: number
  readonly chips: number
}

/**
 * Who writes what: of states that ZeRO shards each rank of the shard group its own part, otherwise one replica of the
 * model the whole. Ranks of a tensor-parallel (or expert) group sit side by side, the stages of a pipeline apart.
 */
function stateOf({ model, training, layout, pool }: CheckpointCase, bytesPerParameter: number | undefined): State {
  const { tp, pp, cp, dp, ep, etp, zero, shardGroup } = layout
  const parameters = countParameters(model).total
  const perStage = zero >= 1 ? tp * (shardGroup ?? dp * cp) : Math.max(tp, ep * etp)
  const { chipsPerNode } = pool.system
  const chips = Math.min(pool.chips, pp * perStage)
  return {
    bytes: parameters * (bytesPerParameter ?? WEIGHT_BYTES + training.optimizer.stateBytesPerParameter),
    weightBytes: parameters * WEIGHT_BYTES,
    nodes: Math.min(Math.ceil(pool.chips / chipsPerNode), pp * Math.ceil(perStage / chipsPerNode)),
    chips,
  }
}

/** Bytes/s of a node's cards together. */
function networkOf({ system, fabric }: Pool): number {
  return system.nicsPerNode * fabric.linkBandwidth * fabric.achieved
}

/** Bytes that are read to restart: the state once, and where replicas do not pass it on, the weights once for each. */
function bytesRead({ bytes, weightBytes }: State, { dp, cp }: Parallelism, once: boolean | undefined): number {
  return once === false ? bytes + weightBytes * (dp * cp - 1) : bytes
}

/** Seconds to write and to read over storage that all nodes share. */
function storageSeconds(tier: Omit<TierInput, 'kind' | 'replicas'>, state: State, layout: Parallelism) {
  const write = (tier.bandwidth ?? Math.min(STORAGE_CLUSTER, state.nodes * STORAGE_PER_NODE)) * (tier.share ?? 1)
  const read = (tier.readBandwidth ?? tier.bandwidth ?? STORAGE_CLUSTER) * (tier.share ?? 1)
  return { write: state.bytes / write, read: bytesRead(state, layout, tier.readsOnce) / read, bandwidth: write }
}

/** Seconds to write and to read where each node has a memory, disks or cards of its own. */
function nodeSeconds(tier: TierInput, state: State, pool: Pool) {
  const perNode = state.bytes / state.nodes
  if (tier.kind === 'local') {
    const write = tier.bandwidth ?? LOCAL_PER_NODE
    return { write: perNode / write, read: perNode / (tier.readBandwidth ?? write), bandwidth: write }
  }
  const write = tier.bandwidth ?? networkOf(pool) * IDLE_NETWORK
  const copies = (tier.replicas ?? DEFAULT_REPLICAS) - 1
  return {
    write: (copies * perNode) / write,
    read: perNode / (tier.readBandwidth ?? tier.bandwidth ?? networkOf(pool)),
    bandwidth: write,
  }
}

/** Seconds that a chip takes to copy its part of the state to its host. */
function copySeconds({ bytes, chips }: State, { system }: Pool): number {
  return bytes / chips / (system.chip.hostBandwidth ?? HOST_LINK)
}

/** The form of one tier on storage that all share, its fields at the top of `checkpoint`. */
function resolveFlat(
  notes: Notes,
  input: CheckpointInput | undefined,
  state: State,
  layout: Parallelism,
  loads: boolean,
): Checkpoint {
  if (input?.blocking === undefined) {
    assume(
      notes,
      'reliability.checkpoint.blocking',
      `${SNAPSHOT_SECONDS} s`,
      'copied to host memory, written behind the training',
    )
  }
  const { write, read, bandwidth } = storageSeconds(input ?? {}, state, layout)
  const given = input?.blocking !== undefined && input.bandwidth === undefined && input.share === undefined
  const durableAfter = input?.durableAfter ?? (given ? 0 : write)
  if (input?.durableAfter === undefined && !given) {
    assume(
      notes,
      'reliability.checkpoint.durableAfter',
      formatQuantity(durableAfter, 'time'),
      `${formatQuantity(state.bytes, 'bytes')} at ${formatQuantity(bandwidth, 'bandwidth')}`,
    )
  }
  if (input?.load === undefined && loads)
    assume(notes, 'reliability.checkpoint.load', formatQuantity(read, 'time'), 'read by all nodes at once')
  return {
    kind: 'file-system',
    interval: input?.interval ?? 'auto',
    blocking: input?.blocking ?? SNAPSHOT_SECONDS,
    durableAfter,
    load: input?.load ?? (loads ? read : 0),
    bytes: state.bytes,
    tiers: [],
  }
}

function resolveTier(
  notes: Notes,
  tier: TierInput,
  index: number,
  state: State,
  { layout, pool }: CheckpointCase,
  before: CheckpointTier | undefined,
  interval: CheckpointInterval,
  loads: boolean,
): CheckpointTier {
  const path = `reliability.checkpoint.tiers[${index}]`
  const shared = tier.kind === 'file-system' || tier.kind === 'object-store'
  const { write, read, bandwidth } = shared ? storageSeconds(tier, state, layout) : nodeSeconds(tier, state, pool)
  const snapshot = tier.kind === 'memory' ? copySeconds(state, pool) : (before?.blocking ?? SNAPSHOT_SECONDS)
  const say = (field: string, seconds: number, source: string) =>
    assume(notes, `${path}.${field}`, formatQuantity(seconds, 'time'), source)
  const part = shared ? state.bytes : state.bytes / state.nodes
  const over = `${formatQuantity(part, 'bytes')}${shared ? '' : ' a node'} at ${formatQuantity(bandwidth, 'bandwidth')}`
  if (tier.blocking === undefined) {
    const source =
      tier.kind === 'memory'
        ? `${formatQuantity(state.bytes / state.chips, 'bytes')} a chip over its host link`
        : before === undefined
          ? 'copied to host memory, written behind the training'
          : 'copied as for the tier before it, written behind the training'
    say('blocking', snapshot, source)
  }
  if (tier.durableAfter === undefined) say('durableAfter', write, over)
  if (tier.load === undefined && loads) say('load', read, shared ? 'read by all nodes at once' : 'read by each node')
  return {
    kind: tier.kind,
    interval,
    blocking: tier.blocking ?? snapshot,
    durableAfter: tier.durableAfter ?? write,
    load: tier.load ?? (loads ? read : 0),
    bytes: state.bytes,
    ...(tier.kind === 'memory' ? { replicas: tier.replicas ?? DEFAULT_REPLICAS } : {}),
  }
}

const LONGER: Readonly<Record<'seconds' | 'steps', string>> = {
  seconds: 'time',
  steps: 'number of steps',
}

/** What contradicts itself in a list of tiers. */
function checkTiers(notes: Notes, input: CheckpointInput, tiers: readonly TierInput[], nodes: number): boolean {
  const path: Path = ['reliability', 'checkpoint']
  const issues = notes.issues.length
  for (const field of [
    'blocking',
    'bandwidth',
    'readBandwidth',
    'share',
    'durableAfter',
    'load',
    'readsOnce',
  ] as const) {
    if (input[field] !== undefined) {
      report(notes, 'checkpoint.tiers', [...path, field], `stands beside tiers: give ${field} in the tier it is of`)
    }
  }
  if (input.interval !== undefined && tiers[0]?.interval !== undefined) {
    report(notes, 'checkpoint.tiers', [...path, 'interval'], 'the first tier gives another interval; give one of them')
  }
  for (const [i, tier] of tiers.entries()) {
    const here = [...path, 'tiers', i]
    const before = tiers[i - 1]
    if (tier.replicas !== undefined && tier.kind !== 'memory') {
      report(notes, 'checkpoint.tiers', [...here, 'replicas'], `belongs to a tier in memory, not to ${tier.kind}`)
    }
    if (tier.kind === 'memory' && (tier.replicas ?? 1) > nodes) {
      report(
        notes,
        'checkpoint.tiers',
        [...here, 'replicas'],
        `${tier.replicas} copies need as many nodes; there are ${nodes}`,
      )
    }
    for (const field of ['share', 'readsOnce'] as const) {
      if (tier[field] !== undefined && (tier.kind === 'memory' || tier.kind === 'local')) {
        report(
          notes,
          'checkpoint.tiers',
          [...here, field],
          `belongs to storage that all nodes share, not to ${tier.kind}`,
        )
      }
    }
    if (before === undefined) continue
    if (TIER_KINDS.indexOf(tier.kind) <= TIER_KINDS.indexOf(before.kind)) {
      const message = `${tier.kind} cannot stand behind ${before.kind}: tiers go ${TIER_KINDS.join(', ')}, each once`
      report(notes, 'checkpoint.tiers', [...here, 'kind'], message)
    }
    const [own, quicker] = [tier.interval, i === 1 ? (before.interval ?? input.interval) : before.interval]
    const pair =
      typeof own === 'number' && typeof quicker === 'number'
        ? ([own, quicker, 'seconds'] as const)
        : typeof own === 'object' && typeof quicker === 'object'
          ? ([own.steps, quicker.steps, 'steps'] as const)
          : undefined
    if (pair !== undefined && pair[0] < pair[1]) {
      const message = `must be no shorter a ${LONGER[pair[2]]} than that of the quicker tier before it`
      report(notes, 'checkpoint.tiers', [...here, 'interval'], message)
    }
  }
  return notes.issues.length === issues
}

/**
 * Checkpoints of the run.
 *
 * @param loads the time to load is told by the tiers and not contained in the restart
 */
export function resolveCheckpoint(
  notes: Notes,
  input: CheckpointInput | undefined,
  of: CheckpointCase,
  loads: boolean,
): Checkpoint | undefined {
  const state = stateOf(of, input?.bytesPerParameter)
  if (input?.tiers === undefined) return resolveFlat(notes, input, state, of.layout, loads)
  const { tiers, interval } = input
  const nodes = Math.ceil(of.pool.chips / of.pool.system.chipsPerNode)
  if (!checkTiers(notes, input, tiers, nodes)) return undefined
  const resolved: CheckpointTier[] = []
  for (const [i, tier] of tiers.entries()) {
    const own = tier.interval ?? (i === 0 ? interval : undefined) ?? 'auto'
    resolved.push(resolveTier(notes, tier, i, state, of, resolved[i - 1], own, loads))
  }
  const [first, ...others] = resolved
  if (first === undefined) return undefined
  const last = others.at(-1) ?? first
  if (last.kind === 'memory' || last.kind === 'local') {
    notes.warnings.push({
      code: 'checkpoint.unsafe',
      path: 'reliability.checkpoint.tiers',
      message: `no tier outlives the nodes: a loss that takes all copies in ${last.kind === 'memory' ? 'memory' : 'local disks'} starts the run anew`,
    })
  }
  return { ...first, tiers: others }
}

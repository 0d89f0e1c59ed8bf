/** Memory per chip by part, on every stage; the fullest one counts. */

import { MEMORY_PARTS, type MemoryPart } from '../estimate-result.ts'
import type { Groups } from '../layout/placement.ts'
import type { Plan } from '../layout/plan.ts'
import { rankParameters, type ShardableParameters, shardableParameters } from '../layout/shard-parameters.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import type { Parallelism, Training } from '../scenario/scenario.ts'
import { WEIGHT_BYTES } from '../step/data-parallel.ts'
import type { Program } from '../step/operators.ts'
import { microBatchesInFlight } from '../step/pipeline.ts'
import { savedBytes } from '../step/recompute.ts'

export interface StageMemory {
  readonly bytes: number
  readonly breakdown: Readonly<Record<MemoryPart, number>>
}

/** What the memory of a layout's stages depends on: plain numbers and columns, since a search fills them a million times. */
export interface MemoryCase {
  readonly layout: Parallelism
  readonly training: Training
  readonly microBatches: number
  readonly groups: Groups
  readonly parameters: ShardableParameters
  /** Parameters on a rank by stage, before ZeRO shards them: dense ones, and those of routed experts. */
  readonly dense: ArrayLike<number>
  readonly experts: ArrayLike<number>
  /** Layers of each kind on a stage, at 4·stage + kind. */
  readonly kinds: ArrayLike<number>
  /** Bytes of one layer by kind: kept from forward to backward under recompute, and all that its forward saves. */
  readonly kept: Float64Array
  readonly saved: Float64Array
  /** Bytes that the output and the loss save. */
  readonly headBytes: number
}

/** Layers whose gathered parameters ZeRO 3 holds at once: the running one and the one fetched ahead. */
const GATHERED_LAYERS = 2

/** Parts of a chip's memory in a column, in the order of `MEMORY_PARTS`. */
const [WEIGHTS, GRADIENTS, OPTIMIZER, ACTIVATIONS, BUFFERS, RESERVE] = [0, 1, 2, 3, 4, 5] as const

const KINDS = LAYER_KINDS.length

/** Parameters of the largest layer on a rank, whole: what ZeRO 3 gathers. */
function gatheredParameters({ layout, parameters, kinds }: MemoryCase, stage: number): number {
  const { split, norms, experts } = parameters
  let most = 0
  for (let kind = 0; kind < KINDS; kind++) {
    if ((kinds[KINDS * stage + kind] ?? 0) === 0) continue
    const shared = (split[kind] ?? 0) / layout.tp + (experts[kind] ?? 0) / (layout.ep * layout.etp)
    most = Math.max(most, shared + (norms[kind] ?? 0))
  }
  return most
}

/**
 * Bytes of a chip on a stage: weights, gradients and optimizer states by ZeRO stage; activations of the micro-batches in
 * flight; buffers of the layer that runs (what recompute brings back, logits, gathered parameters); and what the software
 * stack reserves.
 *
 * Sources: ZeRO, arXiv:1910.02054; activations counted tensor by tensor as in Korthikanti et al. 2022
 * (arXiv:2205.05198), micro-batches in flight as in Megatron-LM.
 *
 * @param parts is filled with the bytes by part, in the order of `MEMORY_PARTS`
 */
export function stageBytes(of: MemoryCase, stage: number, reserveBytes: number, parts: Float64Array): number {
  const { layout, training, microBatches, groups, kinds, kept, saved } = of
  const { pp, vpp, zero, schedule } = layout
  const head = stage === pp - 1
  const dense = of.dense[stage] ?? 0
  const experts = of.experts[stage] ?? 0
  const whole = dense + experts
  const shard = dense / groups['dense-dp'].size + experts / groups['expert-dp'].size
  const { gradientBytes, stateBytesPerParameter } = training.optimizer
  let perMicroBatch = 0
  let working = 0
  for (let kind = 0; kind < KINDS; kind++) {
    const count = kinds[KINDS * stage + kind] ?? 0
    if (count === 0) continue
    const own = kept[kind] ?? 0
    perMicroBatch += count * own
    working = Math.max(working, (saved[kind] ?? 0) - own)
  }
  const logits = head ? of.headBytes : 0
  const gathered = zero === 3 ? GATHERED_LAYERS * gatheredParameters(of, stage) * (WEIGHT_BYTES + WEIGHT_BYTES) : 0
  parts[WEIGHTS] = WEIGHT_BYTES * (zero >= 3 ? shard : whole)
  parts[GRADIENTS] = gradientBytes * (zero >= 2 ? shard : whole)
  parts[OPTIMIZER] = stateBytesPerParameter * (zero >= 1 ? shard : whole)
  parts[ACTIVATIONS] = microBatchesInFlight(schedule, stage, pp, vpp, microBatches) * perMicroBatch
  parts[BUFFERS] = Math.max(working, logits) + gathered
  parts[RESERVE] = reserveBytes
  let bytes = 0
  for (let part = 0; part < parts.length; part++) bytes += parts[part] ?? 0
  return bytes
}

function memoryCase(plan: Plan): MemoryCase {
  const { layers, head } = plan.programs
  const measure = (bytes: (program: Program) => number) =>
    Float64Array.from(layers, (program) => (program === null ? 0 : bytes(program)))
  const ranks = plan.stages.map((stage) => rankParameters(plan.model, stage, plan.layout))
  const all = (program: Program) => program.saved.reduce((sum, tensor) => sum + tensor.bytes, 0)
  return {
    ...{ layout: plan.layout, training: plan.training, microBatches: plan.microBatches, groups: plan.groups },
    parameters: shardableParameters(plan.model),
    dense: ranks.map(({ dense }) => dense),
    experts: ranks.map(({ experts }) => experts),
    kinds: plan.stages.flatMap((stage) => stage.kinds),
    kept: measure((program) => savedBytes(program, plan.layout.recompute)),
    saved: measure(all),
    headBytes: all(head),
  }
}

function measureStage(of: MemoryCase, stage: number, reserveBytes: number): StageMemory {
  const parts = new Float64Array(MEMORY_PARTS.length)
  const bytes = stageBytes(of, stage, reserveBytes, parts)
  const breakdown = Object.fromEntries(MEMORY_PARTS.map((part, i) => [part, parts[i] ?? 0]))
  return { bytes, breakdown: breakdown as Record<MemoryPart, number> }
}

/** `stageBytes` of a plan's stage, by name. */
export function stageMemory(plan: Plan, index: number, reserveBytes: number): StageMemory {
  if (plan.stages[index] === undefined) throw new RangeError(`no stage ${index}`)
  return measureStage(memoryCase(plan), index, reserveBytes)
}

/** Memory of the fullest stage and its index: the first of those that hold the same, with the most micro-batches in flight. */
export function peakMemory(plan: Plan, reserveBytes: number): StageMemory & { readonly stage: number } {
  const of = memoryCase(plan)
  let peak: (StageMemory & { readonly stage: number }) | undefined
  for (let index = 0; index < plan.stages.length; index++) {
    const memory = measureStage(of, index, reserveBytes)
    if (peak === undefined || memory.bytes > peak.bytes) peak = { ...memory, stage: index }
  }
  if (peak === undefined) throw new RangeError('a plan without stages')
  return peak
}

/** Memory per chip by part, on every stage; the fullest one counts. */

import { MEMORY_PARTS, type MemoryPart } from '../estimate-result.ts'
import type { Groups } from '../layout/placement.ts'
import type { Plan } from '../layout/plan.ts'
import { rankParameters, type ShardableParameters, shardableParameters } from '../layout/shard-parameters.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import type { Parallelism, SoftwareStack, Training } from '../scenario/scenario.ts'
import { holdsHead, isFolded } from '../schedule/shape.ts'
import { WEIGHT_BYTES } from '../step/data-parallel.ts'
import { LOSS, type Program } from '../step/operators.ts'
import { microBatchesInFlight } from '../step/pipeline.ts'
import { coveredModules, passingModules, recomputedShare } from '../step/recompute.ts'

export interface StageMemory {
  readonly bytes: number
  readonly breakdown: Readonly<Record<MemoryPart, number>>
}

/** What the memory of a layout's stages depends on: plain numbers and columns, since a search fills them a million times. */
export interface MemoryCase {
  readonly layout: Parallelism
  readonly training: Training
  /** Those that pass each chunk of a stage. */
  readonly microBatches: number
  readonly groups: Groups
  readonly parameters: ShardableParameters
  /** Parameters on a rank by stage, before ZeRO shards them: dense ones, and those of routed experts. */
  readonly dense: ArrayLike<number>
  readonly experts: ArrayLike<number>
  /** Kinds that the model has layers of. */
  readonly present: readonly number[]
  /** Layers of each kind on a stage, at 4·stage + kind. */
  readonly kinds: ArrayLike<number>
  /** Layers of a stage, those of multi-token prediction left out. */
  readonly perStage: ArrayLike<number>
  /** Bytes that a rank sends to the next stage for one micro-batch. */
  readonly boundary: number
  /**
   * Bytes of one layer by kind: kept from forward to backward under recompute and without any, brought back by
   * recompute, and of its largest tensor.
   */
  readonly kept: Float64Array
  readonly saved: Float64Array
  readonly again: Float64Array
  readonly widest: Float64Array
  /** Elements of a layer's largest weight matrix on a rank, by kind. */
  readonly matrix: Float64Array
  /** Bytes that the output keeps for its weight's gradient, those that only the loss holds, and elements of its matrix. */
  readonly headKept: number
  readonly lossBytes: number
  readonly headMatrix: number
  readonly software: SoftwareStack
}

/** Master weights in the optimizer's state, for each parameter. */
const MASTER_BYTES = 4

/** Layers whose gathered parameters ZeRO 3 holds at once: the running one and the one fetched ahead. */
const GATHERED_LAYERS = 2

/** Of a matrix where memory is planned: gathered, the next one fetched ahead, and a gradient, in 16 bits. */
const PLANNED_BYTES = 3 * WEIGHT_BYTES

/** Gradients as the optimizer reads them. */
const STEP_GRADIENT_BYTES = 4

/** Parts of a chip's memory in a column, in the order of `MEMORY_PARTS`. */
const [WEIGHTS, GRADIENTS, OPTIMIZER, ACTIVATIONS, BUFFERS, RESERVE] = [0, 1, 2, 3, 4, 5] as const

const KINDS = LAYER_KINDS.length

/** Bytes that a layer of a kind keeps in the mean of a stage where recompute holds for `share` of its layers. */
export function keptBytes({ kept, saved }: Pick<MemoryCase, 'kept' | 'saved'>, kind: number, share: number): number {
  const all = saved[kind] ?? 0
  return all + share * ((kept[kind] ?? 0) - all)
}

/** Parameters of the largest layer on a rank, whole: what ZeRO 3 gathers. */
function gatheredParameters({ layout, parameters, present, kinds }: MemoryCase, stage: number): number {
  const { split, norms, experts } = parameters
  let most = 0
  for (const kind of present) {
    if ((kinds[KINDS * stage + kind] ?? 0) === 0) continue
    const shared = (split[kind] ?? 0) / layout.tp + (experts[kind] ?? 0) / (layout.ep * layout.etp)
    most = Math.max(most, shared + (norms[kind] ?? 0))
  }
  return most
}

/**
 * Bytes that a layer's backward pass holds beyond what was kept: what recompute brings back, the gradient of its largest
 * tensor, and under ZeRO 3 gathered parameters with their gradients; otherwise the gradient of its largest matrix.
 *
 * @param gradient bytes of an element of a weight's gradient before it is added to the others
 */
function layerBytes(of: MemoryCase, stage: number, gradient: number): number {
  const { layout, present, kinds, again, widest, matrix, software } = of
  let most = 0
  for (const kind of present) {
    if ((kinds[KINDS * stage + kind] ?? 0) === 0) continue
    const weights = layout.zero === 3 && software.plannedMemory ? PLANNED_BYTES : gradient
    most = Math.max(most, (again[kind] ?? 0) + (widest[kind] ?? 0) + weights * (matrix[kind] ?? 0))
  }
  if (layout.zero < 3 || software.plannedMemory) return most
  return most + GATHERED_LAYERS * gatheredParameters(of, stage) * (WEIGHT_BYTES + WEIGHT_BYTES)
}

/**
 * Bytes of a chip on a stage at the fullest moment of a step.
 *
 * In backward it holds weights, gradients and optimizer states by ZeRO stage, the activations of the micro-batches in
 * flight, and the buffers of what runs: of a layer, what recompute brings back, the gradient of its largest tensor and
 * that of its largest matrix before it is added to the others; or the logits and the loss; and the parameters and
 * gradients of layers that ZeRO 3 gathered. In the optimizer step there are no activations, but the gradients once more
 * in 32 bits where they are kept in 16.
 *
 * Sources: ZeRO, arXiv:1910.02054; activations counted tensor by tensor as in Korthikanti et al. 2022
 * (arXiv:2205.05198), micro-batches in flight as in Megatron-LM.
 *
 * @param parts is filled with the bytes by part, in the order of `MEMORY_PARTS`
 */
export function stageBytes(of: MemoryCase, stage: number, parts: Float64Array): number {
  const { layout, training, microBatches, groups, present, kinds, software } = of
  const { pp, vpp, zero, schedule } = layout
  const { gradientBytes, stateBytesPerParameter } = training.optimizer
  const { weightCopies, gradientCopies, gradientBucket, fragmentation, reserveBytes } = software
  const head = holdsHead(schedule, stage, pp)
  const dense = of.dense[stage] ?? 0
  const experts = of.experts[stage] ?? 0
  const whole = dense + experts
  const shard = dense / groups['dense-dp'].size + experts / groups['expert-dp'].size
  const copied = gradientCopies && gradientBytes > WEIGHT_BYTES
  const share = recomputedShare(layout.recompute, of.perStage[stage] ?? 0)
  let perMicroBatch = 0
  let largest = 0
  for (const kind of present) {
    const count = kinds[KINDS * stage + kind] ?? 0
    if (count === 0) continue
    perMicroBatch += count * keptBytes(of, kind, share)
    largest = Math.max(largest, share < 1 ? (of.saved[kind] ?? 0) : (of.kept[kind] ?? 0))
  }
  // Gradients of gathered parameters are counted with them; copies are made once and stay.
  const gradient = zero === 3 || copied ? 0 : gradientBytes
  let running = layerBytes(of, stage, gradient)
  if (head) {
    const output = (zero === 3 ? WEIGHT_BYTES : 0) * of.headMatrix
    const afterLoss = (gradient || WEIGHT_BYTES) * of.headMatrix
    running = Math.max(running, of.headKept + output + Math.max(of.lossBytes, afterLoss))
  }
  if (dense > shard) running += gradientBytes * Math.min(gradientBucket, whole)
  if (software.stageOutputs) perMicroBatch += ((isFolded(schedule) ? 2 : 1) - (head ? 1 : 0)) * of.boundary
  const inFlight = microBatchesInFlight(schedule, stage, pp, vpp, microBatches) * perMicroBatch
  // One layer's on its way to the host or back while another's is used.
  const inBackward = layout.recompute.offload ? Math.min(inFlight, 2 * largest) : inFlight
  const inStep =
    gradientBytes < STEP_GRADIENT_BYTES
      ? (STEP_GRADIENT_BYTES + (gradientCopies ? WEIGHT_BYTES : 0)) * (zero >= 1 ? shard : whole)
      : 0
  const stepping = inStep > (inBackward + running) * (1 + fragmentation)
  const states = zero >= 1 ? shard : whole
  const masters = zero === 3 && !weightCopies ? MASTER_BYTES : 0
  const weights = masters > 0 ? masters * shard : WEIGHT_BYTES * (zero === 3 ? shard : whole)
  const gradients = (gradientBytes + (copied ? WEIGHT_BYTES : 0)) * (zero >= 2 ? shard : whole)
  const optimizer = layout.optimizerOffload ? 0 : (stateBytesPerParameter - masters) * states
  const activations = stepping ? 0 : inBackward
  const buffers = stepping ? inStep : running + fragmentation * (inBackward + running)
  parts[WEIGHTS] = weights
  parts[GRADIENTS] = gradients
  parts[OPTIMIZER] = optimizer
  parts[ACTIVATIONS] = activations
  parts[BUFFERS] = buffers
  parts[RESERVE] = reserveBytes
  return weights + gradients + optimizer + activations + buffers + reserveBytes
}

/** What a program's tensors and weights take, for `MemoryCase`; `covered` are the modules that run again. */
function footprint({ saved, kernels }: Program, covered: number, plannedMemory: boolean) {
  const passing = passingModules(plannedMemory)
  const bytes = (tensors: Program['saved']) => tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)
  const weights = (kernel: Program['kernels'][number]) =>
    kernel.kind === 'product' ? kernel.n * kernel.k * (plannedMemory ? kernel.groups : 1) : 0
  return {
    saved: bytes(saved),
    kept: bytes(saved.filter(({ module }) => (covered & module) === 0)),
    again: bytes(saved.filter(({ module }) => (covered & ~passing & module) !== 0)),
    widest: saved.reduce((most, tensor) => Math.max(most, tensor.bytes), 0),
    matrix: kernels.reduce((most, kernel) => Math.max(most, weights(kernel)), 0),
  }
}

const NOTHING = { kept: 0, saved: 0, again: 0, widest: 0, matrix: 0 }

function memoryCase(plan: Plan, software: SoftwareStack): MemoryCase {
  const { plannedMemory } = software
  const covered = coveredModules(plan.layout.recompute)
  const layers = plan.programs.layers.map((program) =>
    program === null ? NOTHING : footprint(program, covered, plannedMemory),
  )
  const head = footprint(plan.programs.head, LOSS, plannedMemory)
  const ranks = plan.stages.map((stage) => rankParameters(plan.model, stage, plan.layout))
  return {
    ...{ layout: plan.layout, training: plan.training, microBatches: plan.passes, groups: plan.groups },
    parameters: shardableParameters(plan.model),
    dense: ranks.map(({ dense }) => dense),
    experts: ranks.map(({ experts }) => experts),
    present: layers.flatMap((footprint, kind) => (footprint === NOTHING ? [] : [kind])),
    kinds: plan.stages.flatMap((stage) => stage.kinds),
    boundary: plan.boundaryBytes,
    perStage: plan.stages.map((stage) => stage.layers),
    kept: Float64Array.from(layers, ({ kept }) => kept),
    saved: Float64Array.from(layers, ({ saved }) => saved),
    again: Float64Array.from(layers, ({ again }) => again),
    widest: Float64Array.from(layers, ({ widest }) => widest),
    matrix: Float64Array.from(layers, ({ matrix }) => matrix),
    headKept: head.kept,
    lossBytes: head.again,
    headMatrix: head.matrix,
    software,
  }
}

function measureStage(of: MemoryCase, stage: number): StageMemory {
  const parts = new Float64Array(MEMORY_PARTS.length)
  const bytes = stageBytes(of, stage, parts)
  const breakdown = Object.fromEntries(MEMORY_PARTS.map((part, i) => [part, parts[i] ?? 0]))
  return { bytes, breakdown: breakdown as Record<MemoryPart, number> }
}

/** `stageBytes` of a plan's stage, by name. */
export function stageMemory(plan: Plan, index: number, software: SoftwareStack): StageMemory {
  if (plan.stages[index] === undefined) throw new RangeError(`no stage ${index}`)
  return measureStage(memoryCase(plan, software), index)
}

/** Memory of the fullest stage and its index: the first of those that hold the same, with the most micro-batches in flight. */
export function peakMemory(plan: Plan, software: SoftwareStack): StageMemory & { readonly stage: number } {
  const of = memoryCase(plan, software)
  let peak: (StageMemory & { readonly stage: number }) | undefined
  for (let index = 0; index < plan.stages.length; index++) {
    const memory = measureStage(of, index)
    if (peak === undefined || memory.bytes > peak.bytes) peak = { ...memory, stage: index }
  }
  if (peak === undefined) throw new RangeError('a plan without stages')
  return peak
}

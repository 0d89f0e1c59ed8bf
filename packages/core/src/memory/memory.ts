/** Memory per chip by part, on every stage; the fullest one counts. */

import type { MemoryPart } from '../estimate-result.ts'
import type { Plan } from '../layout/plan.ts'
import { rankParameters } from '../layout/shard-parameters.ts'
import type { Stage } from '../layout/stages.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import { layerParameters } from '../model/parameters.ts'
import { WEIGHT_BYTES } from '../step/data-parallel.ts'
import type { Program } from '../step/operators.ts'
import { microBatchesInFlight } from '../step/pipeline.ts'
import { savedBytes, workingBytes } from '../step/recompute.ts'

export interface StageMemory {
  readonly bytes: number
  readonly breakdown: Readonly<Record<MemoryPart, number>>
}

/** Layers whose gathered parameters ZeRO 3 holds at once: the running one and the one fetched ahead. */
const GATHERED_LAYERS = 2

/** Bytes of one layer by kind: kept from forward to backward, and brought back while its backward runs. */
interface LayerBytes {
  readonly saved: readonly number[]
  readonly working: readonly number[]
}

function layerBytes(plan: Plan): LayerBytes {
  const { recompute } = plan.layout
  const measure = (bytes: (program: Program) => number) =>
    plan.programs.layers.map((program) => (program === null ? 0 : bytes(program)))
  return {
    saved: measure((program) => savedBytes(program, recompute)),
    working: measure((program) => workingBytes(program, recompute)),
  }
}

function stateBytes(plan: Plan, stage: Stage): { weights: number; gradients: number; optimizer: number } {
  const { layout, training, groups } = plan
  const { dense, experts } = rankParameters(plan.model, stage, layout)
  const held = (elementBytes: number, fromStage: number) =>
    layout.zero >= fromStage
      ? elementBytes * (dense / groups['dense-dp'].size + experts / groups['expert-dp'].size)
      : elementBytes * (dense + experts)
  return {
    weights: held(WEIGHT_BYTES, 3),
    gradients: held(training.optimizer.gradientBytes, 2),
    optimizer: held(training.optimizer.stateBytesPerParameter, 1),
  }
}

/** Parameters of the largest layer on a rank, whole: what ZeRO 3 gathers. */
function gatheredParameters(plan: Plan, stage: Stage): number {
  const { tp, ep, etp } = plan.layout
  return LAYER_KINDS.reduce((most, kind, i) => {
    if ((stage.kinds[i] ?? 0) === 0) return most
    const layer = layerParameters(plan.model, kind)
    const own = (layer.attention + layer.mlp + layer.shared) / tp + layer.experts / (ep * etp) + layer.norms
    return Math.max(most, own)
  }, 0)
}

function breakdownOf(plan: Plan, index: number, layers: LayerBytes, reserve: number): Record<MemoryPart, number> {
  const stage = plan.stages[index]
  if (stage === undefined) throw new RangeError(`no stage ${index}`)
  const { layout, microBatches, programs } = plan
  const inFlight = microBatchesInFlight(layout.schedule, index, layout.pp, layout.vpp, microBatches)
  const perMicroBatch = stage.kinds.reduce((sum, count, kind) => sum + count * (layers.saved[kind] ?? 0), 0)
  const working = stage.kinds.reduce(
    (most, count, kind) => (count > 0 ? Math.max(most, layers.working[kind] ?? 0) : most),
    0,
  )
  const logits = stage.head ? programs.head.saved.reduce((sum, tensor) => sum + tensor.bytes, 0) : 0
  const gathered =
    layout.zero === 3 ? GATHERED_LAYERS * gatheredParameters(plan, stage) * (WEIGHT_BYTES + WEIGHT_BYTES) : 0
  return {
    ...stateBytes(plan, stage),
    activations: inFlight * perMicroBatch,
    buffers: Math.max(working, logits) + gathered,
    reserve,
  }
}

function withTotal(breakdown: Record<MemoryPart, number>): StageMemory {
  const { weights, gradients, optimizer, activations, buffers, reserve } = breakdown
  return { bytes: weights + gradients + optimizer + activations + buffers + reserve, breakdown }
}

/**
 * Bytes of a chip on stage `index`: weights, gradients and optimizer states by ZeRO stage; activations of the
 * micro-batches in flight; buffers of the layer that runs (what recompute brings back, logits, gathered parameters);
 * and what the software stack reserves.
 *
 * Sources: ZeRO, arXiv:1910.02054; activations counted tensor by tensor as in Korthikanti et al. 2022
 * (arXiv:2205.05198), micro-batches in flight as in Megatron-LM.
 */
export function stageMemory(plan: Plan, index: number, reserveBytes: number): StageMemory {
  return withTotal(breakdownOf(plan, index, layerBytes(plan), reserveBytes))
}

/**
 * Memory of the fullest stage and its index. Of stages that hold the same, the first has the most micro-batches in
 * flight.
 */
export function peakMemory(plan: Plan, reserveBytes: number): StageMemory & { readonly stage: number } {
  const layers = layerBytes(plan)
  let peak: (StageMemory & { readonly stage: number }) | undefined
  for (const [index, stage] of plan.stages.entries()) {
    if (stage.twin !== index) continue
    const memory = withTotal(breakdownOf(plan, index, layers, reserveBytes))
    if (peak === undefined || memory.bytes > peak.bytes) peak = { ...memory, stage: index }
  }
  if (peak === undefined) throw new RangeError('a plan without stages')
  return peak
}

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

/** Most bytes of a layer kind's program that `measure` gives, over the kinds a stage holds. */
function largest(plan: Plan, stage: Stage, measure: (program: Program) => number): number {
  return plan.programs.layers.reduce(
    (most, program, kind) =>
      program !== null && (stage.kinds[kind] ?? 0) > 0 ? Math.max(most, measure(program)) : most,
    0,
  )
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

/**
 * Bytes of a chip on stage `index`: weights, gradients and optimizer states by ZeRO stage; activations of the
 * micro-batches in flight; buffers of the layer that runs (what recompute brings back, logits, gathered parameters);
 * and what the software stack reserves.
 *
 * Sources: ZeRO, arXiv:1910.02054; activations counted tensor by tensor as in Korthikanti et al. 2022
 * (arXiv:2205.05198), micro-batches in flight as in Megatron-LM.
 */
export function stageMemory(plan: Plan, index: number, reserveBytes: number): StageMemory {
  const stage = plan.stages[index]
  if (stage === undefined) throw new RangeError(`no stage ${index}`)
  const { layout, microBatches, programs } = plan
  const { recompute } = layout
  const inFlight = microBatchesInFlight(layout.schedule, index, layout.pp, layout.vpp, microBatches)
  const perMicroBatch = programs.layers.reduce(
    (sum, program, kind) => (program === null ? sum : sum + (stage.kinds[kind] ?? 0) * savedBytes(program, recompute)),
    0,
  )
  const logits = stage.head ? programs.head.saved.reduce((sum, tensor) => sum + tensor.bytes, 0) : 0
  const gathered =
    layout.zero === 3 ? GATHERED_LAYERS * gatheredParameters(plan, stage) * (WEIGHT_BYTES + WEIGHT_BYTES) : 0
  const breakdown = {
    ...stateBytes(plan, stage),
    activations: inFlight * perMicroBatch,
    buffers:
      Math.max(
        largest(plan, stage, (program) => workingBytes(program, recompute)),
        logits,
      ) + gathered,
    reserve: reserveBytes,
  }
  return { bytes: Object.values(breakdown).reduce((a, b) => a + b, 0), breakdown }
}

/** Memory of the fullest stage and its index. */
export function peakMemory(plan: Plan, reserveBytes: number): StageMemory & { readonly stage: number } {
  let peak = { ...stageMemory(plan, 0, reserveBytes), stage: 0 }
  for (let stage = 1; stage < plan.stages.length; stage++) {
    const memory = stageMemory(plan, stage, reserveBytes)
    if (memory.bytes > peak.bytes) peak = { ...memory, stage }
  }
  return peak
}

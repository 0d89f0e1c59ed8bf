import type { Architecture } from './architecture.ts'
import { countKinds, LAYER_KINDS, type LayerKind } from './layers.ts'

/** Parameters of one layer by the way they are sharded. */
export interface LayerParameters {
  /** Projections of attention and dense or shared MLP: split over tensor-parallel ranks. */
  readonly attention: number
  readonly mlp: number
  readonly shared: number
  /** Routed experts: split over expert-parallel ranks. */
  readonly experts: number
  /** Router and norms: on every rank. */
  readonly router: number
  readonly norms: number
}

/** Parameters of a model. `active` is what one token passes through, the input embedding left out. */
export interface ParameterCount {
  readonly total: number
  readonly active: number
  readonly byPart: {
    readonly embedding: number
    readonly attention: number
    readonly mlp: number
    readonly shared: number
    readonly experts: number
    readonly router: number
    readonly norms: number
    readonly head: number
    /** Projections and norms that only multi-token prediction adds; its layers are counted with the other parts. */
    readonly mtp: number
  }
}

/** Vectors that one norm of width 1 holds. */
function normVectors(model: Architecture): number {
  return model.norm === 'layer' ? 2 : 1
}

/** Parameters of the attention block, projections and biases; query and key norms are counted here too. */
export function attentionParameters(model: Architecture): number {
  const { hidden, heads, kvHeads, headDim, mla } = model
  if (mla !== null) {
    const perHead = mla.queryKeyDim + mla.ropeDim
    const query = mla.queryRank > 0 ? mla.queryRank * (hidden + heads * perHead + 1) : hidden * heads * perHead
    const down = hidden * (mla.kvRank + mla.ropeDim) + mla.kvRank
    const up = mla.kvRank * heads * (mla.queryKeyDim + mla.valueDim)
    return query + down + up + heads * mla.valueDim * hidden
  }
  const queryKeyValue = (heads + 2 * kvHeads) * headDim
  const bias = model.bias === 'none' ? 0 : queryKeyValue + (model.bias === 'qkv' ? 0 : hidden)
  const norms = model.queryKeyNorm ? 2 * headDim : 0
  const sinks = model.attentionSinks ? heads : 0
  return hidden * queryKeyValue + heads * headDim * hidden + bias + norms + sinks
}

/** Parameters of an MLP of width `ffn`: three matrices where gated, two where plain. */
export function mlpParameters(model: Architecture, ffn: number): number {
  const up = model.gatedMlp ? 2 : 1
  const bias = model.bias === 'all' && ffn > 0 ? up * ffn + model.hidden : 0
  return (up + 1) * model.hidden * ffn + bias
}

/** Parameters of one layer of a kind, all ranks together. */
export function layerParameters(model: Architecture, kind: LayerKind): LayerParameters {
  const { hidden, moe } = model
  const dense = {
    attention: attentionParameters(model),
    norms: 2 * hidden * normVectors(model),
    mlp: 0,
    shared: 0,
    experts: 0,
    router: 0,
  }
  if (!kind.mixture || moe === null) return { ...dense, mlp: mlpParameters(model, model.ffnHidden) }
  return {
    ...dense,
    shared: moe.sharedFfn > 0 ? mlpParameters(model, moe.sharedFfn) : 0,
    experts: moe.experts * mlpParameters(model, moe.expertFfn),
    router: hidden * moe.experts + (moe.routerBias ? moe.experts : 0),
  }
}

/** Rows of the input embedding times width, learned positions included. */
export function embeddingParameters(model: Architecture): number {
  return (model.vocab + model.learnedPositions) * model.hidden
}

/** The output projection; 0 where it shares the embedding's matrix. */
export function headParameters(model: Architecture): number {
  return model.tiedEmbeddings ? 0 : model.vocab * model.hidden
}

/** The projection of 2·hidden to hidden and three norms of each multi-token-prediction layer (arXiv:2412.19437, section 2.2). */
export function mtpParameters(model: Architecture): number {
  return model.mtpLayers * (2 * model.hidden * model.hidden + 3 * model.hidden * normVectors(model))
}

/**
 * Counts every parameter by part.
 *
 * Active parameters follow the convention of the gpt-oss model card (arXiv:2508.10925, table 1): the routed experts
 * count `topK` of `experts` times, the output projection counts, the input embedding (a lookup) does not.
 */
export function countParameters(model: Architecture): ParameterCount {
  const counts = countKinds(model, 0, model.layers + model.mtpLayers)
  const sum = { attention: 0, mlp: 0, shared: 0, experts: 0, router: 0, norms: 0 }
  LAYER_KINDS.forEach((kind, i) => {
    const count = counts[i] ?? 0
    const layer = layerParameters(model, kind)
    for (const part of Object.keys(sum) as (keyof typeof sum)[]) sum[part] += count * layer[part]
  })
  const byPart = {
    ...sum,
    norms: sum.norms + model.hidden * normVectors(model),
    embedding: embeddingParameters(model),
    head: headParameters(model),
    mtp: mtpParameters(model),
  }
  const total = Object.values(byPart).reduce((a, b) => a + b, 0)
  const idle = model.moe === null ? 0 : sum.experts * (1 - model.moe.topK / model.moe.experts)
  const lookup = model.tiedEmbeddings ? model.learnedPositions * model.hidden : byPart.embedding
  return { total, active: total - idle - lookup, byPart }
}

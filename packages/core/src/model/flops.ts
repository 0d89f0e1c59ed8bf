import type { Architecture } from './architecture.ts'
import { countKinds, LAYER_KINDS, type LayerKind } from './layers.ts'

/** FLOPs of matrix products, by part, of a forward pass. */
export interface ForwardFlops {
  /** Projections of attention. */
  readonly projections: number
  /** Products of queries with keys and of weights with values. */
  readonly attention: number
  readonly mlp: number
  readonly experts: number
  readonly router: number
  readonly head: number
}

/** Which keys a query is charged for. */
export type AttentionCount = 'causal' | 'full'

/**
 * Mean keys that a query of a sequence sees: half of the sequence under a causal mask, all of it when counted `full`.
 * A local layer sees at most its window.
 */
export function meanKeys(sequence: number, window: number | null, count: AttentionCount): number {
  if (window === null || window >= sequence) return count === 'causal' ? sequence / 2 : sequence
  if (count === 'full') return window
  return (window * (sequence - window) + (window * window) / 2) / sequence
}

/** Products per query and key: 2·(query-key width + value width) for every head. */
export function attentionFlopsPerKey(model: Architecture): number {
  const { heads, headDim, mla } = model
  const widths = mla === null ? 2 * headDim : mla.queryKeyDim + mla.ropeDim + mla.valueDim
  return 2 * heads * widths
}

function projectionFlops(model: Architecture): number {
  const { hidden, heads, kvHeads, headDim, mla } = model
  if (mla === null) return 2 * hidden * headDim * (2 * heads + 2 * kvHeads)
  const perHead = mla.queryKeyDim + mla.ropeDim
  const query = mla.queryRank > 0 ? mla.queryRank * (hidden + heads * perHead) : hidden * heads * perHead
  const keyValue = hidden * (mla.kvRank + mla.ropeDim) + mla.kvRank * heads * (mla.queryKeyDim + mla.valueDim)
  return 2 * (query + keyValue + heads * mla.valueDim * hidden)
}

function mlpFlops(model: Architecture, ffn: number): number {
  return 2 * (model.gatedMlp ? 3 : 2) * model.hidden * ffn
}

function layerForwardFlops(
  model: Architecture,
  kind: LayerKind,
  sequence: number,
  count: AttentionCount,
): ForwardFlops {
  const { hidden, moe, slidingWindow } = model
  const window = kind.local ? (slidingWindow?.tokens ?? null) : null
  const mixture = kind.mixture ? moe : null
  return {
    projections: projectionFlops(model),
    attention: attentionFlopsPerKey(model) * meanKeys(sequence, window, count),
    mlp: mlpFlops(model, mixture === null ? model.ffnHidden : mixture.sharedFfn),
    experts: mixture === null ? 0 : mixture.topK * mlpFlops(model, mixture.expertFfn),
    router: mixture === null ? 0 : 2 * hidden * mixture.experts,
    head: 0,
  }
}

/**
 * FLOPs of the forward pass of one token, matrix products only (a product of m×k and k×n matrices is 2·m·n·k FLOPs).
 * Multi-token-prediction layers are charged with their projection and one more output product each.
 *
 * Source: Narayanan et al. 2021 (arXiv:2104.04473) section 5.1, generalised by counting every matrix.
 */
export function forwardFlopsPerToken(model: Architecture, sequence: number, count: AttentionCount): ForwardFlops {
  const counts = countKinds(model, 0, model.layers + model.mtpLayers)
  const sum = { projections: 0, attention: 0, mlp: 0, experts: 0, router: 0, head: 0 }
  LAYER_KINDS.forEach((kind, i) => {
    const layers = counts[i] ?? 0
    if (layers === 0) return
    const flops = layerForwardFlops(model, kind, sequence, count)
    for (const part of Object.keys(sum) as (keyof ForwardFlops)[]) sum[part] += layers * flops[part]
  })
  sum.head = 2 * model.hidden * model.vocab * (1 + model.mtpLayers)
  sum.projections += 4 * model.hidden * model.hidden * model.mtpLayers
  return sum
}

/** Sum over the parts of a forward pass. */
export function totalFlops(flops: ForwardFlops): number {
  return flops.projections + flops.attention + flops.mlp + flops.experts + flops.router + flops.head
}

/**
 * Model FLOPs of one step, forward and backward (twice the forward), without recompute.
 * With `causal` this is the numerator of MFU.
 */
export function modelFlopsPerStep(
  model: Architecture,
  sequence: number,
  globalBatch: number,
  count: AttentionCount = 'causal',
): number {
  return 3 * totalFlops(forwardFlopsPerToken(model, sequence, count)) * sequence * globalBatch
}

import type { Architecture } from '../model/architecture.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import { embeddingParameters, layerParameters, mtpParameters } from '../model/parameters.ts'
import type { Parallelism } from '../scenario/scenario.ts'
import type { Stage } from './stages.ts'

/** Parameters that one rank of a stage holds before ZeRO shards them. */
export interface RankParameters {
  /** Replicated over dp·cp. */
  readonly dense: number
  /** Routed experts: replicated over the expert-data-parallel group only. */
  readonly experts: number
}

/**
 * Parameters on a rank: projections over tp; norms and router whole; routed experts over ep·etp; embedding and head on
 * the ends (a tied matrix lies on both where they are different stages).
 */
export function rankParameters(model: Architecture, stage: Stage, layout: Parallelism): RankParameters {
  const { tp, ep, etp } = layout
  let dense = 0
  let experts = 0
  LAYER_KINDS.forEach((kind, i) => {
    const count = stage.kinds[i] ?? 0
    if (count === 0) return
    const layer = layerParameters(model, kind)
    dense += count * ((layer.attention + layer.mlp + layer.shared) / tp + layer.norms + layer.router)
    experts += (count * layer.experts) / (ep * etp)
  })
  const outputs = model.vocab * model.hidden
  if (stage.embedding) dense += embeddingParameters(model) / tp
  if (stage.head && !(model.tiedEmbeddings && stage.embedding)) dense += outputs / tp
  if (stage.head) dense += mtpParameters(model) + model.hidden * (model.norm === 'layer' ? 2 : 1)
  return { dense, experts }
}

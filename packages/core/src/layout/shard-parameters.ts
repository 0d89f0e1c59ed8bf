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

/** Parameters of a model's layers, by kind (order of `LAYER_KINDS`), and of its ends, by the way they are sharded. */
export interface ShardableParameters {
  /** Projections: over tp. */
  readonly split: Float64Array
  /** Norms and router: on every rank. */
  readonly norms: Float64Array
  readonly router: Float64Array
  /** Routed experts: over ep·etp. */
  readonly experts: Float64Array
  /** Over tp. */
  readonly embedding: number
  /** Output matrix: over tp. */
  readonly output: number
  /** On the last stage's ranks: the final norm, and what only multi-token prediction adds. */
  readonly last: number
  readonly tied: boolean
}

const KINDS = LAYER_KINDS.length

/** A model's parameters as they can be sharded. */
export function shardableParameters(model: Architecture): ShardableParameters {
  const layers = LAYER_KINDS.map((kind) => layerParameters(model, kind))
  return {
    split: Float64Array.from(layers, ({ attention, mlp, shared }) => attention + mlp + shared),
    norms: Float64Array.from(layers, ({ norms }) => norms),
    router: Float64Array.from(layers, ({ router }) => router),
    experts: Float64Array.from(layers, ({ experts }) => experts),
    embedding: embeddingParameters(model),
    output: model.vocab * model.hidden,
    last: mtpParameters(model) + model.hidden * (model.norm === 'layer' ? 2 : 1),
    tied: model.tiedEmbeddings,
  }
}

/**
 * Dense parameters on a rank: projections over tp; norms and router whole; embedding and head on the ends (a tied matrix
 * lies on both where they are different stages).
 *
 * @param kinds layers of each kind, from `at` on
 */
export function denseOnRank(
  parameters: ShardableParameters,
  kinds: ArrayLike<number>,
  at: number,
  embedding: boolean,
  head: boolean,
  tp: number,
): number {
  const { norms, router } = parameters
  let split = embedding ? parameters.embedding : 0
  let whole = head ? parameters.last : 0
  if (head && !(parameters.tied && embedding)) split += parameters.output
  for (let kind = 0; kind < KINDS; kind++) {
    const count = kinds[at + kind] ?? 0
    if (count === 0) continue
    split += count * (parameters.split[kind] ?? 0)
    whole += count * ((norms[kind] ?? 0) + (router[kind] ?? 0))
  }
  return split / tp + whole
}

/** Parameters of routed experts on a rank. */
export function expertsOnRank(
  parameters: ShardableParameters,
  kinds: ArrayLike<number>,
  at: number,
  ep: number,
  etp: number,
): number {
  let experts = 0
  for (let kind = 0; kind < KINDS; kind++) {
    const count = kinds[at + kind] ?? 0
    if (count > 0) experts += count * (parameters.experts[kind] ?? 0)
  }
  return experts / (ep * etp)
}

/** Parameters on a rank of a stage. */
export function rankParameters(model: Architecture, stage: Stage, layout: Parallelism): RankParameters {
  const parameters = shardableParameters(model)
  return {
    dense: denseOnRank(parameters, stage.kinds, 0, stage.embedding, stage.head, layout.tp),
    experts: expertsOnRank(parameters, stage.kinds, 0, layout.ep, layout.etp),
  }
}

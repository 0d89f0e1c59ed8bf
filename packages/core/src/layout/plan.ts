/** A scenario's layout made concrete: groups on the topology, stages, programs. What step and memory both read. */

import type { Architecture } from '../model/architecture.ts'
import { LAYER_KINDS } from '../model/layers.ts'
import {
  mainPhase,
  type Parallelism,
  type Pool,
  type Scenario,
  type Training,
  trainerPool,
} from '../scenario/scenario.ts'
import { copiesOf } from '../schedule/shape.ts'
import { type Program, recordProgram } from '../step/operators.ts'
import {
  boundaryBytes,
  embeddingProgram,
  headProgram,
  layerProgram,
  newShard,
  type Shard,
  shapeShard,
} from '../step/programs.ts'
import { type Groups, placeGroups } from './placement.ts'
import { buildStages, layersPerStage, type Stage } from './stages.ts'

export interface Plan {
  readonly model: Architecture
  readonly training: Training
  readonly layout: Parallelism
  readonly pool: Pool
  readonly chips: number
  /** Micro-batches of one pipeline and step. */
  readonly microBatches: number
  /** Those of them that pass each chunk of a stage: half where two copies of the model share them. */
  readonly passes: number
  readonly groups: Groups
  readonly stages: readonly Stage[]
  readonly shard: Shard
  /** Programs by layer kind (order of `LAYER_KINDS`; null where the model has none) and of the ends. */
  readonly programs: {
    readonly layers: readonly (Program | null)[]
    readonly embedding: Program
    readonly head: Program
  }
  /** Bytes that a rank sends to the next stage for one micro-batch. */
  readonly boundaryBytes: number
}

/** Builds the plan of a scenario whose layout was checked when it was read. */
export function buildPlan(scenario: Scenario): Plan {
  const { training, parallelism: layout } = mainPhase(scenario)
  const pool = trainerPool(scenario)
  const { model } = scenario
  const perStage = layersPerStage(model.layers, layout.pp, layout.layerSplit)
  if (perStage === null) throw new Error('a layer split that does not add up')
  const stages = buildStages(model, perStage, layout.vpp, layout.schedule)
  const shard = newShard(model, training, scenario.software, scenario.calibration)
  shapeShard(shard, layout)
  const layers = LAYER_KINDS.map((kind, i) =>
    stages.some((stage) => (stage.kinds[i] ?? 0) > 0)
      ? recordProgram((sink) => layerProgram(sink, model, kind, shard))
      : null,
  )
  const microBatches = training.globalBatch / (layout.dp * layout.microBatch)
  return {
    model,
    training,
    layout,
    pool,
    chips: pool.chips,
    microBatches,
    passes: microBatches / copiesOf(layout.schedule),
    groups: placeGroups(layout, pool),
    stages,
    shard,
    programs: {
      layers,
      embedding: recordProgram((sink) => embeddingProgram(sink, model, shard)),
      head: recordProgram((sink) => headProgram(sink, model, shard, 1 + model.mtpLayers)),
    },
    boundaryBytes: boundaryBytes(model, shard),
  }
}

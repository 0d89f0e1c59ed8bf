import type { Parallelism } from '../scenario/scenario.ts'
import { isPlayed, pipelineSeconds, type StageSeconds } from './pipeline-seconds.ts'
import { chunksOf } from './shape.ts'

/** What a pipeline was asked last, and its answer. */
interface Asked {
  schedule: string
  pp: number
  microBatches: number
  send: number
  readonly columns: Float64Array
  seconds: number
}

const COLUMNS = ['forward', 'backward', 'weight', 'hiddenForward', 'hiddenBackward'] as const

/**
 * Pipelines that are played event by event, each kept until another is asked for: layouts that differ only in what lies
 * between replicas share theirs, with messages and without. A class because it keeps them.
 */
export class PipelineTable {
  private readonly last: Asked[] = []

  /** `pipelineSeconds` of a layout. */
  seconds(layout: Parallelism, microBatches: number, stages: StageSeconds, send: number): number {
    const { schedule, pp, vpp } = layout
    if (!isPlayed(schedule)) return pipelineSeconds(schedule, pp, vpp, microBatches, stages, send)
    const places = pp * chunksOf(schedule, vpp)
    const slot = send === 0 ? 0 : 1
    const known = this.last[slot]
    if (
      known !== undefined &&
      known.schedule === schedule &&
      known.pp === pp &&
      known.microBatches === microBatches &&
      known.send === send &&
      sameColumns(known.columns, stages, places)
    )
      return known.seconds
    const seconds = pipelineSeconds(schedule, pp, vpp, microBatches, stages, send)
    const columns = new Float64Array(COLUMNS.length * places)
    for (const [i, name] of COLUMNS.entries()) columns.set(stages[name].subarray(0, places), i * places)
    this.last[slot] = { schedule, pp, microBatches, send, columns, seconds }
    return seconds
  }
}

function sameColumns(columns: Float64Array, stages: StageSeconds, places: number): boolean {
  for (const [i, name] of COLUMNS.entries()) {
    const column = stages[name]
    for (let place = 0; place < places; place++) if (columns[i * places + place] !== column[place]) return false
  }
  return true
}

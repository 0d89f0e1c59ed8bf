import type { Architecture } from '../model/architecture.ts'
import type { Parallelism } from '../scenario/scenario.ts'
import { chunksOf, isFolded } from '../schedule/shape.ts'
import { fillStages, isEven, newStageColumns, type StageColumns, splitLayers } from './stages.ts'

/** Above the chunks of any stage: a stage has no more than layers. */
const MOST_CHUNKS = 4096

/**
 * Stages of a model's pipelines. Those that share the layers evenly and are passed in one direction are kept by number
 * of stages and chunks, which are few; any others are filled again each time. A class because it fills them.
 */
export class StageTable {
  private readonly model: Architecture
  private readonly even = new Map<number, StageColumns>()
  private readonly other: StageColumns

  constructor(model: Architecture) {
    this.model = model
    this.other = newStageColumns(model, model.layers)
  }

  /** The stages of a layout whose split adds up; those that are not kept stay until the next call. */
  find(layout: Parallelism): StageColumns {
    const { pp, vpp, schedule, layerSplit } = layout
    if (!isEven(layerSplit) || isFolded(schedule)) return this.fill(this.other, layout)
    const key = MOST_CHUNKS * pp + chunksOf(schedule, vpp)
    const known = this.even.get(key)
    if (known !== undefined) return known
    const columns = this.fill(newStageColumns(this.model, pp), layout)
    this.even.set(key, columns)
    return columns
  }

  private fill(columns: StageColumns, { pp, vpp, schedule, layerSplit }: Parallelism): StageColumns {
    splitLayers(columns.layers, this.model.layers, pp, layerSplit)
    fillStages(columns, pp, vpp, schedule)
    return columns
  }
}

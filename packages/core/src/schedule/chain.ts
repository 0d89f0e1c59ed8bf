/** Which chunk of which stage comes after which: the path of a micro-batch through the pipeline. */

import type { Schedule } from '../scenario/scenario.ts'
import { copiesOf, placeAt } from './shape.ts'

/** By stage·chunks + chunk: the place that comes next (before, for gradients), or −1 at the ends. */
export interface Chain {
  readonly next: Int32Array
  readonly previous: Int32Array
}

/** The path of a schedule, one after the other where it holds several copies of the model. */
export function chainOf(schedule: Schedule, stages: number, chunks: number): Chain {
  const places = stages * chunks
  const restart = places / copiesOf(schedule)
  const next = new Int32Array(places).fill(-1)
  const previous = new Int32Array(places).fill(-1)
  for (let step = 1; step < places; step++) {
    if (step % restart === 0) continue
    const from = placeAt(schedule, stages, chunks, step - 1)
    const to = placeAt(schedule, stages, chunks, step)
    next[from] = to
    previous[to] = from
  }
  return { next, previous }
}

/** Parameters gathered before, gradients reduced after a chunk's work: in the background of its resource. */

import type { ItemOrder } from './items.ts'
import type { ScheduleTimes, Timeline } from './timeline.ts'

/** Every stage gathers its chunks from the start, in the order in which they first run. */
export function gatherAll(order: ItemOrder, times: ScheduleTimes, timeline: Timeline): void {
  const { stages, chunks, offsets, chunk } = order
  const { gatherStart, gatherEnd, scratch } = timeline
  const { dataFree } = scratch
  gatherStart.fill(-1)
  gatherEnd.fill(0)
  for (let stage = 0; stage < stages; stage++) {
    let seen = 0
    const end = offsets[stage + 1] ?? 0
    for (let at = offsets[stage] ?? 0; at < end && seen < chunks; at++) {
      const place = stage * chunks + (chunk[at] ?? 0)
      if ((gatherStart[place] ?? 0) >= 0) continue
      const start = dataFree[stage] ?? 0
      gatherStart[place] = start
      gatherEnd[place] = start + (times.gather[place] ?? 0)
      dataFree[stage] = gatherEnd[place] ?? 0
      seen++
    }
  }
}

/** When a place's first forward may start: its first piece is there, or everything where nothing overlaps. */
export function openingTime(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, place: number): number {
  const { chunks } = order
  if (times.dataOverlap === 0) {
    const first = place - (place % chunks)
    let last = 0
    for (let p = first; p < first + chunks; p++) last = Math.max(last, timeline.gatherEnd[p] ?? 0)
    return last
  }
  const hidden = times.dataOverlap * (1 - 1 / times.pieces) * (times.gather[place] ?? 0)
  return (timeline.gatherEnd[place] ?? 0) - hidden
}

/** Earliest end of a place's first forward: the last piece has arrived and was used. */
export function openedTime(times: ScheduleTimes, timeline: Timeline, place: number): number {
  if ((times.gather[place] ?? 0) === 0) return 0
  return (timeline.gatherEnd[place] ?? 0) + (times.forward[place] ?? 0) / times.pieces
}

/**
 * Reduces a place's gradients: its pieces leave while the last backward runs, the last piece after it.
 *
 * @param end of the last backward
 * @param seconds of the last backward
 */
export function reducePlace(
  times: ScheduleTimes,
  timeline: Timeline,
  stage: number,
  place: number,
  end: number,
  seconds: number,
): void {
  const { dataFree } = timeline.scratch
  const own = times.reduce[place] ?? 0
  const asked = end - times.dataOverlap * (1 - 1 / times.pieces) * seconds
  const start = own === 0 ? end : Math.max(asked, dataFree[stage] ?? 0)
  timeline.reduceStart[place] = start
  timeline.reduceEnd[place] = own === 0 ? end : Math.max(start + own, end + own / times.pieces)
  if (own > 0) dataFree[stage] = timeline.reduceEnd[place] ?? 0
}

/** A pipeline message goes first: gathers and reductions of the stage that are under way or wait end later by it. */
export function giveWay(order: ItemOrder, timeline: Timeline, stage: number, from: number, seconds: number): void {
  const { chunks } = order
  const { gatherStart, gatherEnd, reduceStart, reduceEnd, scratch } = timeline
  const { dataFree, gradientsLeft } = scratch
  if ((dataFree[stage] ?? 0) <= from) return
  for (let place = stage * chunks; place < (stage + 1) * chunks; place++) {
    if ((gatherEnd[place] ?? 0) > from) {
      if ((gatherStart[place] ?? 0) >= from) gatherStart[place] = (gatherStart[place] ?? 0) + seconds
      gatherEnd[place] = (gatherEnd[place] ?? 0) + seconds
    }
    if (gradientsLeft[place] === 0 && (reduceEnd[place] ?? 0) > from) {
      if ((reduceStart[place] ?? 0) >= from) reduceStart[place] = (reduceStart[place] ?? 0) + seconds
      reduceEnd[place] = (reduceEnd[place] ?? 0) + seconds
    }
  }
  dataFree[stage] = (dataFree[stage] ?? 0) + seconds
}

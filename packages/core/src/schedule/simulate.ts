/** Plays the order of a schedule event by event on the compute and the links of every stage's rank. */

import { gatherAll, giveWay, openedTime, openingTime, reducePlace } from './data-traffic.ts'
import { replay, replayAll } from './first-of.ts'
import { BACKWARD_INPUT, BACKWARD_WEIGHT, FORWARD, type ItemOrder, RECOMPUTE } from './items.ts'
import { newTimeline, type ScheduleTimes, type Timeline } from './timeline.ts'

const NEVER = Number.POSITIVE_INFINITY

const positive = (seconds: number): boolean => seconds > 0

function reset(order: ItemOrder, times: ScheduleTimes, timeline: Timeline): void {
  const { stages, chunks, microBatches, chain, offsets } = order
  const { scratch } = timeline
  timeline.start.fill(-1)
  timeline.sendStart.fill(-1)
  timeline.sendEnd.fill(-1)
  for (const column of [
    timeline.busy,
    timeline.held,
    timeline.gatherWait,
    timeline.sendWait,
    timeline.bubble,
    timeline.peakActivations,
    scratch.forwardTransit,
    scratch.gradientTransit,
    scratch.free,
    scratch.out,
    scratch.into,
    scratch.live,
    scratch.dataFree,
  ]) {
    column.fill(0)
  }
  scratch.waitingWeights.fill(0)
  scratch.opened.fill(0)
  scratch.finish.fill(NEVER)
  scratch.forwardReady.fill(-1)
  scratch.gradientReady.fill(-1)
  scratch.gradientsLeft.fill(microBatches)
  for (let place = 0; place < stages * chunks; place++) {
    if (chain.previous[place] === -1) {
      scratch.forwardReady.fill(0, place * microBatches, (place + 1) * microBatches)
    }
  }
  for (let stage = 0; stage < stages; stage++) {
    scratch.cursor[stage] = offsets[stage] ?? 0
    scratch.weight[stage] = offsets[stage] ?? 0
  }
  replayAll(scratch.winners, scratch.finish)
  scratch.clock[0] = 0
  timeline.hasData = times.gather.some(positive) || times.reduce.some(positive)
  gatherAll(order, times, timeline)
}

/** Seconds of an item by itself. */
function itemSeconds(times: ScheduleTimes, kind: number, place: number): number {
  if (kind === FORWARD) return times.forward[place] ?? 0
  if (kind === RECOMPUTE) return times.recompute[place] ?? 0
  const input = kind === BACKWARD_WEIGHT ? 0 : (times.backwardInput[place] ?? 0)
  const weight = kind === BACKWARD_INPUT ? 0 : (times.backwardWeight[place] ?? 0)
  return input + weight
}

/** Books an item that starts at `start`: activations held, gradients complete. */
function book(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, stage: number, at: number): void {
  const { live, waitingWeights, gradientsLeft } = timeline.scratch
  const kind = order.kind[at] ?? 0
  const place = stage * order.chunks + (order.chunk[at] ?? 0)
  if (kind === RECOMPUTE) return
  if (kind === BACKWARD_INPUT) {
    waitingWeights[stage] = (waitingWeights[stage] ?? 0) + 1
    return
  }
  const held = times.activations.length === 0 ? 1 : (times.activations[place] ?? 0)
  if (kind === FORWARD) {
    live[stage] = (live[stage] ?? 0) + held
    if ((live[stage] ?? 0) > (timeline.peakActivations[stage] ?? 0)) timeline.peakActivations[stage] = live[stage] ?? 0
    return
  }
  live[stage] = (live[stage] ?? 0) - held
  if (kind === BACKWARD_WEIGHT) waitingWeights[stage] = (waitingWeights[stage] ?? 0) - 1
  gradientsLeft[place] = (gradientsLeft[place] ?? 0) - 1
  if (gradientsLeft[place] === 0 && times.dataOverlap > 0) {
    const end = timeline.end[at] ?? 0
    reducePlace(times, timeline, stage, place, end, end - (timeline.start[at] ?? 0))
  }
}

/** Fills [from, until) with weight gradients that wait and fit; returns when the stage is free again. */
function fill(
  order: ItemOrder,
  times: ScheduleTimes,
  timeline: Timeline,
  stage: number,
  from: number,
  until: number,
): number {
  const { weight, waitingWeights } = timeline.scratch
  let free = from
  while ((waitingWeights[stage] ?? 0) > 0) {
    let at = weight[stage] ?? 0
    while (order.kind[at] !== BACKWARD_WEIGHT || (timeline.start[at] ?? 0) >= 0) at++
    weight[stage] = at
    const seconds = times.backwardWeight[stage * order.chunks + (order.chunk[at] ?? 0)] ?? 0
    if (free + seconds > until) break
    timeline.start[at] = free
    timeline.busy[stage] = (timeline.busy[stage] ?? 0) + seconds
    free += seconds
    timeline.end[at] = free
    book(order, times, timeline, stage, at)
  }
  return free
}

/** Starts a stage's next item if what it needs has arrived or is on its way; otherwise the stage waits. */
function startNext(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, stage: number): void {
  const { scratch, start } = timeline
  const { chunks, microBatches } = order
  const last = order.offsets[stage + 1] ?? 0
  let at = scratch.cursor[stage] ?? 0
  while (at < last && (start[at] ?? 0) >= 0) at++
  scratch.cursor[stage] = at
  scratch.finish[stage] = NEVER
  if (at === last) return
  const kind = order.kind[at] ?? 0
  const place = stage * chunks + (order.chunk[at] ?? 0)
  const slot = place * microBatches + (order.microBatch[at] ?? 0)
  let ready = 0
  let transit = 0
  if (kind === FORWARD) {
    ready = scratch.forwardReady[slot] ?? 0
    transit = scratch.forwardTransit[slot] ?? 0
  } else if (kind !== BACKWARD_WEIGHT) {
    ready = scratch.gradientReady[slot] ?? 0
    transit = scratch.gradientTransit[slot] ?? 0
  }
  if (ready < 0) return
  const together = order.beside[at] === 1 && times.pair.length > 0
  if (together) {
    const other = stage * chunks + (order.chunk[at + 1] ?? 0)
    const otherSlot = other * microBatches + (order.microBatch[at + 1] ?? 0)
    const otherReady = scratch.gradientReady[otherSlot] ?? 0
    if (otherReady < 0) return
    if (otherReady > ready) {
      ready = otherReady
      transit = scratch.gradientTransit[otherSlot] ?? 0
    }
  }
  let free = scratch.free[stage] ?? 0
  let begin = Math.max(free, ready)
  if (kind === FORWARD && scratch.opened[place] === 0) {
    const opening = openingTime(order, times, timeline, place)
    if (opening > (scratch.clock[0] ?? 0) && opening > begin) {
      // Messages in the meantime may delay the gather: look again when it should be there.
      scratch.running[stage] = -1
      scratch.finish[stage] = opening
      return
    }
    if (opening > begin) {
      timeline.gatherWait[stage] = (timeline.gatherWait[stage] ?? 0) + opening - begin
      free += opening - begin
      begin = opening
    }
  }
  if (order.fills && begin > free) free = fill(order, times, timeline, stage, free, begin)
  const gap = begin - free
  const onItsWay = Math.min(gap, transit)
  timeline.sendWait[stage] = (timeline.sendWait[stage] ?? 0) + onItsWay
  timeline.bubble[stage] = (timeline.bubble[stage] ?? 0) + gap - onItsWay
  const seconds = together ? (times.pair[place] ?? 0) : itemSeconds(times, kind, place)
  const end = begin + seconds
  timeline.busy[stage] = (timeline.busy[stage] ?? 0) + seconds
  start[at] = begin
  timeline.end[at] = end
  book(order, times, timeline, stage, at)
  if (together) {
    start[at + 1] = begin
    timeline.end[at + 1] = end
    book(order, times, timeline, stage, at + 1)
  }
  scratch.running[stage] = at
  scratch.finish[stage] = end
  scratch.cursor[stage] = at + (together ? 2 : 1)
}

function advance(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, stage: number): void {
  startNext(order, times, timeline, stage)
  replay(timeline.scratch.winners, timeline.scratch.finish, stage)
}

/** Hands an item's result on, over the link where the next place is another stage's. Returns that stage, or −1. */
function deliver(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, stage: number, at: number): number {
  const { scratch } = timeline
  const { chunks, microBatches, chain } = order
  const kind = order.kind[at] ?? 0
  if (kind === BACKWARD_WEIGHT || kind === RECOMPUTE) return -1
  const place = stage * chunks + (order.chunk[at] ?? 0)
  const microBatch = order.microBatch[at] ?? 0
  const end = timeline.end[at] ?? 0
  const target = (kind === FORWARD ? chain.next[place] : chain.previous[place]) ?? -1
  if (target === -1) {
    if (kind === FORWARD) scratch.gradientReady[place * microBatches + microBatch] = end
    return -1
  }
  const ready = kind === FORWARD ? scratch.forwardReady : scratch.gradientReady
  const slot = target * microBatches + microBatch
  const receiver = Math.floor(target / chunks)
  if (receiver === stage || times.send === 0) {
    ready[slot] = end
    return receiver
  }
  const from = Math.max(end, scratch.out[stage] ?? 0, scratch.into[receiver] ?? 0)
  const arrival = from + times.send
  timeline.sendStart[at] = from
  timeline.sendEnd[at] = arrival
  scratch.out[stage] = arrival
  scratch.into[receiver] = arrival
  const transit = kind === FORWARD ? scratch.forwardTransit : scratch.gradientTransit
  ready[slot] = arrival
  transit[slot] = arrival - end
  const held = times.sendHolds * times.send
  timeline.held[stage] = (timeline.held[stage] ?? 0) + held
  scratch.free[stage] = (scratch.free[stage] ?? 0) + held
  if (times.sendLink === times.dataLink && timeline.hasData) {
    giveWay(order, timeline, stage, from, times.send)
    giveWay(order, timeline, receiver, from, times.send)
  }
  return receiver
}

/** An event of a stage: its item ends, or the parameters it waits for should be there. */
function proceed(order: ItemOrder, times: ScheduleTimes, timeline: Timeline, stage: number): void {
  const { scratch } = timeline
  const at = scratch.running[stage] ?? -1
  const now = scratch.finish[stage] ?? 0
  scratch.clock[0] = now
  if (at === -1) {
    advance(order, times, timeline, stage)
    return
  }
  if (order.kind[at] === FORWARD) {
    const place = stage * order.chunks + (order.chunk[at] ?? 0)
    if (scratch.opened[place] === 0) {
      const opened = times.dataOverlap === 0 ? 0 : openedTime(times, timeline, place)
      if (opened > now) {
        timeline.gatherWait[stage] = (timeline.gatherWait[stage] ?? 0) + opened - now
        timeline.end[at] = opened
        scratch.finish[stage] = opened
        replay(scratch.winners, scratch.finish, stage)
        return
      }
      scratch.opened[place] = 1
    }
  }
  scratch.free[stage] = now
  const first = deliver(order, times, timeline, stage, at)
  const together = order.beside[at] === 1 && times.pair.length > 0
  const second = together ? deliver(order, times, timeline, stage, at + 1) : -1
  advance(order, times, timeline, stage)
  if (first >= 0 && scratch.finish[first] === NEVER) advance(order, times, timeline, first)
  if (second >= 0 && scratch.finish[second] === NEVER) advance(order, times, timeline, second)
}

/** The end of the step: last gradients, then the optimizers of all stages together. */
function conclude(order: ItemOrder, times: ScheduleTimes, timeline: Timeline): void {
  const { stages, chunks } = order
  const { free } = timeline.scratch
  let pipeline = 0
  for (let stage = 0; stage < stages; stage++) pipeline = Math.max(pipeline, free[stage] ?? 0)
  let reduced = pipeline
  let optimizer = 0
  let most = -1
  for (let stage = 0; stage < stages; stage++) {
    for (let place = stage * chunks; place < (stage + 1) * chunks; place++) {
      if (times.dataOverlap === 0) reducePlace(times, timeline, stage, place, free[stage] ?? 0, 0)
      reduced = Math.max(reduced, timeline.reduceEnd[place] ?? 0)
    }
    optimizer = Math.max(optimizer, times.optimizer[stage] ?? 0)
    const works = (timeline.busy[stage] ?? 0) + (timeline.held[stage] ?? 0)
    if (works > most) {
      most = works
      timeline.slowestStage = stage
    }
  }
  timeline.pipelineSeconds = pipeline
  timeline.seconds = reduced + optimizer
  for (let stage = 0; stage < stages; stage++) {
    timeline.optimizerStart[stage] = reduced
    timeline.reduceWait[stage] = reduced - pipeline
    const idle = pipeline - (free[stage] ?? 0) + optimizer - (times.optimizer[stage] ?? 0)
    timeline.bubble[stage] = (timeline.bubble[stage] ?? 0) + idle
  }
}

/**
 * Plays one step. An item starts when its stage has done the one before it in the order and what it needs from the
 * neighbouring stage has arrived; where the order says so, a weight gradient runs earlier if it fits whole into time
 * that stands idle. Messages between stages leave in the order in which they are ready and take sender and receiver
 * one at a time; gathers and reductions of the same link give way to them.
 *
 * @param timeline to fill again instead of allocating; must come from the same order
 */
export function simulate(order: ItemOrder, times: ScheduleTimes, timeline: Timeline = newTimeline(order)): Timeline {
  const { stages } = order
  const { finish, winners } = timeline.scratch
  reset(order, times, timeline)
  for (let stage = 0; stage < stages; stage++) advance(order, times, timeline, stage)
  for (;;) {
    const stage = winners[1] ?? 0
    if (finish[stage] === NEVER) break
    proceed(order, times, timeline, stage)
  }
  for (let stage = 0; stage < stages; stage++) {
    if (timeline.scratch.cursor[stage] !== order.offsets[stage + 1]) throw new Error('a schedule that waits for itself')
  }
  conclude(order, times, timeline)
  return timeline
}

import type { Plan } from '../layout/plan.ts'
import type { ChunkWork, Work } from '../schedule/chunk-work.ts'
import { BACKWARD, BACKWARD_INPUT, FORWARD, ITEM_KINDS, type ItemOrder, RECOMPUTE } from '../schedule/items.ts'
import type { PlanTimes } from '../schedule/plan-times.ts'
import type { Timeline } from '../schedule/timeline.ts'
import type { DataTransfer } from '../step/data-parallel.ts'
import { layerTraffic } from './layer-traffic.ts'
import { BESIDE_THREAD, COMPUTE_THREAD, DATA_THREADS, PIPELINE_THREADS } from './threads.ts'
import { type CompleteEvent, span } from './trace-event.ts'

/** A step that was played, and what it was played from. */
export interface PlayedStep {
  readonly plan: Plan
  readonly order: ItemOrder
  readonly planTimes: PlanTimes
  readonly timeline: Timeline
  /** Also draw the collectives inside the items. */
  readonly layers: boolean
}

function workOf(chunk: ChunkWork | undefined, kind: number): Work | undefined {
  if (kind === FORWARD) return chunk?.forward
  if (kind === BACKWARD || kind === BACKWARD_INPUT) return chunk?.backward
  return kind === RECOMPUTE ? chunk?.recompute : undefined
}

/** Items of a stage on its compute thread, their collectives and their messages to neighbours. */
export function itemEvents({ plan, order, planTimes, timeline, layers }: PlayedStep, stage: number): CompleteEvent[] {
  const { chunks, chain, offsets } = order
  const { send, work, times } = planTimes
  const paired = times.pair.length > 0
  const events: CompleteEvent[] = []
  for (let at = offsets[stage] ?? 0; at < (offsets[stage + 1] ?? 0); at++) {
    const kind = order.kind[at] ?? 0
    const chunk = order.chunk[at] ?? 0
    const microBatch = order.microBatch[at] ?? 0
    const place = stage * chunks + chunk
    const label = chunks > 1 ? `m${microBatch} c${chunk}` : `m${microBatch}`
    const start = timeline.start[at] ?? 0
    const end = timeline.end[at] ?? 0
    const name = ITEM_KINDS[kind] ?? ''
    const args = { kind: name, microBatch, chunk, layers: work[place]?.holds.layers ?? 0 }
    const beside = paired && order.beside[at - 1] === 1
    const tid = beside ? BESIDE_THREAD : COMPUTE_THREAD
    events.push(span({ pid: stage, tid }, 'item', `${name} ${label}`, start, end, args))
    const inside = workOf(work[place], kind)
    if (layers && inside !== undefined) {
      // Of two that run together the forward's collectives are drawn in the first half of their time.
      const half = (start + end) / 2
      const from = beside ? half : start
      const to = paired && order.beside[at] === 1 ? half : end
      events.push(...layerTraffic(inside, stage, `${name} ${label}`, from, to, (group) => plan.groups[group].size))
    }
    const from = timeline.sendStart[at] ?? -1
    if (from < 0) continue
    const target = (kind === FORWARD ? chain.next[place] : chain.previous[place]) ?? 0
    const what = kind === FORWARD ? 'activations' : 'gradients'
    events.push(
      span(
        { pid: stage, tid: PIPELINE_THREADS[send.link] ?? 0 },
        'pipeline',
        `send ${what} ${label}`,
        from,
        timeline.sendEnd[at] ?? 0,
        {
          collective: 'sendRecv',
          group: 'pp',
          ranks: 2,
          toStage: Math.floor(target / chunks),
          bytes: plan.boundaryBytes,
          algorithm: send.algorithm,
          seconds: send.seconds,
        },
      ),
    )
  }
  return events
}

function transferEvents(
  { plan, order }: PlayedStep,
  place: number,
  transfers: readonly DataTransfer[],
  start: number,
  end: number,
): CompleteEvent[] {
  const { chunks } = order
  const pid = Math.floor(place / chunks)
  const label = chunks > 1 ? ` c${place % chunks}` : ''
  const total = transfers.reduce((seconds, { time }) => seconds + time.seconds, 0)
  let from = start
  return transfers.flatMap(({ name, group, bytes, time }) => {
    if (time.seconds === 0) return []
    const to = from + ((end - start) * time.seconds) / total
    const args = {
      collective: name,
      group,
      ranks: plan.groups[group].size,
      bytes,
      algorithm: time.algorithm,
      seconds: time.seconds,
    }
    const event = span({ pid, tid: DATA_THREADS[time.link] ?? 0 }, 'data', `${name} ${group}${label}`, from, to, args)
    from = to
    return [event]
  })
}

/** Parameters gathered before, gradients reduced after the items of a stage (not within them), and its optimizer step. */
export function dataEvents(step: PlayedStep, stage: number): CompleteEvent[] {
  const { order, planTimes, timeline, plan } = step
  const { times, transfers } = planTimes
  const events: CompleteEvent[] = []
  for (let place = stage * order.chunks; place < (stage + 1) * order.chunks; place++) {
    const own = transfers[place]
    if (own === undefined) continue
    const { gatherStart, gatherEnd, reduceStart, reduceEnd } = timeline
    const { zero } = plan.layout
    const parameters = zero < 3 ? own.parameters : []
    const gradients = zero < 2 ? own.gradients : []
    events.push(...transferEvents(step, place, parameters, gatherStart[place] ?? 0, gatherEnd[place] ?? 0))
    events.push(...transferEvents(step, place, gradients, reduceStart[place] ?? 0, reduceEnd[place] ?? 0))
  }
  const from = timeline.optimizerStart[stage] ?? 0
  const seconds = times.optimizer[stage] ?? 0
  if (seconds > 0) {
    events.push(span({ pid: stage, tid: COMPUTE_THREAD }, 'optimizer', 'optimizer', from, from + seconds, { seconds }))
  }
  return events
}

/** The trace of one step: what every rank of one pipeline does when, for Perfetto or Chrome's tracing. */

import { buildPlan, type Plan } from '../layout/plan.ts'
import { isPadded } from '../model/architecture.ts'
import type { Scenario, Schedule } from '../scenario/scenario.ts'
import { buildOrder } from '../schedule/order.ts'
import { type PlanTimes, planTimes } from '../schedule/plan-times.ts'
import { copiesOf, runsPairs } from '../schedule/shape.ts'
import { simulate } from '../schedule/simulate.ts'
import { buildMachine } from '../step/machine.ts'
import { timeStep } from '../step/step.ts'
import { dataEvents, itemEvents, type PlayedStep } from './stage-events.ts'
import { THREAD_NAMES } from './threads.ts'
import { type CompleteEvent, nameProcess, nameThread, type TraceEvent } from './trace-event.ts'

/** A document in Chrome's trace-event format. Metadata first, then spans in the order of their start. */
export interface StepTrace {
  readonly displayTimeUnit: 'ms'
  readonly otherData: TraceSummary
  readonly traceEvents: readonly TraceEvent[]
}

export interface TraceSummary {
  readonly scenario: string
  readonly schedule: Schedule
  /** Seconds of the step as drawn, without stragglers and the host's fixed time. */
  readonly scheduleSeconds: number
  /** The estimate's own step, with them. */
  readonly estimateSeconds: number
  /** Micro-batches of the step, and how many of them are drawn. */
  readonly microBatches: number
  readonly drawnMicroBatches: number
  /** What was left out of the picture. */
  readonly leftOut: readonly string[]
}

export interface TraceOptions {
  /** Spans that the trace should not exceed; 100,000 unless given. */
  readonly maxEvents?: number
}

const MAX_EVENTS = 100_000

/** Spans of one micro-batch on all stages: items, messages, and the collectives inside items. */
function eventsPerMicroBatch(
  work: PlanTimes['work'],
  copies: number,
): { readonly items: number; readonly layers: number } {
  let layers = 0
  for (const { forward, backward, recompute } of work) {
    layers += forward.communications.length + backward.communications.length + recompute.communications.length
  }
  return { items: (5 * work.length) / copies, layers: layers / copies }
}

/** The schedule that a layout runs: interleaving with one chunk a stage is 1F1B. */
function scheduleOf({ layout }: Plan): Schedule {
  return layout.vpp === 1 && layout.schedule === 'interleaved' ? '1f1b' : layout.schedule
}

/** How many micro-batches to draw: all, or whole rounds of the pipeline that keep the number of events. */
function drawn(plan: Plan, perMicroBatch: number, maxEvents: number): number {
  const { microBatches, layout } = plan
  const most = Math.floor(maxEvents / perMicroBatch)
  if (most >= microBatches) return microBatches
  const round = layout.vpp > 1 ? layout.pp : copiesOf(layout.schedule)
  return Math.min(microBatches, Math.max(leastDrawn(plan), Math.floor(most / round) * round))
}

/** The fewest micro-batches that a schedule can be drawn with. */
function leastDrawn({ layout: { schedule, pp, vpp } }: Plan): number {
  if (runsPairs(schedule)) return 2 * pp
  return vpp > 1 ? pp : 1
}

function leftOut(plan: Plan, shown: number, layers: boolean): readonly string[] {
  const { microBatches } = plan
  const fewer =
    shown < microBatches
      ? [`${microBatches - shown} of ${microBatches} micro-batches: the step is drawn as one of ${shown}`]
      : []
  const within =
    plan.layout.zero < 2 ? [] : [`the gathers and reductions within every micro-batch (ZeRO ${plan.layout.zero})`]
  return [...fewer, ...within, ...(layers ? [] : ['the collectives inside forwards and backwards'])]
}

/**
 * Plays one step of a scenario and draws it: a process for each stage of a pipeline, with its compute and its links as
 * threads. A step too large to draw is drawn with fewer micro-batches, the largest also without the collectives inside
 * its items; `otherData.leftOut` says so.
 */
export function traceStep(scenario: Scenario, { maxEvents = MAX_EVENTS }: TraceOptions = {}): StepTrace {
  const plan = buildPlan(scenario)
  const machine = buildMachine(
    plan.pool,
    plan.training.precision,
    scenario.software,
    scenario.calibration,
    isPadded(scenario.model),
  )
  const { layout } = plan
  const times = planTimes(plan, machine)
  const per = eventsPerMicroBatch(times.work, copiesOf(layout.schedule))
  const layers = (per.items + per.layers) * Math.min(leastDrawn(plan), plan.microBatches) <= maxEvents
  const microBatches = drawn(plan, layers ? per.items + per.layers : per.items, maxEvents)
  const schedule = scheduleOf(plan)
  const order = buildOrder(schedule, {
    stages: layout.pp,
    virtualStages: layout.vpp,
    microBatches,
    recompute: times.times.recompute.some((seconds) => seconds > 0),
  })
  const timeline = simulate(order, times.times)
  const step: PlayedStep = { plan, order, planTimes: times, timeline, layers }
  const names: TraceEvent[] = []
  const spans: CompleteEvent[] = []
  const stride = plan.groups.pp.stride
  for (let stage = 0; stage < layout.pp; stage++) {
    const own = [...itemEvents(step, stage), ...dataEvents(step, stage)]
    names.push(...nameProcess(stage, `stage ${stage}: rank ${stage * stride}, ${plan.stages[stage]?.layers} layers`))
    const threads = [...new Set(own.map(({ tid }) => tid))].sort((a, b) => a - b)
    for (const tid of threads) names.push(...nameThread(stage, tid, THREAD_NAMES[tid] ?? ''))
    for (const event of own) spans.push(event)
  }
  spans.sort((a, b) => a.ts - b.ts || a.pid - b.pid || a.tid - b.tid || b.dur - a.dur)
  return {
    displayTimeUnit: 'ms',
    otherData: {
      scenario: scenario.name,
      schedule,
      scheduleSeconds: timeline.seconds,
      estimateSeconds: timeStep(plan, machine).seconds,
      microBatches: plan.microBatches,
      drawnMicroBatches: microBatches,
      leftOut: leftOut(plan, microBatches, layers),
    },
    traceEvents: [...names, ...spans],
  }
}

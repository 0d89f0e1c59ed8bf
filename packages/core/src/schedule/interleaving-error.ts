import type { Plan } from '../layout/plan.ts'
import type { Machine } from '../step/machine.ts'
import { chunkContents } from './chunk-work.ts'
import { interleavedSeconds } from './closed-form.ts'
import { buildOrder } from './order.ts'
import { planTimes } from './plan-times.ts'
import { simulate } from './simulate.ts'

/** Layers of the shortest and the longest chunk between the model's ends, and by how much the closed form is off there. */
export interface InterleavingError {
  readonly fewest: number
  readonly most: number
  /** Seconds by closed form over those played event by event, less one. */
  readonly error: number
}

/** The closed form of interleaved chunks against the scheduler; null where the chunks between the ends are all alike. */
export function interleavingError(plan: Plan, machine: Machine): InterleavingError | null {
  const { schedule, vpp, pp } = plan.layout
  if (schedule !== 'interleaved' || vpp === 1) return null
  const inner = chunkContents(plan).filter(({ embedding, head }) => !embedding && !head)
  if (new Set(inner.map(({ kinds }) => kinds.join())).size <= 1) return null
  const { times } = planTimes(plan, machine)
  const { forward, backwardInput, backwardWeight, recompute } = times
  const none = new Float64Array(pp * vpp)
  const shape = { stages: pp, virtualStages: vpp, microBatches: plan.microBatches }
  const order = buildOrder(schedule, { ...shape, recompute: recompute.some((seconds) => seconds > 0) })
  const quiet = { ...times, send: 0, gather: none, reduce: none, optimizer: new Float64Array(pp) }
  const stages = new Float64Array(pp)
  for (const column of [forward, backwardInput, backwardWeight, recompute]) {
    column.forEach((seconds, place) => {
      const stage = Math.floor(place / vpp)
      stages[stage] = (stages[stage] ?? 0) + seconds
    })
  }
  const layers = inner.map((chunk) => chunk.layers)
  return {
    fewest: Math.min(...layers),
    most: Math.max(...layers),
    error: interleavedSeconds(stages, vpp, plan.microBatches) / simulate(order, quiet).pipelineSeconds - 1,
  }
}

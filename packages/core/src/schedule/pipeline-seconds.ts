import type { Plan } from '../layout/plan.ts'
import type { Machine } from '../step/machine.ts'
import { interleavedSeconds, oneForwardOneBackwardSeconds } from './closed-form.ts'
import { buildOrder, chunksOf } from './order.ts'
import { planTimes } from './plan-times.ts'
import { simulate } from './simulate.ts'

/**
 * Seconds from the first forward to the last backward of a pipeline: by closed form where the schedule has one, played
 * event by event where it has not.
 *
 * @param forward seconds of one micro-batch on each stage, all chunks together; likewise `backward`
 * @param send seconds of a message that hide under other work or wait for it
 */
export function pipelineSeconds(
  plan: Plan,
  machine: Machine,
  forward: readonly number[],
  backward: readonly number[],
  send: number,
): number {
  const { layout, microBatches } = plan
  switch (layout.schedule) {
    case '1f1b':
      return oneForwardOneBackwardSeconds(forward, backward, microBatches, send)
    case 'interleaved': {
      const stages = forward.map((seconds, i) => seconds + (backward[i] ?? 0))
      return layout.vpp === 1
        ? oneForwardOneBackwardSeconds(forward, backward, microBatches, send)
        : interleavedSeconds(stages, layout.vpp, microBatches, send)
    }
    case 'gpipe': {
      const phase = (seconds: readonly number[]) =>
        seconds.reduce((a, b) => a + b, 0) + (microBatches - 1) * Math.max(...seconds)
      return phase(forward) + phase(backward) + 2 * (layout.pp - 1) * send
    }
    default: {
      const chunks = chunksOf(layout.schedule, layout.vpp)
      const { times } = planTimes(plan, machine, chunks)
      const none = new Float64Array(layout.pp * chunks)
      const recompute = times.recompute.some((seconds) => seconds > 0)
      const order = buildOrder(layout.schedule, {
        stages: layout.pp,
        virtualStages: layout.vpp,
        microBatches,
        recompute,
      })
      return simulate(order, { ...times, send, gather: none, reduce: none }).pipelineSeconds
    }
  }
}

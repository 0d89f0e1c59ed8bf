import type { Plan } from '../layout/plan.ts'
import type { Machine } from '../step/machine.ts'
import { chunkWork } from './chunk-work.ts'
import { interleavedSeconds, oneForwardOneBackwardSeconds } from './closed-form.ts'
import { buildOrder, chunksOf } from './order.ts'
import { simulate } from './simulate.ts'
import { NETWORK, type ScheduleTimes } from './timeline.ts'

/** Seconds from the first forward to the last backward of a pipeline whose messages take `send` each. */
export type PipelineSeconds = (send: number) => number

/**
 * The length of a plan's pipeline: by closed form where the schedule has one, played event by event where it has not.
 *
 * @param forward seconds of one micro-batch on each stage, all chunks together; likewise `backward`, recompute included
 */
export function pipelineSeconds(
  plan: Plan,
  machine: Machine,
  forward: readonly number[],
  backward: readonly number[],
): PipelineSeconds {
  const { layout, microBatches } = plan
  switch (layout.schedule) {
    case '1f1b':
      return (send) => oneForwardOneBackwardSeconds(forward, backward, microBatches, send)
    case 'interleaved': {
      const stages = forward.map((seconds, i) => seconds + (backward[i] ?? 0))
      return (send) =>
        layout.vpp === 1
          ? oneForwardOneBackwardSeconds(forward, backward, microBatches, send)
          : interleavedSeconds(stages, layout.vpp, microBatches, send)
    }
    case 'gpipe': {
      const phase = (seconds: readonly number[]) =>
        seconds.reduce((a, b) => a + b, 0) + (microBatches - 1) * Math.max(...seconds)
      return (send) => phase(forward) + phase(backward) + 2 * (layout.pp - 1) * send
    }
    case 'zb-h1':
      return played(plan, machine, forward, backward)
  }
}

/** A schedule that runs the weights' gradients apart: their share of a stage's backward is that of its kernels. */
function played(
  plan: Plan,
  machine: Machine,
  forward: readonly number[],
  backward: readonly number[],
): PipelineSeconds {
  const { layout, microBatches } = plan
  const chunks = chunksOf(layout.schedule, layout.vpp)
  const shape = { stages: layout.pp, virtualStages: layout.vpp, microBatches, recompute: false }
  const order = buildOrder(layout.schedule, shape)
  const weights = chunkWork(plan, machine, chunks).map((work, place) => {
    const busy = work.backward.seconds + work.recompute.seconds
    return busy === 0 ? 0 : ((backward[place] ?? 0) * work.weightSeconds) / busy
  })
  const none = new Float64Array(weights.length)
  const times: Omit<ScheduleTimes, 'send'> = {
    forward: Float64Array.from(forward),
    backwardInput: Float64Array.from(backward, (seconds, stage) => seconds - (weights[stage] ?? 0)),
    backwardWeight: Float64Array.from(weights),
    recompute: none,
    pair: new Float64Array(0),
    sendLink: NETWORK,
    sendHolds: 0,
    gather: none,
    reduce: none,
    dataLink: NETWORK,
    dataOverlap: 0,
    pieces: 1,
    optimizer: new Float64Array(layout.pp),
    activations: new Float64Array(0),
  }
  return (send) => simulate(order, { ...times, send }).pipelineSeconds
}

import type { Schedule } from '../scenario/scenario.ts'
import { gpipeSeconds, interleavedFrom, oneForwardOneBackwardSeconds } from './closed-form.ts'
import { buildOrder } from './order.ts'
import { simulate } from './simulate.ts'
import { NETWORK, type ScheduleTimes } from './timeline.ts'

/** One micro-batch on the stages, in seconds, all chunks together. */
export interface StageSeconds {
  /** By stage; columns may be longer than the pipeline, and are not read where chunks are interleaved. */
  readonly forward: Float64Array
  /** Recompute included. */
  readonly backward: Float64Array
  /** The weights' gradients, which `backward` holds too; read by zero-bubble schedules only. */
  readonly weight: Float64Array
  /** Forward and backward of all stages, and of the slowest. */
  readonly sum: number
  readonly slowestSeconds: number
}

/**
 * Seconds from the first forward to the last backward of a pipeline whose messages take `send` each: by closed form where
 * the schedule has one, played event by event where it has not.
 */
export function pipelineSeconds(
  schedule: Schedule,
  stages: number,
  vpp: number,
  microBatches: number,
  { forward, backward, weight, sum, slowestSeconds }: StageSeconds,
  send: number,
): number {
  if (schedule === 'gpipe') return gpipeSeconds(forward, backward, microBatches, send, stages)
  if (schedule === 'zb-h1') return playedSeconds(schedule, stages, microBatches, forward, backward, weight, send)
  return vpp === 1
    ? oneForwardOneBackwardSeconds(forward, backward, microBatches, send, stages)
    : interleavedFrom(sum, slowestSeconds, stages, vpp, microBatches, send)
}

/** A schedule that runs the weights' gradients apart. */
function playedSeconds(
  schedule: Schedule,
  stages: number,
  microBatches: number,
  forward: Float64Array,
  backward: Float64Array,
  weight: Float64Array,
  send: number,
): number {
  const order = buildOrder(schedule, { stages, virtualStages: 1, microBatches, recompute: false })
  const none = new Float64Array(stages)
  const times: ScheduleTimes = {
    forward: forward.slice(0, stages),
    backwardInput: backward.slice(0, stages).map((seconds, stage) => seconds - (weight[stage] ?? 0)),
    backwardWeight: weight.slice(0, stages),
    recompute: none,
    pair: new Float64Array(0),
    send,
    sendLink: NETWORK,
    sendHolds: 0,
    gather: none,
    reduce: none,
    dataLink: NETWORK,
    dataOverlap: 0,
    pieces: 1,
    optimizer: none,
    activations: new Float64Array(0),
  }
  return simulate(order, times).pipelineSeconds
}

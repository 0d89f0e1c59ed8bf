import type { Schedule } from '../scenario/scenario.ts'
import { gpipeSeconds, interleavedFrom, oneForwardOneBackwardSeconds } from './closed-form.ts'
import { buildOrder } from './order.ts'
import { pairSeconds } from './pairs.ts'
import { chunksOf, copiesOf, runsPairs } from './shape.ts'
import { simulate } from './simulate.ts'
import { NETWORK, type ScheduleTimes } from './timeline.ts'

/**
 * One micro-batch on the stages, in seconds. Columns are by stage·chunks + chunk of the schedule and may be longer than
 * the pipeline; those of interleaved chunks are not read.
 */
export interface StageSeconds {
  readonly forward: Float64Array
  /** Recompute included. */
  readonly backward: Float64Array
  /** The weights' gradients, which `backward` holds too; read where they run apart. */
  readonly weight: Float64Array
  /**
   * Experts' traffic that hides under the other of a forward and a backward that run together, and shows where one runs
   * alone; read by DualPipe only.
   */
  readonly hiddenForward: Float64Array
  readonly hiddenBackward: Float64Array
  /** Forward and backward of all stages, and of the slowest. */
  readonly sum: number
  readonly slowestSeconds: number
}

/**
 * Seconds from the first forward to the last backward of a pipeline whose messages take `send` each: by closed form where
 * the schedule has one, played event by event where it has not.
 *
 * @param microBatches that pass each chunk
 */
export function pipelineSeconds(
  schedule: Schedule,
  stages: number,
  vpp: number,
  microBatches: number,
  seconds: StageSeconds,
  send: number,
): number {
  const { forward, backward, sum, slowestSeconds } = seconds
  if (schedule === 'gpipe') return gpipeSeconds(forward, backward, microBatches, send, stages)
  if (isPlayed(schedule)) return playedSeconds(schedule, stages, microBatches, seconds, send)
  return vpp === 1
    ? oneForwardOneBackwardSeconds(forward, backward, microBatches, send, stages)
    : interleavedFrom(sum, slowestSeconds, stages, vpp, microBatches, send)
}

/** Whether a schedule has no closed form: those that run the weights' gradients apart. */
export function isPlayed(schedule: Schedule): boolean {
  return schedule !== 'gpipe' && schedule !== '1f1b' && schedule !== 'interleaved'
}

function playedSeconds(
  schedule: Schedule,
  stages: number,
  microBatches: number,
  { forward, backward, weight, hiddenForward, hiddenBackward }: StageSeconds,
  send: number,
): number {
  const places = stages * chunksOf(schedule, 1)
  const order = buildOrder(schedule, {
    stages,
    virtualStages: 1,
    microBatches: microBatches * copiesOf(schedule),
    recompute: false,
  })
  const none = new Float64Array(places)
  const pairs = runsPairs(schedule)
  const input = backward.slice(0, places).map((all, place) => all - (weight[place] ?? 0))
  const alone = (together: Float64Array, hidden: Float64Array) =>
    pairs ? together.map((own, place) => own + (hidden[place] ?? 0)) : together
  const ahead = forward.slice(0, places)
  const times: ScheduleTimes = {
    forward: alone(ahead, hiddenForward),
    backwardInput: alone(input, hiddenBackward),
    backwardWeight: weight.slice(0, places),
    recompute: none,
    pair: pairs ? pairSeconds(ahead, input, weight) : new Float64Array(0),
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

/** What goes into a simulated step, and what comes out: columns that can be filled again without allocating. */

import { newTournament, tournamentSize } from './first-of.ts'
import type { ItemOrder } from './items.ts'

export const SCALE_UP = 0
export const NETWORK = 1
/** Resource of a rank that carries traffic; each sends and receives one message at a time. */
export type Link = 0 | 1

/** Seconds of everything in one step. Columns by stage·chunks + chunk, or by stage. */
export interface ScheduleTimes {
  readonly forward: Float64Array
  /** Whole backwards take `backwardInput` and `backwardWeight` together. */
  readonly backwardInput: Float64Array
  readonly backwardWeight: Float64Array
  readonly recompute: Float64Array
  /** Forward of this chunk together with a backward of the stage's other chunk; empty where none run together. */
  readonly pair: Float64Array
  /** One micro-batch's activations, or their gradients, from a stage to its neighbour. */
  readonly send: number
  readonly sendLink: Link
  /** Share of a send during which the sender computes nothing. */
  readonly sendHolds: number
  /** Gathering a chunk's parameters before its first forward. */
  readonly gather: Float64Array
  /** Reducing a chunk's gradients after its last backward. */
  readonly reduce: Float64Array
  readonly dataLink: Link
  /** Share of compute under which gathers and reductions may hide; at 0 they run before and after all of it. */
  readonly dataOverlap: number
  /** Pieces in which a chunk's parameters arrive and its gradients leave: its layers. */
  readonly pieces: number
  /** By stage. */
  readonly optimizer: Float64Array
  /** What one micro-batch keeps of a chunk from forward to the end of its backward; empty: 1 each. */
  readonly activations: Float64Array
}

/** One step, played. Item columns have the order's index; place columns stage·chunks + chunk. Seconds from the start. */
export interface Timeline {
  /** End of the step. */
  seconds: number
  /** End of the last item. */
  pipelineSeconds: number
  /** Stage that works longest. */
  slowestStage: number
  readonly start: Float64Array
  readonly end: Float64Array
  /** −1 where an item sends nothing. */
  readonly sendStart: Float64Array
  readonly sendEnd: Float64Array
  readonly gatherStart: Float64Array
  readonly gatherEnd: Float64Array
  readonly reduceStart: Float64Array
  readonly reduceEnd: Float64Array
  /** By stage: all optimizers start together, when the last gradients are reduced (their norm is needed). */
  readonly optimizerStart: Float64Array
  /** Items of a stage; the waits below, `busy` and the optimizer add up to the step. */
  readonly busy: Float64Array
  /** Compute stands still while the stage sends. */
  readonly held: Float64Array
  /** Waits for parameters, also inside a first forward. */
  readonly gatherWait: Float64Array
  /** Waits for a message on its way. */
  readonly sendWait: Float64Array
  /** Waits for gradients after the last item of the whole pipeline. */
  readonly reduceWait: Float64Array
  /** Waits for other stages. */
  readonly bubble: Float64Array
  /** Most activations alive at once, in the unit of `ScheduleTimes.activations`. */
  readonly peakActivations: Float64Array
  /** Some place gathers or reduces. */
  hasData: boolean
  readonly scratch: Scratch
}

/** State of a simulation while it runs: columns by stage, place, or place·microBatches + micro-batch. */
export interface Scratch {
  /** When the input has arrived, −1 while it has not, and how long it was on its way; likewise the output's gradient. */
  readonly forwardReady: Float64Array
  readonly forwardTransit: Float64Array
  readonly gradientReady: Float64Array
  readonly gradientTransit: Float64Array
  /** Next item of a stage, and the next weight gradient that may fill idle time. */
  readonly cursor: Int32Array
  readonly weight: Int32Array
  readonly waitingWeights: Int32Array
  /** Time of the event that is handled. */
  readonly clock: Float64Array
  /** Item that runs, −1 while the stage waits for parameters; and when that ends. */
  readonly running: Int32Array
  readonly finish: Float64Array
  readonly winners: Int32Array
  readonly free: Float64Array
  /** When a stage's sending and its receiving side are free. */
  readonly out: Float64Array
  readonly into: Float64Array
  /** Micro-batches whose gradients a place still lacks. */
  readonly gradientsLeft: Int32Array
  readonly live: Float64Array
  /** 1 where a place has run its first forward. */
  readonly opened: Uint8Array
  /** When the gathers and reductions of a stage asked for so far end. */
  readonly dataFree: Float64Array
}

/** Columns for one order; `simulate` fills them as often as wanted. */
export function newTimeline(order: ItemOrder): Timeline {
  const { stages, chunks, microBatches } = order
  const items = order.kind.length
  const places = stages * chunks
  const size = tournamentSize(stages)
  const column = (n: number) => new Float64Array(n)
  return {
    seconds: 0,
    pipelineSeconds: 0,
    slowestStage: 0,
    hasData: false,
    start: column(items),
    end: column(items),
    sendStart: column(items),
    sendEnd: column(items),
    gatherStart: column(places),
    gatherEnd: column(places),
    reduceStart: column(places),
    reduceEnd: column(places),
    optimizerStart: column(stages),
    busy: column(stages),
    held: column(stages),
    gatherWait: column(stages),
    sendWait: column(stages),
    reduceWait: column(stages),
    bubble: column(stages),
    peakActivations: column(stages),
    scratch: {
      forwardReady: column(places * microBatches),
      forwardTransit: column(places * microBatches),
      gradientReady: column(places * microBatches),
      gradientTransit: column(places * microBatches),
      cursor: new Int32Array(stages),
      weight: new Int32Array(stages),
      waitingWeights: new Int32Array(stages),
      clock: column(1),
      running: new Int32Array(stages),
      finish: column(size),
      winners: newTournament(size),
      free: column(stages),
      out: column(stages),
      into: column(stages),
      gradientsLeft: new Int32Array(places),
      live: column(stages),
      opened: new Uint8Array(places),
      dataFree: column(stages),
    },
  }
}

/** Times of stages that all take the same, without traffic: the setting of the published formulas. */
export function equalTimes(
  order: Pick<ItemOrder, 'stages' | 'chunks'>,
  seconds: { readonly forward: number; readonly backwardInput: number; readonly backwardWeight: number } & Partial<
    Pick<ScheduleTimes, 'send'> & { readonly pair: number; readonly recompute: number }
  >,
): ScheduleTimes {
  const places = order.stages * order.chunks
  const all = (value: number, n = places) => new Float64Array(n).fill(value)
  return {
    forward: all(seconds.forward),
    backwardInput: all(seconds.backwardInput),
    backwardWeight: all(seconds.backwardWeight),
    recompute: all(seconds.recompute ?? 0),
    pair: seconds.pair === undefined ? new Float64Array(0) : all(seconds.pair),
    send: seconds.send ?? 0,
    sendLink: NETWORK,
    sendHolds: 0,
    gather: all(0),
    reduce: all(0),
    dataLink: NETWORK,
    dataOverlap: 1,
    pieces: 1,
    optimizer: all(0, order.stages),
    activations: new Float64Array(0),
  }
}

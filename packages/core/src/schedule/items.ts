/** Work items of a pipeline schedule, and the order in which every stage runs its own. */

import type { Chain } from './chain.ts'

/** What an item does with one micro-batch on one chunk. */
export const FORWARD = 0
/** Gradient of the input and of the weights in one go. */
export const BACKWARD = 1
export const BACKWARD_INPUT = 2
export const BACKWARD_WEIGHT = 3
/** Runs a forward again before its backward; as autograd does, when the gradient has arrived. */
export const RECOMPUTE = 4
export type ItemKind = 0 | 1 | 2 | 3 | 4

/** Name of each kind, by its number. */
export const ITEM_KINDS = ['forward', 'backward', 'backward-input', 'backward-weight', 'recompute'] as const

/** Items of all stages as columns: stage s runs items `offsets[s]` to `offsets[s + 1]`, in this order. */
export interface ItemOrder {
  readonly stages: number
  /** Chunks of the model on one stage. */
  readonly chunks: number
  /** Micro-batches that pass through one chunk. */
  readonly microBatches: number
  readonly chain: Chain
  readonly offsets: Int32Array
  readonly kind: Uint8Array
  readonly chunk: Uint16Array
  readonly microBatch: Int32Array
  /** 1 where a forward runs together with the backward that follows it in the list. */
  readonly beside: Uint8Array
  /** True where weight gradients are items of their own and may run earlier, in time that stands idle. */
  readonly fills: boolean
}

/** Writes the items of one stage after the other. Micro-batches are counted by kind and chunk: each in order. */
export interface ItemWriter {
  readonly forward: (chunk: number) => void
  readonly backward: (chunk: number) => void
  readonly backwardInput: (chunk: number) => void
  /** The weight gradient that waits longest. */
  readonly weight: () => void
  /** Weight gradients that wait. */
  readonly waiting: () => number
  /** A forward and, together with it, a backward. */
  readonly pair: (forwardChunk: number, backwardChunk: number) => void
}

export interface OrderShape {
  readonly stages: number
  readonly chunks: number
  readonly microBatches: number
  readonly recompute: boolean
}

/**
 * Lays out the items of all stages.
 *
 * @param microBatchOf micro-batch of the n-th forward and the n-th backward of a chunk: n itself unless given
 */
export function layOut(
  shape: OrderShape,
  chain: Chain,
  fills: boolean,
  writeStage: (stage: number, writer: ItemWriter) => void,
): ItemOrder {
  const { stages, chunks, microBatches, recompute } = shape
  const most = stages * chunks * microBatches * (3 + (recompute ? 1 : 0))
  const kinds = new Uint8Array(most)
  const chunkOf = new Uint16Array(most)
  const microBatchOf = new Int32Array(most)
  const beside = new Uint8Array(most)
  const offsets = new Int32Array(stages + 1)
  const forwards = new Int32Array(chunks)
  const backwards = new Int32Array(chunks)
  const delayed = new Int32Array(2 * chunks * microBatches)
  let tail = 0
  let head = 0
  let at = 0

  const put = (kind: ItemKind, chunk: number, microBatch: number) => {
    if (microBatch >= microBatches) return
    kinds[at] = kind
    chunkOf[at] = chunk
    microBatchOf[at] = microBatch
    at++
  }
  const count = (counter: Int32Array, chunk: number): number => {
    const n = counter[chunk] ?? 0
    counter[chunk] = n + 1
    return n
  }
  const again = (chunk: number) => {
    if (recompute) put(RECOMPUTE, chunk, backwards[chunk] ?? 0)
  }
  const writer: ItemWriter = {
    forward: (chunk) => put(FORWARD, chunk, count(forwards, chunk)),
    backward: (chunk) => {
      again(chunk)
      put(BACKWARD, chunk, count(backwards, chunk))
    },
    backwardInput: (chunk) => {
      again(chunk)
      const microBatch = count(backwards, chunk)
      put(BACKWARD_INPUT, chunk, microBatch)
      if (microBatch >= microBatches) return
      delayed[2 * tail] = chunk
      delayed[2 * tail + 1] = microBatch
      tail++
    },
    weight: () => {
      if (head === tail) return
      put(BACKWARD_WEIGHT, delayed[2 * head] ?? 0, delayed[2 * head + 1] ?? 0)
      head++
    },
    waiting: () => tail - head,
    pair: (forwardChunk, backwardChunk) => {
      again(backwardChunk)
      beside[at] = 1
      put(FORWARD, forwardChunk, count(forwards, forwardChunk))
      put(BACKWARD, backwardChunk, count(backwards, backwardChunk))
    },
  }
  for (let stage = 0; stage < stages; stage++) {
    forwards.fill(0)
    backwards.fill(0)
    head = 0
    tail = 0
    writeStage(stage, writer)
    offsets[stage + 1] = at
  }
  return {
    stages,
    chunks,
    microBatches,
    chain,
    offsets,
    kind: kinds.subarray(0, at),
    chunk: chunkOf.subarray(0, at),
    microBatch: microBatchOf.subarray(0, at),
    beside: beside.subarray(0, at),
    fills,
  }
}

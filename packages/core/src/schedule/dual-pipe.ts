/** DualPipe and DualPipeV (DeepSeek-AI 2024, arXiv:2412.19437, section 3.2; github.com/deepseek-ai/DualPipe). */

import { chainOf } from './chain.ts'
import { type ItemOrder, type ItemWriter, layOut, type OrderShape } from './items.ts'

/**
 * Items of a rank with `after` ranks between it and the middle of the pipeline (DualPipe) or the turn of the V, of
 * `depth` ranks on its side. `near` is the chunk whose micro-batches reach this rank first, `far` the other. In the
 * main part a forward of one chunk runs together with a backward of the other.
 */
function dual(write: ItemWriter, depth: number, rank: number, microBatches: number, near: number, far: number): void {
  const after = depth - rank - 1
  const times = (n: number, body: (i: number) => void) => {
    for (let i = 0; i < n; i++) body(i)
  }
  times(2 * after, () => write.forward(near))
  times(rank + 1, () => {
    write.forward(near)
    write.forward(far)
  })
  times(after, () => {
    write.backwardInput(far)
    write.weight()
    write.forward(far)
  })
  times(microBatches - 2 * depth + rank + 1, (i) => {
    if (i === 0 && after === 0) {
      write.forward(near)
      write.backward(far)
    } else {
      write.pair(near, far)
    }
    write.pair(far, near)
  })
  times(after, () => {
    write.backward(far)
    write.pair(far, near)
  })
  // The second half of the last backwards leaves its weight gradients for the time that would stand idle.
  times(2 * (rank + 1), (i) => {
    const chunk = i % 2 === 0 ? far : near
    if (i > rank) write.backwardInput(chunk)
    else write.backward(chunk)
  })
  times(after, () => {
    write.weight()
    write.backwardInput(near)
  })
  while (write.waiting() > 0) write.weight()
}

/**
 * DualPipe: two copies of the model run in opposite directions, each with half of the micro-batches (`shape.microBatches`
 * of one direction, at least as many as stages). Chunk 0 goes from the first stage to the last, chunk 1 back.
 */
export function dualPipe(shape: OrderShape): ItemOrder {
  const { stages, microBatches } = shape
  return layOut(shape, chainOf('dualpipe', stages, 2), true, (stage, write) => {
    const second = stage >= stages / 2
    const rank = second ? stages - 1 - stage : stage
    dual(write, stages / 2, rank, microBatches, second ? 1 : 0, second ? 0 : 1)
  })
}

/** DualPipeV: DualPipe folded at its middle, one copy of the model as a V. At least 2p micro-batches. */
export function dualPipeV(shape: OrderShape): ItemOrder {
  const { stages, microBatches } = shape
  return layOut(shape, chainOf('dualpipe-v', stages, 2), true, (stage, write) =>
    dual(write, stages, stage, microBatches, 0, 1),
  )
}

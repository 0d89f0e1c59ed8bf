/** Orders that split the backward pass into the input's gradient, which others wait for, and the weights'. */

import { chainOf } from './chain.ts'
import { type ItemOrder, layOut, type OrderShape } from './items.ts'

/**
 * ZB-H1 (Qi et al. 2023, arXiv:2401.10241, section 2.3): 1F1B whose weight gradients on stage i lag by i micro-batches,
 * so that every stage holds as much as 1F1B's first and the bubble shrinks to (p − 1)·(F + B − W).
 */
export function zeroBubbleH1(shape: OrderShape): ItemOrder {
  const { stages, microBatches } = shape
  return layOut(shape, chainOf('zb-h1', stages, 1), true, (stage, write) => {
    const ahead = Math.min(microBatches, stages - stage - 1)
    for (let i = 0; i < ahead; i++) write.forward(0)
    for (let i = 0; i < microBatches; i++) {
      if (ahead + i < microBatches) write.forward(0)
      write.backwardInput(0)
      if (write.waiting() > stage) write.weight()
    }
    while (write.waiting() > 0) write.weight()
  })
}

/**
 * ZB-V (Qi et al. 2024, arXiv:2405.15362; arXiv:2401.10241, section 6): two chunks a stage, laid as a V, so that a
 * micro-batch's backward starts on the stage where its forward ends. Without bubbles inside a stage where
 * F = B = W and micro-batches are at least 2p − 1.
 */
export function zeroBubbleV(shape: OrderShape): ItemOrder {
  const { stages } = shape
  const microBatches = Math.max(shape.microBatches, 2 * stages - 1)
  return layOut(shape, chainOf('zb-v', stages, 2), true, (stage, write) => {
    const turn = (chunk: number) => {
      write.backwardInput(chunk)
      write.weight()
    }
    const ahead = 2 * (stages - stage) - 1
    for (let i = 0; i < ahead; i++) write.forward(0)
    for (let i = 0; i < stage; i++) {
      write.forward(1)
      write.forward(0)
    }
    for (let i = 0; i < stages - stage; i++) {
      write.forward(1)
      turn(1)
    }
    for (let i = 0; i < microBatches - stages; i++) {
      if (ahead + stage + i < microBatches) write.forward(0)
      turn(0)
      write.forward(1)
      turn(1)
    }
    for (let i = 0; i < stage; i++) {
      write.backwardInput(0)
      write.backwardInput(1)
    }
    for (let i = 0; i < stages - stage; i++) turn(0)
    while (write.waiting() > 0) write.weight()
  })
}

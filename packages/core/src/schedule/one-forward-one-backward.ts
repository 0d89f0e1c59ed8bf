/** Orders that keep forward and backward whole: GPipe, 1F1B, interleaved 1F1B. */

import { chainOf } from './chain.ts'
import { type ItemOrder, layOut, type OrderShape } from './items.ts'

/** All forwards, then all backwards (Huang et al. 2019, arXiv:1811.06965). */
export function gpipe(shape: OrderShape): ItemOrder {
  const { stages, microBatches } = shape
  return layOut(shape, chainOf('gpipe', stages, 1), false, (_, write) => {
    for (let i = 0; i < microBatches; i++) write.forward(0)
    for (let i = 0; i < microBatches; i++) write.backward(0)
  })
}

/** PipeDream-flush: as many forwards ahead as stages follow, then one forward, one backward (arXiv:2104.04473, 2.2.1). */
export function oneForwardOneBackward(shape: OrderShape): ItemOrder {
  const { stages, microBatches } = shape
  return layOut(shape, chainOf('1f1b', stages, 1), false, (stage, write) => {
    const ahead = Math.min(microBatches, stages - stage - 1)
    for (let i = 0; i < ahead; i++) write.forward(0)
    for (let i = 0; i < microBatches; i++) {
      if (ahead + i < microBatches) write.forward(0)
      write.backward(0)
    }
  })
}

/**
 * Micro-batches that pass a chunk before the next chunk's turn. Where they are no multiple of the stages, the smallest
 * group from `stages` up that leaves none over, or at least `stages`: a shorter last group would stall the pipeline
 * (Megatron-Core's `microbatch_group_size_per_vp_stage` and its condition).
 */
export function interleavingGroup(stages: number, microBatches: number): number {
  for (let group = stages; group < microBatches; group++) {
    // What is left over; a remainder of fractions is slow.
    const over = microBatches - group * Math.floor(microBatches / group)
    if (over === 0 || over >= stages) return group
  }
  return Math.max(stages, microBatches)
}

/**
 * Interleaved 1F1B: groups of micro-batches pass chunk after chunk; 2·(p − i − 1) + (v − 1)·group chunks ahead
 * (arXiv:2104.04473, 2.2.2; Megatron-Core `schedules.py`).
 */
export function interleaved(shape: OrderShape): ItemOrder {
  const { stages, chunks, microBatches } = shape
  const group = interleavingGroup(stages, microBatches)
  const turns = chunks * microBatches
  const chunkAt = new Uint16Array(turns)
  for (let first = 0, at = 0; first < microBatches; first += group) {
    const size = Math.min(group, microBatches - first)
    for (let chunk = 0; chunk < chunks; chunk++) for (let i = 0; i < size; i++) chunkAt[at++] = chunk
  }
  return layOut(shape, chainOf('interleaved', stages, chunks), false, (stage, write) => {
    const ahead = Math.min(turns, 2 * (stages - stage - 1) + (chunks - 1) * group)
    for (let i = 0; i < ahead; i++) write.forward(chunkAt[i] ?? 0)
    for (let i = 0; i < turns; i++) {
      if (ahead + i < turns) write.forward(chunkAt[ahead + i] ?? 0)
      write.backward(chunks - 1 - (chunkAt[i] ?? 0))
    }
  })
}

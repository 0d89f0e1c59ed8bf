/** Kernel times from shapes. */

import type { Precision } from '@walltime/hardware'
import type { Machine } from './machine.ts'

/** Tiles of large products, rows and columns: libraries take the better for a shape. */
const TILES = [
  [128, 256],
  [256, 128],
] as const

/** Exponent of the norm that joins compute and memory: the larger of the two, a fifth more where they meet. */
const ROOFLINE_NORM = 4

/** Queries of one tile of fused attention. */
const QUERY_TILE = 128

/** Head width from which attention reaches its share. */
const USUAL_WIDTH = 128

/** Products of fused attention: two forward, five backward, one with the keys' width to one with the values'. */
const FORWARD_FLOPS_PER_WIDTH = 4
const BACKWARD_FLOPS_PER_WIDTH = 10

/** Bytes of one element in a format. */
const ELEMENT_BYTES: Readonly<Record<Precision, number>> = {
  fp32: 4,
  tf32: 4,
  bf16: 2,
  fp16: 2,
  fp8: 1,
  fp6: 0.75,
  fp4: 0.5625,
  int8: 1,
}

/** Bytes that a product in a low format writes: results stay in 16 bits. */
const RESULT_BYTES = 2

/** FLOPs of a matrix product, all groups together. */
export function gemmFlops(m: number, n: number, k: number, groups: number): number {
  return 2 * m * n * k * groups
}

/** Time in whole waves of whole tiles over the time with every core busy on useful elements: the least over the tiles. */
function waveFactor(m: number, n: number, groups: number, cores: number): number {
  let least = Number.POSITIVE_INFINITY
  for (const [rows, columns] of TILES) {
    const tiles = Math.ceil(m / rows) * Math.ceil(n / columns) * groups
    least = Math.min(least, (Math.ceil(tiles / cores) * cores * rows * columns) / (m * n * groups))
  }
  return least
}

/** Norm of the times of compute and memory. */
function joinTimes(compute: number, memory: number): number {
  const large = Math.max(compute, memory)
  return large > 0 ? large * (1 + (Math.min(compute, memory) / large) ** ROOFLINE_NORM) ** (1 / ROOFLINE_NORM) : 0
}

/**
 * Seconds of a matrix product: roofline with a launch time, a ramp along the inner dimension and a term for partly
 * filled tiles and waves; the form that fits measured products best (see `kernel-efficiency.ts`). Quantising the
 * operands is work of its own.
 *
 * @param groups products of m×k and k×n, each with matrices of its own
 * @param low runs in the low format of the training recipe; otherwise in 16 bits
 */
export function gemmSeconds(machine: Machine, m: number, n: number, k: number, groups: number, low: boolean): number {
  const { chip, kernels } = machine
  const format = low ? machine.low : 'bf16'
  const peak = chip.peakFlops[format] ?? chip.peakFlops.bf16 ?? 0
  const fit = kernels.gemm[format] ?? kernels.gemm.bf16
  if (fit === undefined || peak === 0) return Number.POSITIVE_INFINITY
  const waves = waveFactor(m, n, groups, chip.cores.count)
  const reached = peak * fit.share * kernels.speed * kernels.sustained[format]
  const compute = (gemmFlops(m, n, k, groups) * (1 + fit.kRamp / k) * waves ** fit.waveExponent) / reached
  const element = ELEMENT_BYTES[format]
  const bytes = groups * (element * (m * k + k * n) + RESULT_BYTES * m * n)
  return fit.launch + joinTimes(compute, bytes / (chip.memory.bandwidth * fit.memoryShare))
}

/** FLOPs of an attention kernel: `perPair` for each query, head and key that it sees. */
export function attentionFlops(
  batch: number,
  heads: number,
  queries: number,
  keys: number,
  flopsPerPair: number,
): number {
  return batch * heads * queries * keys * flopsPerPair
}

/**
 * Seconds of attention. A fused kernel works on the keys in sight, on half a tile of keys at the diagonal and on what
 * each query costs beside them, and waits for its last tiles; the materialised form (before fused kernels) is bound by
 * reading and writing the scores.
 */
export function attentionSeconds(
  machine: Machine,
  batch: number,
  heads: number,
  queries: number,
  keys: number,
  sequence: number,
  flopsPerPair: number,
  backward: boolean,
): number {
  const { chip, kernels } = machine
  const peak = chip.peakFlops.bf16 ?? 0
  const gemm = kernels.gemm.bf16
  const sustained = kernels.sustained.bf16
  const kernel = machine.software.attention
  if (kernel !== 'materialised') {
    const shares = kernels.attention[kernel]
    const { extraKeys, tail, widthExponent } = shares
    const width = flopsPerPair / (backward ? BACKWARD_FLOPS_PER_WIDTH : FORWARD_FLOPS_PER_WIDTH)
    const share = (backward ? shares.backward : shares.forward) * Math.min(1, width / USUAL_WIDTH) ** widthExponent
    const rows = batch * heads * queries
    const beside =
      rows * (QUERY_TILE / 2 + extraKeys) + tail * chip.cores.count * QUERY_TILE * Math.min(sequence, 2 * keys)
    const worked = attentionFlops(batch, heads, queries, keys, flopsPerPair) + beside * flopsPerPair
    return worked / (peak * share * sustained)
  }
  const scores = batch * heads * queries * sequence
  const passes = backward ? SCORE_BYTES_BACKWARD : SCORE_BYTES_FORWARD
  const products = attentionFlops(batch, heads, queries, keys, flopsPerPair) * 2
  return (
    products / (peak * (gemm?.share ?? 1) * sustained) + (scores * passes) / (chip.memory.bandwidth * kernels.pointwise)
  )
}

/**
 * Bytes a score costs when attention is materialised with fused scale, mask and softmax: the product writes 2, softmax reads and writes 2 + 2,
 * dropout 2 + 2 + 1, the second product reads 2; backward the same tensors and their gradients.
 */
const SCORE_BYTES_FORWARD = 13
const SCORE_BYTES_BACKWARD = 19

/** Seconds of a kernel that only moves bytes. */
export function pointwiseSeconds(machine: Machine, bytes: number): number {
  return bytes / (machine.chip.memory.bandwidth * machine.kernels.pointwise) + POINTWISE_LAUNCH
}

/** Seconds a pointwise kernel takes however small: the constant of NVIDIA aiconfigurator's memory operators. */
const POINTWISE_LAUNCH = 3e-6

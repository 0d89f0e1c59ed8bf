/** Kernel times from shapes. */

import type { Precision } from '@walltime/hardware'
import type { Machine } from './machine.ts'
import type { Attention, Gemm, Pointwise } from './operators.ts'

const TILE_ROWS = 128
const TILE_COLUMNS = 256

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
export function gemmFlops(gemm: Gemm): number {
  return 2 * gemm.m * gemm.n * gemm.k * gemm.groups
}

/**
 * Seconds of a matrix product: roofline with a launch time, a ramp along the inner dimension and a term for the last,
 * partly filled wave of tiles; the form that fits measured products best (see `kernel-efficiency.ts`).
 */
export function gemmSeconds(machine: Machine, gemm: Gemm): number {
  const { chip, kernels } = machine
  const format = gemm.low ? machine.low : 'bf16'
  const peak = chip.peakFlops[format] ?? chip.peakFlops.bf16 ?? 0
  const fit = kernels.gemm[format] ?? kernels.gemm.bf16
  if (fit === undefined || peak === 0) return Number.POSITIVE_INFINITY
  const { m, n, k, groups } = gemm
  const tiles = Math.ceil(m / TILE_ROWS) * Math.ceil(n / TILE_COLUMNS) * groups
  const filled = tiles / chip.cores.count
  const waves = Math.ceil(filled) / filled
  const compute =
    (gemmFlops(gemm) * (1 + fit.kRamp / k) * waves ** fit.waveExponent) / (peak * fit.share * fit.sustained)
  const element = ELEMENT_BYTES[format]
  const bytes = groups * (element * (m * k + k * n) + RESULT_BYTES * m * n)
  return fit.launch + Math.max(compute, bytes / (chip.memory.bandwidth * fit.memoryShare))
}

/** FLOPs of an attention kernel: `perPair` for each query, head and key that it sees. */
export function attentionFlops(attention: Attention): number {
  return attention.batch * attention.heads * attention.queries * attention.keys * attention.flopsPerPair
}

/**
 * Seconds of attention. Fused kernels reach a share of the bf16 peak that falls at short sequences; the materialised
 * form (before fused kernels) is bound by reading and writing the scores.
 */
export function attentionSeconds(machine: Machine, attention: Attention): number {
  const { chip, kernels } = machine
  const peak = chip.peakFlops.bf16 ?? 0
  const gemm = kernels.gemm.bf16
  const sustained = gemm?.sustained ?? 1
  const kernel = machine.software.attention
  if (kernel !== 'materialised') {
    const { forward, backward, halfSequence } = kernels.attention[kernel]
    const longest = attention.backward ? backward : forward
    const share = (longest * attention.sequence) / (attention.sequence + halfSequence)
    return attentionFlops(attention) / (peak * share * sustained)
  }
  const scores = attention.batch * attention.heads * attention.queries * attention.sequence
  const passes = attention.backward ? SCORE_BYTES_BACKWARD : SCORE_BYTES_FORWARD
  const products = attentionFlops(attention) * 2
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
export function pointwiseSeconds(machine: Machine, op: Pointwise): number {
  return op.bytes / (machine.chip.memory.bandwidth * machine.kernels.pointwise) + POINTWISE_LAUNCH
}

/** Seconds a pointwise kernel takes however small: the constant of NVIDIA aiconfigurator's memory operators. */
const POINTWISE_LAUNCH = 3e-6

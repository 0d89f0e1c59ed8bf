/** Kernel times from shapes. */

import type { AttentionConstants, Chip, Precision } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import type { AttentionKernel } from '../scenario/scenario.ts'
import type { KernelEfficiency } from './kernel-efficiency.ts'
import type { Machine } from './machine.ts'
import type { GemmPass } from './operators.ts'

/** Sides of the tiles of large products, laid either way: libraries take the better for a shape. */
const TILE_SHORT = 128
const TILE_LONG = 256
const PER_SHORT = 1 / TILE_SHORT
const PER_LONG = 1 / TILE_LONG

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

/** What a chip reaches in products of one format. */
export interface ProductRates {
  /** Seconds of a FLOP of large products, and of a byte of operands and results. */
  readonly perFlop: number
  readonly perByte: number
  readonly elementBytes: number
  readonly launch: number
  readonly kRamp: number
  /** Table of the wave factor's power, and the power of 2. */
  readonly wavePowers: Float64Array
  readonly doubledWaves: number
}

/** What a chip reaches in fused attention; null in the materialised form. */
export interface FusedRates extends AttentionConstants {
  /** FLOP/s of the matrix units. */
  readonly peak: number
}

/** A chip's kernels under a training recipe and a software stack, made once a scenario. */
export interface KernelRates {
  readonly cores: number
  /** Products in the recipe's own format, and those that stay in 16 bits. */
  readonly low: ProductRates
  readonly wide: ProductRates
  readonly fused: FusedRates | null
  /** FLOP/s of the products of materialised attention. */
  readonly products: number
  /** Bytes/s of kernels that only move bytes. */
  readonly pointwise: number
  /** Passes of materialised scores through memory, over those of fused scale, mask and softmax. */
  readonly scorePasses: number
  /** Time of products with matrices of their own over that of one product as large: above 1 for ragged groups under XLA. */
  readonly grouped: number
  /** Time of products whose weights' sides are no multiples of a tile, over the form's. */
  readonly unaligned: number
}

function productRates(chip: Chip, kernels: KernelEfficiency, format: Precision): ProductRates {
  const peak = chip.peakFlops[format] ?? chip.peakFlops.bf16 ?? 0
  const fit = kernels.gemm[format] ?? kernels.gemm.bf16
  const elementBytes = ELEMENT_BYTES[format]
  if (fit === undefined || peak === 0)
    return {
      perFlop: 1,
      perByte: 1,
      elementBytes,
      launch: Number.POSITIVE_INFINITY,
      kRamp: 0,
      wavePowers: powerTable(0),
      doubledWaves: 1,
    }
  return {
    perFlop: 1 / (peak * fit.share * kernels.speed * kernels.sustained[format]),
    perByte: 1 / (chip.memory.bandwidth * fit.memoryShare),
    elementBytes,
    launch: fit.launch,
    kRamp: fit.kRamp,
    wavePowers: powerTable(fit.waveExponent),
    doubledWaves: 2 ** fit.waveExponent,
  }
}

/**
 * @param low format of the large matrix products
 * @param padded experts work on equal numbers of rows: one batched product under XLA
 */
export function kernelRates(
  chip: Chip,
  kernels: KernelEfficiency,
  low: Precision,
  attention: AttentionKernel,
  calibration: Calibration,
  padded: boolean,
): KernelRates {
  const units = (chip.peakFlops.bf16 ?? 0) * kernels.sustained.bf16
  const fusedUnits = (chip.peakFlops.bf16 ?? 0) * kernels.sustainedAttention
  return {
    cores: chip.cores.count,
    low: productRates(chip, kernels, low),
    wide: productRates(chip, kernels, 'bf16'),
    fused: attention === 'materialised' ? null : { ...kernels.attention[attention], peak: fusedUnits },
    products: units * (kernels.gemm.bf16?.share ?? 1),
    pointwise: chip.memory.bandwidth * kernels.pointwise,
    scorePasses: calibration.materialisedPasses,
    // Ampere's kernels load operands through registers: any side that is a multiple of eight is alike.
    unaligned: chip.family === 'ampere' ? 1 : calibration.unaligned,
    grouped: chip.family.startsWith('tpu') && !padded ? calibration.groupedCompiled : 1,
  }
}

/** Intervals of a table of powers between 1 and 2. */
const POWER_STEPS = 64

/** Cubics that run through x^exponent and its slope at both ends of each interval, by powers of the way through it. */
function powerTable(exponent: number): Float64Array {
  const table = new Float64Array(4 * POWER_STEPS)
  let value = 1
  let slope = exponent / POWER_STEPS
  for (let i = 0; i < POWER_STEPS; i++) {
    const next = (1 + (i + 1) / POWER_STEPS) ** exponent
    const nextSlope = (exponent * next) / (POWER_STEPS + i + 1)
    const rise = next - value
    table[4 * i] = value
    table[4 * i + 1] = slope
    table[4 * i + 2] = 3 * rise - 2 * slope - nextSlope
    table[4 * i + 3] = slope + nextSlope - 2 * rise
    value = next
    slope = nextSlope
  }
  return table
}

/** x^exponent for x of 1 and more from the exponent's table: 1e-10 off, in a ninth of the time. */
function tabledPower(table: Float64Array, doubled: number, x: number): number {
  if (x >= 2) return doubled * tabledPower(table, doubled, 0.5 * x)
  const at = (x - 1) * POWER_STEPS
  const i = at | 0
  const u = at - i
  return (
    (table[4 * i] ?? 1) + u * (table[4 * i + 1] ?? 0) + u * u * ((table[4 * i + 2] ?? 0) + u * (table[4 * i + 3] ?? 0))
  )
}

/** Norm of order 4 of the times of compute and memory: the larger of the two, a fifth more where they meet. */
export function joinTimes(compute: number, memory: number): number {
  const c = compute * compute
  const m = memory * memory
  return Math.sqrt(Math.sqrt(c * c + m * m))
}

/** Less than a tile of a wave: keeps rounding from starting a wave that holds none. */
const NO_TILE = 1e-9

/**
 * Seconds of a matrix product: roofline with a launch time, a ramp along the inner dimension and a term for partly
 * filled tiles and waves; the form that fits measured products best (see `kernel-efficiency.ts`). Quantising the
 * operands is work of its own.
 *
 * @param tiles of the result, of whichever side they lie better on, over the cores
 * @param elements of the result
 * @param operands elements of the two operands
 * @param groups products alike, each with matrices of its own; `tiles` are of all, the elements of one
 */
function ratedSeconds(
  own: ProductRates,
  rates: KernelRates,
  tiles: number,
  elements: number,
  inner: number,
  operands: number,
  groups: number,
): number {
  // Time in whole waves of whole tiles over the time with every core busy on useful elements.
  const waves = (Math.ceil(tiles - NO_TILE) * rates.cores * TILE_SHORT * TILE_LONG) / (elements * groups)
  const flops = 2 * elements * (inner + own.kRamp) * groups
  const compute = flops * tabledPower(own.wavePowers, own.doubledWaves, waves) * own.perFlop
  const bytes = groups * (own.elementBytes * operands + RESULT_BYTES * elements)
  const seconds = own.launch + joinTimes(compute, bytes * own.perByte)
  return groups > 1 ? seconds * rates.grouped : seconds
}

/** A product's seconds in a column: forward, gradient of the input, gradient of the weight. */
export const PRODUCT_PASSES: Readonly<Record<GemmPass, number>> = { forward: 0, input: 1, weight: 2 }

/**
 * Fills `seconds` with those of a product y = x·w of m×k and k×n, of the gradient of its input dx = dy·wᵀ (m×n by n×k)
 * and of its weight dw = xᵀ·dy (k×m by m×n), in the order of `PRODUCT_PASSES`.
 *
 * @param groups products alike, each with matrices of its own
 * @param low runs in the low format of the training recipe; otherwise in 16 bits
 */
export function productSeconds(
  machine: Machine,
  seconds: Float64Array,
  m: number,
  n: number,
  k: number,
  groups: number,
  low: boolean,
): void {
  const { rates } = machine
  const own = low ? rates.low : rates.wide
  // Fractions from the start: whole numbers would be checked for overflow at every step.
  const perCore = groups / rates.cores
  const ms = Math.ceil(m * PER_SHORT)
  const ns = Math.ceil(n * PER_SHORT)
  const ks = Math.ceil(k * PER_SHORT)
  const ml = Math.ceil(m * PER_LONG)
  const nl = Math.ceil(n * PER_LONG)
  const kl = Math.ceil(k * PER_LONG)
  const mn = m * n
  const mk = m * k
  const kn = k * n
  seconds[0] = ratedSeconds(own, rates, perCore * Math.min(ms * nl, ml * ns), mn, k, mk + kn, groups)
  seconds[1] = ratedSeconds(own, rates, perCore * Math.min(ms * kl, ml * ks), mk, n, mn + kn, groups)
  seconds[2] = ratedSeconds(own, rates, perCore * Math.min(ks * nl, kl * ns), kn, m, mk + mn, groups)
  if (TILE_SHORT * ks !== k || TILE_SHORT * ns !== n) {
    const { unaligned } = rates
    seconds[0] = (seconds[0] ?? 0) * unaligned
    seconds[1] = (seconds[1] ?? 0) * unaligned
    seconds[2] = (seconds[2] ?? 0) * unaligned
  }
}

/** Seconds of one matrix product of m×k and k×n, without its gradients. */
export function gemmSeconds(machine: Machine, m: number, n: number, k: number, groups: number, low: boolean): number {
  const seconds = new Float64Array(3)
  productSeconds(machine, seconds, m, n, k, groups, low)
  return seconds[0] ?? 0
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
  const { fused, cores, products, pointwise, scorePasses } = machine.rates
  const flops = attentionFlops(batch, heads, queries, keys, flopsPerPair)
  const rows = batch * heads * queries
  if (fused === null) {
    const passes = backward ? SCORE_BYTES_BACKWARD : SCORE_BYTES_FORWARD
    return (2 * flops) / products + (rows * sequence * passes * scorePasses) / pointwise
  }
  const { extraKeys, tail, widthExponent, peak } = fused
  const width = flopsPerPair / (backward ? BACKWARD_FLOPS_PER_WIDTH : FORWARD_FLOPS_PER_WIDTH)
  const narrow = width < USUAL_WIDTH ? (width / USUAL_WIDTH) ** widthExponent : 1
  const share = (backward ? fused.backward : fused.forward) * narrow
  const beside = rows * (QUERY_TILE / 2 + extraKeys) + tail * cores * QUERY_TILE * Math.min(sequence, 2 * keys)
  return (flops + beside * flopsPerPair) / (peak * share)
}

/**
 * Bytes a score costs when attention is materialised with fused scale, mask and softmax: the product writes 2, softmax reads and writes 2 + 2,
 * dropout 2 + 2 + 1, the second product reads 2; backward the same tensors and their gradients.
 */
const SCORE_BYTES_FORWARD = 13
const SCORE_BYTES_BACKWARD = 19

/** Seconds of a kernel that only moves bytes. */
export function pointwiseSeconds(machine: Machine, bytes: number): number {
  return bytes / machine.rates.pointwise + POINTWISE_LAUNCH
}

/** Seconds a pointwise kernel takes however small: the constant of NVIDIA aiconfigurator's memory operators. */
const POINTWISE_LAUNCH = 3e-6

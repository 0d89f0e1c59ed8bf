/**
 * Calibrated constants of kernels: how far a chip's kernels stay behind its peaks, by family of chips and number format.
 * One set a family and precision, never a model or a measured row.
 */

import type { Chip, Precision } from '@walltime/hardware'
import type { AttentionKernel } from '../scenario/scenario.ts'

/**
 * Matrix products: T = launch + max(2·m·n·k·(1 + kRamp/k)·waves^waveExponent / (peak·share), bytes / (bandwidth·memoryShare)),
 * waves = ⌈tiles/cores⌉/(tiles/cores) with tiles of 128×256.
 */
export interface GemmEfficiency {
  /** Share of the dense peak that large products reach. */
  readonly share: number
  /** Seconds a kernel takes however small it is. */
  readonly launch: number
  /** Share of the memory bandwidth that operands reach. */
  readonly memoryShare: number
  /** Inner dimension at which the pipeline's filling costs as much as the product. */
  readonly kRamp: number
  readonly waveExponent: number
  /** Share of its cool single-chip speed that a chip keeps in sustained training, where power limits its clock. */
  readonly sustained: number
}

/** Fused attention: share of the bf16 peak forward and backward at long sequences, and the sequence at which half is lost. */
export interface AttentionEfficiency {
  readonly forward: number
  readonly backward: number
  readonly halfSequence: number
}

export interface KernelEfficiency {
  readonly gemm: Readonly<Partial<Record<Precision, GemmEfficiency>>>
  /** By kernel; products of materialised scores run at the matrix units' own share. */
  readonly attention: Readonly<Record<Exclude<AttentionKernel, 'materialised'>, AttentionEfficiency>>
  /** Share of the memory bandwidth that pointwise kernels reach. */
  readonly pointwise: number
  readonly source: string
  /** False where the family was never measured and the numbers are assumed from another. */
  readonly measured: boolean
}

const AICONFIGURATOR =
  'fitted on 16,200 products of NVIDIA aiconfigurator (commit 095f58a, TensorRT-LLM 1.3.0rc10), held-out error 7 to 15 %'
const SUSTAINED =
  'sustained: median over published dense training steps of the family (MosaicML, BigScience, NVIDIA DGX Cloud, NeMo, MLPerf, SimuMax)'
const BABELSTREAM = 'BabelStream triad, Azure AI-benchmarking-guide 8fd0c6e (2024-09)'

const FAMILIES: Readonly<Record<string, KernelEfficiency>> = {
  ampere: {
    gemm: {
      bf16: { share: 0.87, launch: 4e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.2, sustained: 0.76 },
      fp16: { share: 0.87, launch: 4e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.2, sustained: 0.76 },
      tf32: { share: 0.87, launch: 4e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.2, sustained: 0.76 },
    },
    attention: {
      'flash-1': { forward: 0.45, backward: 0.36, halfSequence: 450 },
      'flash-2': { forward: 0.65, backward: 0.57, halfSequence: 450 },
      flash: { forward: 0.65, backward: 0.57, halfSequence: 450 },
    },
    pointwise: 0.8,
    source: `bf16 share: best shape in S. Bekman's MAMF table (2026-08-22); attention: FlashAttention-2 paper, arXiv:2307.08691; ${BABELSTREAM}; other terms as Hopper; ${SUSTAINED}`,
    measured: true,
  },
  hopper: {
    gemm: {
      bf16: { share: 0.82, launch: 3e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.07, sustained: 0.77 },
      fp16: { share: 0.82, launch: 3e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.07, sustained: 0.77 },
      tf32: { share: 0.82, launch: 3e-6, memoryShare: 0.76, kRamp: 140, waveExponent: 0.07, sustained: 0.77 },
      fp8: { share: 0.66, launch: 13e-6, memoryShare: 0.73, kRamp: 225, waveExponent: 0.45, sustained: 0.83 },
    },
    attention: {
      'flash-1': { forward: 0.23, backward: 0.19, halfSequence: 500 },
      'flash-2': { forward: 0.37, backward: 0.32, halfSequence: 500 },
      flash: { forward: 0.6, backward: 0.52, halfSequence: 500 },
    },
    pointwise: 0.85,
    source: `${AICONFIGURATOR}; attention: FlashAttention-3 and cuDNN, arXiv:2407.08608; ${BABELSTREAM}; ${SUSTAINED}`,
    measured: true,
  },
  blackwell: {
    gemm: {
      bf16: { share: 0.7, launch: 2.4e-6, memoryShare: 0.6, kRamp: 45, waveExponent: 0.16, sustained: 0.66 },
      fp16: { share: 0.7, launch: 2.4e-6, memoryShare: 0.6, kRamp: 45, waveExponent: 0.16, sustained: 0.66 },
      tf32: { share: 0.7, launch: 2.4e-6, memoryShare: 0.6, kRamp: 45, waveExponent: 0.16, sustained: 0.66 },
      fp8: { share: 0.59, launch: 15.5e-6, memoryShare: 0.65, kRamp: 143, waveExponent: 0.56, sustained: 0.9 },
      fp4: { share: 0.44, launch: 6.2e-6, memoryShare: 0.49, kRamp: 440, waveExponent: 0.99, sustained: 0.9 },
    },
    attention: {
      'flash-1': { forward: 0.12, backward: 0.1, halfSequence: 600 },
      'flash-2': { forward: 0.18, backward: 0.15, halfSequence: 600 },
      flash: { forward: 0.66, backward: 0.52, halfSequence: 600 },
    },
    pointwise: 0.67,
    source: `${AICONFIGURATOR}; attention and pointwise: SimuMax system file b200_bf16_ceperm (commit 4dcaae5); ${SUSTAINED}`,
    measured: true,
  },
}

const ASSUMED_GEMM: GemmEfficiency = {
  share: 0.8,
  launch: 5e-6,
  memoryShare: 0.75,
  kRamp: 128,
  waveExponent: 0.2,
  sustained: 0.7,
}

const ASSUMED_ATTENTION: AttentionEfficiency = { forward: 0.4, backward: 0.35, halfSequence: 600 }

/** For families without kernel measurements: matrix shares in the range of the measured ones. */
const UNMEASURED: KernelEfficiency = {
  gemm: {
    bf16: ASSUMED_GEMM,
    fp16: ASSUMED_GEMM,
    tf32: ASSUMED_GEMM,
    fp8: { ...ASSUMED_GEMM, share: 0.65 },
    fp6: { ...ASSUMED_GEMM, share: 0.6 },
    fp4: { ...ASSUMED_GEMM, share: 0.45 },
  },
  attention: { 'flash-1': ASSUMED_ATTENTION, 'flash-2': ASSUMED_ATTENTION, flash: ASSUMED_ATTENTION },
  pointwise: 0.75,
  source:
    'assumed: no kernel measurements of this family; dense models of 8B and 32B were seen at 35 to 41 % of the peak on one Trainium2',
  measured: false,
}

/** The constants of a chip's family; those of an unmeasured family are assumed and say so. */
export function kernelEfficiency(chip: Chip): KernelEfficiency {
  return FAMILIES[chip.family] ?? UNMEASURED
}

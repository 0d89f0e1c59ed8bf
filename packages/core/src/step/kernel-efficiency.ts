/**
 * Calibrated constants of kernels: how far a chip's kernels stay behind its peaks, by family of chips and number format.
 * One set a family and precision, never a model or a measured row.
 */

import type { AttentionConstants, Chip, GemmConstants, Precision } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import type { AttentionKernel } from '../scenario/scenario.ts'
import { withOwnKernels } from './own-kernels.ts'

export interface KernelEfficiency {
  /** The same of fused attention, which draws less power than products. */
  readonly sustainedAttention: number
  /** Share of its cool single-chip speed that a chip keeps in sustained training, where power limits its clock, by format. */
  readonly sustained: Readonly<Record<Precision, number>>
  /** Speed of the chip's products over those of the first chip of its family, all formats alike: power and clock. */
  readonly speed: number
  readonly gemm: Readonly<Partial<Record<Precision, GemmConstants>>>
  /** By kernel; products of materialised scores run at the matrix units' own share. */
  readonly attention: Readonly<Record<Exclude<AttentionKernel, 'materialised'>, AttentionConstants>>
  /** Share of the memory bandwidth that pointwise kernels reach. */
  readonly pointwise: number
  readonly source: string
  /** False where the family was never measured and the numbers are assumed from another. */
  readonly measured: boolean
}

const AICONFIGURATOR =
  'fitted on products of NVIDIA aiconfigurator (commit 095f58a) by the fit package, held-out error 4 to 12 %'
const SUSTAINED = 'sustained: fitted on published training steps (docs/accuracy.md)'
const BABELSTREAM = 'BabelStream triad, Azure AI-benchmarking-guide 8fd0c6e (2024-09)'

/** The same on all chips: 90 published speeds of FlashAttention-2 and 3 and cuDNN (mean error 3.2 %), and the tables. */
function attention(forward: number, backward: number, widthExponent: number): AttentionConstants {
  return { forward, backward, widthExponent, extraKeys: 245, tail: 0.5 }
}

/** The formats of 16 bits and the one whose units are theirs. */
function wide(constants: GemmConstants): KernelEfficiency['gemm'] {
  return { bf16: constants, fp16: constants, tf32: constants }
}

/** Chips that differ from the first of their family (A100, H100, B200). */
const SPEEDS: Readonly<Record<string, number>> = { 'h200-sxm': 0.988, 'b300-sxm': 1.1, gb200: 0.967, gb300: 1.11 }

type FamilyEfficiency = Omit<KernelEfficiency, 'speed' | 'sustained' | 'sustainedAttention'>

const FAMILIES: Readonly<Record<string, FamilyEfficiency>> = {
  ampere: {
    gemm: {
      ...wide({ share: 0.851, launch: 5.2e-6, memoryShare: 0.61, kRamp: 115, waveExponent: 0.155 }),
    },
    attention: {
      'flash-1': attention(0.53, 0.42, 0.2),
      'flash-2': attention(0.76, 0.66, 0.2),
      flash: attention(0.76, 0.66, 0.2),
    },
    pointwise: 0.8,
    source: `${AICONFIGURATOR}; attention: FlashAttention-2 paper, arXiv:2307.08691; ${BABELSTREAM}; ${SUSTAINED}`,
    measured: true,
  },
  hopper: {
    gemm: {
      ...wide({ share: 0.825, launch: 3.05e-6, memoryShare: 0.795, kRamp: 116, waveExponent: 0.155 }),
      fp8: { share: 0.789, launch: 3.05e-6, memoryShare: 0.795, kRamp: 278, waveExponent: 0.25 },
    },
    attention: {
      'flash-1': attention(0.29, 0.21, 0.46),
      'flash-2': attention(0.46, 0.34, 0.46),
      flash: attention(0.7, 0.58, 0.46),
    },
    pointwise: 0.85,
    source: `${AICONFIGURATOR}; attention: FlashAttention-3 and cuDNN, arXiv:2407.08608; ${BABELSTREAM}; ${SUSTAINED}`,
    measured: true,
  },
  blackwell: {
    gemm: {
      ...wide({ share: 0.681, launch: 2.4e-6, memoryShare: 0.654, kRamp: 7, waveExponent: 0.155 }),
      fp8: { share: 0.653, launch: 2.4e-6, memoryShare: 0.654, kRamp: 96, waveExponent: 0.25 },
      fp4: { share: 0.549, launch: 2.4e-6, memoryShare: 0.654, kRamp: 749, waveExponent: 0.94 },
    },
    attention: {
      'flash-1': attention(0.13, 0.1, 0.46),
      'flash-2': attention(0.2, 0.15, 0.46),
      flash: attention(0.57, 0.48, 0.76),
    },
    pointwise: 0.67,
    source: `${AICONFIGURATOR}; attention: the same tables and SimuMax; pointwise: SimuMax system file b200_bf16_ceperm (commit 4dcaae5); ${SUSTAINED}`,
    measured: true,
  },
}

const ASSUMED_GEMM: GemmConstants = {
  share: 0.8,
  launch: 5e-6,
  memoryShare: 0.75,
  kRamp: 128,
  waveExponent: 0.2,
}

const TPU_GEMM: GemmConstants = {
  share: 0.95,
  launch: 1e-6,
  memoryShare: 0.8,
  kRamp: 128,
  waveExponent: 0.1,
}

const TPU_ATTENTION = attention(0.5, 0.43, 0.46)

/** Systolic arrays under one compiled program: no measured kernels, one sustained speed from published steps. */
const TPU: FamilyEfficiency = {
  gemm: { bf16: TPU_GEMM, fp16: TPU_GEMM, fp8: TPU_GEMM },
  attention: { 'flash-1': TPU_ATTENTION, 'flash-2': TPU_ATTENTION, flash: TPU_ATTENTION },
  pointwise: 0.8,
  source: `assumed, but for the sustained speed: MaxText's published steps on TPU v4 to v7x`,
  measured: false,
}

const ASSUMED_ATTENTION = attention(0.45, 0.39, 0.46)

/** For families without kernel measurements: matrix shares in the range of the measured ones. */
const UNMEASURED: FamilyEfficiency = {
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
    'assumed: no kernel measurements of this family; sustained: fitted on published steps of Trainium1 and MI350X, assumed elsewhere',
  measured: false,
}

/** Free constants of the sustained speed in 16-bit, 8-bit and 4-bit formats, by family or chip. */
const SUSTAINED_BY: Readonly<Record<string, readonly [keyof Calibration, keyof Calibration, keyof Calibration]>> = {
  ampere: ['sustainedAmpere', 'sustainedAmpere', 'sustainedAmpere'],
  hopper: ['sustainedHopper', 'sustainedHopperFp8', 'sustainedHopperFp8'],
  blackwell: ['sustainedBlackwell', 'sustainedBlackwellFp8', 'sustainedBlackwellFp4'],
  gb200: ['sustainedGraceBlackwell', 'sustainedBlackwellFp8', 'sustainedBlackwellFp4'],
  gb300: ['sustainedGraceBlackwell', 'sustainedBlackwellFp8', 'sustainedBlackwellFp4'],
  'tpu-v4': ['sustainedTpuV4', 'sustainedTpuV4', 'sustainedTpuV4'],
  'tpu-v5e': ['sustainedTpuV5e', 'sustainedTpuV5e', 'sustainedTpuV5e'],
  'tpu-v5p': ['sustainedTpuV5p', 'sustainedTpuV5p', 'sustainedTpuV5p'],
  'tpu-v6e': ['sustainedTpuV6e', 'sustainedTpuV6e', 'sustainedTpuV6e'],
  'tpu-v7x': ['sustainedTpuV7x', 'sustainedTpuV7x', 'sustainedTpuV7x'],
  'neuron-v2': ['sustainedTrainium', 'sustainedTrainium', 'sustainedTrainium'],
  cdna4: ['sustainedCdna4', 'sustainedCdna4', 'sustainedCdna4'],
}
/** Free constants of fused attention's sustained speed, by family. */
const ATTENTION_BY: Readonly<Record<string, keyof Calibration>> = {
  ampere: 'attentionAmpere',
  hopper: 'attentionHopper',
  blackwell: 'attentionBlackwell',
}
/** Assumed for families whose attention kernels were not measured. */
const ATTENTION_OTHER = 0.9

/** Assumed for families without published steps: a little below what the others keep. */
const SUSTAINED_OTHER = 0.65

function sustainedSpeeds(chip: Chip, calibration: Calibration): Readonly<Record<Precision, number>> {
  const names = SUSTAINED_BY[chip.id] ?? SUSTAINED_BY[chip.family]
  const share = (name: keyof Calibration | undefined) => (name === undefined ? SUSTAINED_OTHER : calibration[name])
  const [w, b, n] = [share(names?.[0]), share(names?.[1]), share(names?.[2])]
  return { fp32: w, tf32: w, bf16: w, fp16: w, fp8: b, int8: b, fp6: b, fp4: n }
}

/** The constants of a chip: its profile's own, and under them its family's; those of an unmeasured family are assumed and say so. */
export function kernelEfficiency(chip: Chip, calibration: Calibration): KernelEfficiency {
  const attention = ATTENTION_BY[chip.family]
  const family = FAMILIES[chip.family] ?? (chip.family.startsWith('tpu') ? TPU : UNMEASURED)
  return withOwnKernels(chip, {
    ...family,
    sustained: sustainedSpeeds(chip, calibration),
    sustainedAttention: attention === undefined ? ATTENTION_OTHER : calibration[attention],
    speed: SPEEDS[chip.id] ?? 1,
  })
}

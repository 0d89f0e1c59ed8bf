/** Free constants of the step model: where each starts, how far it may stray, what it means. */

import type { Calibration } from '@walltime/core/validate'

export interface StepConstant {
  /** What measurements of kernels, specifications or convention say before any step is seen. */
  readonly prior: number
  /** Standard deviation of the prior's logarithm. */
  readonly spread: number
  /** Value at which the term that the constant stands in is not there; absent where the model needs the constant. */
  readonly without?: number
  /** Largest value that has a meaning. */
  readonly most?: number
  readonly meaning: string
}

const sustained = (chip: string, prior = 0.85, spread = 0.15): StepConstant => ({
  prior,
  spread,
  most: 1.2,
  meaning: `share of its kernels' speed that ${chip} keeps in sustained training`,
})

const exposed = (what: string, prior: number, spread = 0.7): StepConstant => ({
  prior,
  spread,
  most: 1,
  meaning: `share of ${what} that stays visible where it may overlap`,
})

const launch = (stack: string, prior: number): StepConstant => ({
  prior,
  spread: 0.7,
  meaning: `host seconds per kernel launch, ${stack}`,
})

export const STEP_CONSTANTS: Readonly<Record<keyof Calibration, StepConstant>> = {
  sustainedAmpere: sustained('A100'),
  sustainedHopper: sustained('H100 in 16 bits'),
  sustainedHopperFp8: sustained('H100 in 8 bits'),
  sustainedBlackwell: sustained('Blackwell in 16 bits'),
  sustainedBlackwellFp8: sustained('Blackwell in 8 bits'),
  sustainedBlackwellFp4: sustained('Blackwell in 4 bits', 0.85, 0.3),
  sustainedTpuV4: sustained('TPU v4', 0.8),
  sustainedTpuV5e: sustained('TPU v5e', 0.8),
  sustainedTpuV5p: sustained('TPU v5p', 0.8),
  sustainedTpuV6e: sustained('TPU v6e', 0.8),
  sustainedTpuV7x: sustained('TPU v7x', 0.7, 0.25),
  sustainedTrainium: sustained('Trainium1', 0.7, 0.25),
  sustainedCdna4: sustained('MI350X and MI355X', 0.7, 0.25),
  sustainedGraceBlackwell: sustained('GB200 and GB300 in 16 bits'),
  attentionAmpere: { ...sustained('A100 in fused attention', 0.9), without: 1 },
  attentionHopper: { ...sustained('H100 in fused attention', 0.9), without: 1 },
  attentionBlackwell: { ...sustained('Blackwell in fused attention', 0.9), without: 1 },
  unaligned: {
    without: 1,
    prior: 1.1,
    spread: 0.15,
    meaning: "time of products whose weights' sides are no multiples of a tile",
  },
  groupedCompiled: {
    without: 1,
    prior: 1.3,
    spread: 0.4,
    meaning: "time of experts' products over that of one product as large, under XLA",
  },
  unfusedPasses: { without: 1, prior: 2.5, spread: 0.3, meaning: 'passes over memory of unfused pointwise chains' },
  unfusedNormPasses: { without: 1, prior: 8, spread: 0.4, meaning: 'passes over memory of an unfused norm' },
  dataRateScaling: {
    without: 1,
    prior: 0.3,
    spread: 1,
    most: 1,
    meaning: "share of the network's rate that gradients reach in Aleph Alpha's scaling library",
  },
  contention: {
    without: 1e-9,
    prior: 0.15,
    spread: 0.7,
    most: 1,
    meaning: 'compute that a second of hidden traffic between replicas costs',
  },
  materialisedPasses: {
    without: 1,
    prior: 1,
    spread: 0.5,
    meaning: 'passes of materialised scores over those of fused scale, mask and softmax',
  },
  expertSyncSeconds: {
    without: 1e-12,
    prior: 3e-4,
    spread: 1,
    meaning: 'host seconds of a pass through an expert layer before its kernels are launched',
  },
  stepSeconds: { without: 1e-9, prior: 0.03, spread: 0.7, meaning: 'seconds of a step whatever its size' },
  stepSecondsEager: {
    without: 1e-9,
    prior: 0.06,
    spread: 0.7,
    meaning: 'seconds of a step whatever its size, eager PyTorch',
  },
  slotSeconds: {
    without: 1e-12,
    prior: 1e-4,
    spread: 1,
    meaning: 'seconds that a chunk of a pipeline costs beside its work',
  },
  chipSpread: { without: 1e-9, prior: 0.008, spread: 0.5, meaning: "standard deviation of a chip's lasting speed" },
  launch: { ...launch('Megatron and FSDP', 2e-5), without: 1e-12 },
  launchEager: { ...launch('eager PyTorch', 3e-5), without: 1e-12 },
  exposedTensor: { ...exposed('tensor traffic', 0.3), without: 1 },
  exposedTensorCompiled: { ...exposed('tensor traffic under XLA', 0.5), without: 1 },
}

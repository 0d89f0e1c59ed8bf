/** Written by `npm run fit`: change the fit, not this file. */

import type { Region } from './regions.ts'

/** Free constants, and the standard deviation of their logarithms. */
export const FITTED = {
  sustainedAmpere: { value: 0.836, spread: 0.018 },
  sustainedHopper: { value: 0.831, spread: 0.019 },
  sustainedHopperFp8: { value: 0.762, spread: 0.028 },
  sustainedBlackwell: { value: 0.654, spread: 0.026 },
  sustainedBlackwellFp8: { value: 0.864, spread: 0.029 },
  sustainedBlackwellFp4: { value: 1.2, spread: 0.13 },
  sustainedTpuV4: { value: 0.878, spread: 0.026 },
  sustainedTpuV5e: { value: 0.971, spread: 0.029 },
  sustainedTpuV5p: { value: 0.869, spread: 0.032 },
  sustainedTpuV6e: { value: 0.685, spread: 0.026 },
  sustainedTpuV7x: { value: 0.751, spread: 0.048 },
  sustainedTrainium: { value: 0.619, spread: 0.036 },
  sustainedCdna4: { value: 0.615, spread: 0.088 },
  sustainedGraceBlackwell: { value: 0.814, spread: 0.033 },
  attentionAmpere: { value: 0.825, spread: 0.031 },
  attentionHopper: { value: 0.796, spread: 0.037 },
  attentionBlackwell: { value: 0.872, spread: 0.036 },
  attentionOther: { value: 0.937, spread: 0.14 },
  grouped: { value: 1.03, spread: 0.068 },
  unaligned: { value: 1.57, spread: 0.04 },
  groupedCompiled: { value: 2.6, spread: 0.073 },
  unfusedPasses: { value: 1.75, spread: 0.13 },
  unfusedNormPasses: { value: 10.6, spread: 0.27 },
  dataRateScaling: { value: 0.0583, spread: 0.2 },
  contention: { value: 0.231, spread: 0.27 },
  materialisedPasses: { value: 1.95, spread: 0.12 },
  expertPasses: { value: 1.04, spread: 0.15 },
  expertSyncSeconds: { value: 0.000639, spread: 0.13 },
  stepSeconds: { value: 0.0283, spread: 0.13 },
  stepSecondsEager: { value: 0.0522, spread: 0.29 },
  slotSeconds: { value: 0.000312, spread: 0.34 },
  chipSpread: { value: 0.00735, spread: 0.44 },
  launch: { value: 0.0000191, spread: 0.19 },
  launchEager: { value: 0.000117, spread: 0.038 },
  exposedTensor: { value: 0.206, spread: 0.36 },
  exposedTensorCompiled: { value: 0.27, spread: 0.34 },
} as const

/** Log error within which 90 % of measured steps of a region lie, each predicted without its own collection. */
export const REGION_SPREAD: Readonly<Record<Region, number>> = {
  ampere: 0.145,
  hopper: 0.112,
  'hopper-low': 0.151,
  blackwell: 0.123,
  'blackwell-low': 0.136,
  experts: 0.207,
  compiled: 0.157,
  'compiled-experts': 0.19,
  other: 0.128,
  'other-experts': 0.146,
}

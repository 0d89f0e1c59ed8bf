/** Written by `npm run fit`: change the fit, not this file. */

import type { Region } from './regions.ts'

/** Free constants, and the standard deviation of their logarithms. */
export const FITTED = {
  sustainedAmpere: { value: 0.836, spread: 0.018 },
  sustainedHopper: { value: 0.83, spread: 0.019 },
  sustainedHopperFp8: { value: 0.762, spread: 0.028 },
  sustainedBlackwell: { value: 0.654, spread: 0.026 },
  sustainedBlackwellFp8: { value: 0.863, spread: 0.028 },
  sustainedBlackwellFp4: { value: 1.2, spread: 0.13 },
  sustainedTpuV4: { value: 0.88, spread: 0.025 },
  sustainedTpuV5e: { value: 0.974, spread: 0.027 },
  sustainedTpuV5p: { value: 0.871, spread: 0.031 },
  sustainedTpuV6e: { value: 0.686, spread: 0.021 },
  sustainedTpuV7x: { value: 0.755, spread: 0.044 },
  sustainedTrainium: { value: 0.624, spread: 0.032 },
  sustainedCdna4: { value: 0.628, spread: 0.054 },
  sustainedGraceBlackwell: { value: 0.812, spread: 0.032 },
  attentionAmpere: { value: 0.825, spread: 0.031 },
  attentionHopper: { value: 0.797, spread: 0.037 },
  attentionBlackwell: { value: 0.867, spread: 0.035 },
  unaligned: { value: 1.59, spread: 0.025 },
  groupedCompiled: { value: 2.57, spread: 0.063 },
  unfusedPasses: { value: 1.75, spread: 0.13 },
  unfusedNormPasses: { value: 10.6, spread: 0.27 },
  dataRateScaling: { value: 0.0583, spread: 0.2 },
  contention: { value: 0.231, spread: 0.26 },
  materialisedPasses: { value: 1.95, spread: 0.12 },
  expertSyncSeconds: { value: 0.000657, spread: 0.11 },
  stepSeconds: { value: 0.0283, spread: 0.13 },
  stepSecondsEager: { value: 0.0521, spread: 0.29 },
  slotSeconds: { value: 0.000314, spread: 0.34 },
  chipSpread: { value: 0.00738, spread: 0.43 },
  launch: { value: 0.0000188, spread: 0.19 },
  launchEager: { value: 0.000117, spread: 0.038 },
  exposedTensor: { value: 0.199, spread: 0.36 },
  exposedTensorCompiled: { value: 0.27, spread: 0.34 },
} as const

/** Log error within which 90 % of measured steps of a region lie, each predicted without its own collection. */
export const REGION_SPREAD: Readonly<Record<Region, number>> = {
  ampere: 0.145,
  hopper: 0.112,
  'hopper-low': 0.151,
  blackwell: 0.122,
  'blackwell-low': 0.136,
  experts: 0.192,
  compiled: 0.158,
  'compiled-experts': 0.182,
  other: 0.128,
  'other-experts': 0.147,
}

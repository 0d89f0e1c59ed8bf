/** Written by `npm run fit`: change the fit, not this file. */

import type { Region } from './regions.ts'

/** Free constants, and the standard deviation of their logarithms. */
export const FITTED = {
  sustainedAmpere: { value: 0.817, spread: 0.033 },
  sustainedHopper: { value: 0.823, spread: 0.034 },
  sustainedHopperFp8: { value: 0.753, spread: 0.048 },
  sustainedBlackwell: { value: 0.654, spread: 0.051 },
  sustainedBlackwellFp8: { value: 0.842, spread: 0.053 },
  sustainedBlackwellFp4: { value: 1.06, spread: 0.2 },
  sustainedTpuV4: { value: 0.879, spread: 0.048 },
  sustainedTpuV5e: { value: 0.965, spread: 0.048 },
  sustainedTpuV5p: { value: 0.879, spread: 0.057 },
  sustainedTpuV6e: { value: 0.704, spread: 0.047 },
  sustainedTpuV7x: { value: 0.704, spread: 0.096 },
  sustainedTrainium: { value: 0.572, spread: 0.063 },
  sustainedCdna4: { value: 0.668, spread: 0.14 },
  sustainedGraceBlackwell: { value: 0.816, spread: 0.065 },
  attentionAmpere: { value: 0.855, spread: 0.061 },
  attentionHopper: { value: 0.805, spread: 0.072 },
  attentionBlackwell: { value: 0.889, spread: 0.068 },
  attentionOther: { value: 0.802, spread: 0.17 },
  grouped: { value: 1.2, spread: 0.096 },
  unaligned: { value: 1.1, spread: 0.1 },
  groupedCompiled: { value: 1.64, spread: 0.16 },
  pointwise: { value: 0.989, spread: 0.13 },
  unfusedPasses: { value: 2.04, spread: 0.22 },
  unfusedNormPasses: { value: 9.86, spread: 0.35 },
  dataRateScaling: { value: 0.0904, spread: 0.52 },
  contention: { value: 0.197, spread: 0.47 },
  materialisedPasses: { value: 1.62, spread: 0.28 },
  expertPasses: { value: 1.29, spread: 0.25 },
  expertSyncSeconds: { value: 0.000566, spread: 0.31 },
  stepSeconds: { value: 0.0288, spread: 0.24 },
  stepSecondsEager: { value: 0.112, spread: 0.24 },
  slotSeconds: { value: 0.000181, spread: 0.77 },
  chipSpread: { value: 0.00777, spread: 0.47 },
  launch: { value: 0.0000202, spread: 0.35 },
  launchEager: { value: 0.000114, spread: 0.081 },
  exposedTensor: { value: 0.258, spread: 0.47 },
  exposedTensorCompiled: { value: 0.303, spread: 0.5 },
} as const

/** Log error within which 90 % of measured steps of a region lie, each predicted without its own collection. */
export const REGION_SPREAD: Readonly<Record<Region, number>> = {
  ampere: 0.17,
  hopper: 0.13,
  'hopper-low': 0.14,
  blackwell: 0.16,
  'blackwell-low': 0.13,
  experts: 0.28,
  compiled: 0.13,
  'compiled-experts': 0.48,
  other: 0.14,
  'other-experts': 0.16,
}

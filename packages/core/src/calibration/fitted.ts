/** Written by `npm run fit`: change the fit, not this file. */

import type { Region } from './regions.ts'

/** Free constants, and the standard deviation of their logarithms. */
export const FITTED = {
  sustainedAmpere: { value: 0.819, spread: 0.031 },
  sustainedHopper: { value: 0.832, spread: 0.032 },
  sustainedHopperFp8: { value: 0.753, spread: 0.044 },
  sustainedBlackwell: { value: 0.669, spread: 0.049 },
  sustainedBlackwellFp8: { value: 0.856, spread: 0.048 },
  sustainedBlackwellFp4: { value: 1.06, spread: 0.21 },
  sustainedTpuV4: { value: 0.876, spread: 0.048 },
  sustainedTpuV5e: { value: 0.959, spread: 0.047 },
  sustainedTpuV5p: { value: 0.876, spread: 0.056 },
  sustainedTpuV6e: { value: 0.694, spread: 0.042 },
  sustainedTpuV7x: { value: 0.742, spread: 0.083 },
  sustainedTrainium: { value: 0.619, spread: 0.062 },
  sustainedCdna4: { value: 0.645, spread: 0.13 },
  sustainedGraceBlackwell: { value: 0.829, spread: 0.062 },
  attentionAmpere: { value: 0.852, spread: 0.06 },
  attentionHopper: { value: 0.82, spread: 0.074 },
  attentionBlackwell: { value: 0.883, spread: 0.066 },
  attentionOther: { value: 0.856, spread: 0.18 },
  grouped: { value: 1.09, spread: 0.096 },
  unaligned: { value: 1.5, spread: 0.063 },
  groupedCompiled: { value: 2.57, spread: 0.13 },
  unfusedPasses: { value: 2, spread: 0.21 },
  unfusedNormPasses: { value: 9.7, spread: 0.35 },
  dataRateScaling: { value: 0.079, spread: 0.46 },
  contention: { value: 0.182, spread: 0.49 },
  materialisedPasses: { value: 1.61, spread: 0.28 },
  expertPasses: { value: 1.2, spread: 0.21 },
  expertSyncSeconds: { value: 0.000567, spread: 0.29 },
  stepSeconds: { value: 0.0293, spread: 0.23 },
  stepSecondsEager: { value: 0.0584, spread: 0.43 },
  slotSeconds: { value: 0.000181, spread: 0.76 },
  chipSpread: { value: 0.00801, spread: 0.46 },
  launch: { value: 0.000021, spread: 0.3 },
  launchEager: { value: 0.000115, spread: 0.079 },
  exposedTensor: { value: 0.255, spread: 0.47 },
  exposedTensorCompiled: { value: 0.307, spread: 0.49 },
} as const

/** Log error within which 90 % of measured steps of a region lie, each predicted without its own collection. */
export const REGION_SPREAD: Readonly<Record<Region, number>> = {
  ampere: 0.16,
  hopper: 0.12,
  'hopper-low': 0.14,
  blackwell: 0.15,
  'blackwell-low': 0.14,
  experts: 0.2,
  compiled: 0.16,
  'compiled-experts': 0.26,
  other: 0.13,
  'other-experts': 0.15,
}

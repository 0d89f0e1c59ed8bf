/** Written by `npm run fit`: change the fit, not this file. */

export const FITTED = {
  sustainedAmpere: { value: 0.8, spread: 0.02 },
  sustainedHopper: { value: 0.81, spread: 0.02 },
  sustainedHopperFp8: { value: 0.77, spread: 0.02 },
  sustainedBlackwell: { value: 0.7, spread: 0.02 },
  sustainedBlackwellFp8: { value: 0.88, spread: 0.02 },
  sustainedBlackwellFp4: { value: 1, spread: 0.05 },
  sustainedTpuV4: { value: 0.9, spread: 0.05 },
  sustainedTpuV5e: { value: 0.9, spread: 0.05 },
  sustainedTpuV5p: { value: 0.9, spread: 0.05 },
  sustainedTpuV6e: { value: 0.9, spread: 0.05 },
  sustainedTpuV7x: { value: 0.9, spread: 0.05 },
  sustainedTrainium: { value: 0.63, spread: 0.05 },
  sustainedCdna4: { value: 0.63, spread: 0.05 },
  sustainedOther: { value: 0.63, spread: 0.1 },
} as const

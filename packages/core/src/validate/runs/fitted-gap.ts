/** Written by `npm run fit`: change the fit, not this file. */

import type { GapConstants } from './gap.ts'

/** Standard errors: 0.11 of the logarithm of `atOptimum`, 0.045 of `overtraining`. */
export const PRODUCTION_GAP: GapConstants = {
  atOptimum: 1.099,
  overtraining: 0.1101,
  sigma: 0.2326,
}

/** Written by `npm run fit`: change the fit, not this file. */

import type { GapConstants } from './gap.ts'

/** Standard errors: 0.11 of the logarithm of `atOptimum`, 0.043 of `overtraining`. */
export const PRODUCTION_GAP: GapConstants = {
  atOptimum: 1.102,
  overtraining: 0.106,
  sigma: 0.2265,
}

/** The free constants of the step model: fitted on published steps, never a model's or a row's own. */

import { FITTED } from './fitted.ts'

/** Value of every free constant; all are positive. */
export type Calibration = Readonly<Record<keyof typeof FITTED, number>>

/** The fitted values. */
export const CALIBRATION: Calibration = Object.fromEntries(
  Object.entries(FITTED).map(([name, { value }]) => [name, value]),
) as Calibration

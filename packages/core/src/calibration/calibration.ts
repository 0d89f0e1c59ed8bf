/** The free constants of the step model: fitted on published steps, never a model's or a row's own. */

import { FITTED } from './fitted.ts'

/** Value of every free constant; all are positive. */
export type Calibration = Readonly<Record<keyof typeof FITTED, number>>

/** A free constant as fitted. */
export interface FittedConstant {
  readonly value: number
  /** Standard deviation of the constant's logarithm. */
  readonly spread: number
}

/** The fitted values. */
export const CALIBRATION: Calibration = Object.fromEntries(
  Object.entries(FITTED).map(([name, { value }]) => [name, value]),
) as Calibration

/** Step seconds of a row under any free constants: what the fit evaluates many times. */

import type { Calibration } from '../calibration/calibration.ts'
import { compileLayouts, ownStepSeconds } from '../layout-evaluator.ts'
import { mainPhase, type Scenario } from '../scenario/scenario.ts'
import type { Row } from './row.ts'
import { recalibrated, rowScenario } from './row-scenario.ts'

/** Seconds of a row's step under a calibration; NaN where the model gives no finite time. */
export type RowSeconds = (calibration: Calibration) => number

function fits(scenario: Scenario): boolean {
  const evaluator = compileLayouts(scenario)
  return evaluator.evaluate(mainPhase(scenario).parallelism) === 0 && evaluator.fits
}

/** Reads a row once; null where the model cannot express it. */
export function rowSeconds(row: Row): RowSeconds | null {
  const read = rowScenario(row)
  if (!read.ok) return null
  // What is computed again where a row does not say depends on memory alone, which no free constant moves.
  const chosen = read.scenarios.find(fits) ?? read.scenarios.at(-1)
  if (chosen === undefined) return null
  return (calibration) => ownStepSeconds(recalibrated(row, chosen, calibration))
}

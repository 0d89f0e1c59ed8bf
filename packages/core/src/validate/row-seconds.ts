/** Step seconds of a row under any free constants: what the fit evaluates many times. */

import type { Calibration } from '../calibration/calibration.ts'
import { buildPlan } from '../layout/plan.ts'
import { peakMemory } from '../memory/memory.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { buildMachine } from '../step/machine.ts'
import { timeStep } from '../step/step.ts'
import type { Row } from './row.ts'
import { recalibrated, rowScenario } from './row-scenario.ts'

/** Seconds of a row's step under a calibration; NaN where the model gives no finite time. */
export type RowSeconds = (calibration: Calibration) => number

function stepSeconds(scenario: Scenario): number {
  const plan = buildPlan(scenario)
  return timeStep(plan, buildMachine(plan.pool, plan.training.precision, scenario.software, scenario.calibration))
    .seconds
}

function fits(scenario: Scenario): boolean {
  const plan = buildPlan(scenario)
  return peakMemory(plan, scenario.software.reserveBytes).bytes <= plan.pool.system.chip.memory.bytes
}

/** Reads a row once; null where the model cannot express it. */
export function rowSeconds(row: Row): RowSeconds | null {
  const read = rowScenario(row)
  if (!read.ok) return null
  // What is computed again where a row does not say depends on memory alone, which no free constant moves.
  const chosen = read.scenarios.find(fits) ?? read.scenarios.at(-1)
  if (chosen === undefined) return null
  return (calibration) => stepSeconds(recalibrated(row, chosen, calibration))
}

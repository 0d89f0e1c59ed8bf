import { valueAt } from '@walltime/hardware'
import { CONSTANTS } from './columns.ts'
import type { CompiledRun } from './compile/compiled.ts'
import { normalScore, type Rng } from './rng.ts'

/** What a trial does not know before it begins and what does not change while it lasts. */
export interface TrialConstants {
  readonly stepFactor: number
  readonly fleetFactor: number
  readonly restartSeconds: number
  readonly downtimeSeconds: number
  readonly usdPerChipHour: number
}

/** One standard-normal score a constant in the order of `CONSTANTS`, whether the constant is uncertain or not. */
export function drawScores(stream: Rng): readonly number[] {
  return CONSTANTS.map(() => normalScore(stream()))
}

/** The constants at their scores; a normal law that reaches below 0 is cut there. */
export function constantsAt(run: CompiledRun, scores: readonly number[]): TrialConstants {
  const [stepError = 0, fleet = 0, restart = 0, downtime = 0, price = 0] = scores
  return {
    stepFactor: Math.max(0, valueAt(run.constants.stepError, stepError)),
    fleetFactor: Math.max(0, valueAt(run.constants.fleet, fleet)),
    restartSeconds: Math.max(0, valueAt(run.constants.restart, restart)),
    downtimeSeconds: Math.max(0, valueAt(run.constants.downtime, downtime)),
    usdPerChipHour: Math.max(0, valueAt(run.constants.price, price)),
  }
}

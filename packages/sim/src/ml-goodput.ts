import { BADPUT_CAUSES, type BadputCause } from './columns.ts'

/**
 * Names of `GoodputType` and `BadputType` in ml-goodput-measurement (github.com/AI-Hypercomputer/ml-goodput-measurement,
 * goodput_utils.py, README.md "Badput Breakdown", read 2026-11) that seconds of a run fall under.
 */
export const ML_GOODPUT_TYPES = [
  'TOTAL',
  'TRAINING_PREP',
  'UNPRODUCTIVE_CHECKPOINT_SAVE_TIME',
  'WASTED_PROGRESS_FROM_DISRUPTION',
  'INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION',
  'CUSTOM_BADPUT_EVENTS',
] as const
export type MlGoodputType = (typeof ML_GOODPUT_TYPES)[number]

/**
 * Where that library, watching the same run, would book each second.
 * - `TOTAL` (its only goodput): the steps that were kept, slow ones included, because it times steps and does not judge
 *   their pace: our productive, degraded and straggler.
 * - `TRAINING_PREP`: our startup and restart. The library splits them between TPU_INITIALIZATION, TRAINING_PREP (which holds
 *   loading the checkpoint) and PROGRAM_STARTUP; a simulated start is one number.
 * - `WASTED_PROGRESS_FROM_DISRUPTION`: lostWork and rollback, steps that were done again.
 * - `INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION`: from the last step to the new start: detection, waitForSpare, requeue,
 *   maintenance.
 * - `UNPRODUCTIVE_CHECKPOINT_SAVE_TIME`: checkpointSave. `CUSTOM_BADPUT_EVENTS`: evaluation, the library's own example.
 */
export const ML_GOODPUT_TYPE: Readonly<Record<'productive' | BadputCause, MlGoodputType>> = {
  productive: 'TOTAL',
  degraded: 'TOTAL',
  straggler: 'TOTAL',
  startup: 'TRAINING_PREP',
  restart: 'TRAINING_PREP',
  lostWork: 'WASTED_PROGRESS_FROM_DISRUPTION',
  rollback: 'WASTED_PROGRESS_FROM_DISRUPTION',
  detection: 'INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION',
  waitForSpare: 'INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION',
  requeue: 'INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION',
  maintenance: 'INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION',
  checkpointSave: 'UNPRODUCTIVE_CHECKPOINT_SAVE_TIME',
  evaluation: 'CUSTOM_BADPUT_EVENTS',
}

/** Seconds of a run (mean ones, or those of a trial) under the library's names; they add up to the same wall clock. */
export function mlGoodput(run: {
  readonly productiveSeconds: number
  readonly badputSeconds: Readonly<Record<BadputCause, number>>
}): Readonly<Record<MlGoodputType, number>> {
  const seconds = Object.fromEntries(ML_GOODPUT_TYPES.map((type) => [type, 0])) as Record<MlGoodputType, number>
  seconds[ML_GOODPUT_TYPE.productive] += run.productiveSeconds
  for (const cause of BADPUT_CAUSES) seconds[ML_GOODPUT_TYPE[cause]] += run.badputSeconds[cause]
  return seconds
}

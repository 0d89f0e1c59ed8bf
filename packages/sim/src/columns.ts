/** What a trial leaves behind: one number a column; a table of trials is stored column by column. */

/** Causes of seconds that made no step of the final model. Those without a law in the engine yet stay 0. */
export const BADPUT_CAUSES = [
  'startup',
  'detection',
  'restart',
  'lostWork',
  'checkpointSave',
  'waitForSpare',
  'degraded',
  'rollback',
  'straggler',
  'maintenance',
  'requeue',
] as const
export type BadputCause = (typeof BADPUT_CAUSES)[number]

/** Constants that a trial draws, by standard-normal score. */
export const CONSTANTS = ['stepError', 'fleet', 'restart', 'downtime', 'price'] as const
export type Constant = (typeof CONSTANTS)[number]

export const OUTCOMES = ['wallClockSeconds', 'costUsd', 'energyJoules', 'goodput', 'interruptions'] as const
export type Outcome = (typeof OUTCOMES)[number]

export const COLUMNS = [
  ...OUTCOMES,
  'checkpoints',
  'productiveSeconds',
  ...BADPUT_CAUSES,
  ...CONSTANTS.map((c) => `score.${c}` as const),
] as const
export type ColumnName = (typeof COLUMNS)[number]

/** Place of a column in a row; the failures of each class follow the last named column in the order of the classes. */
export const COLUMN = Object.fromEntries(COLUMNS.map((name, i) => [name, i])) as Readonly<Record<ColumnName, number>>

export function columnCount(classes: number): number {
  return COLUMNS.length + classes
}

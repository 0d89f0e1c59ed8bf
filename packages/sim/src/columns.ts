/** What a trial leaves behind: one number a column. */

/** Causes of seconds that made no step of the final model; one that cannot occur in a run stays 0. */
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
  'evaluation',
] as const
export type BadputCause = (typeof BADPUT_CAUSES)[number]

/** Place of a cause in `BADPUT_CAUSES`. */
export const BADPUT = Object.fromEntries(BADPUT_CAUSES.map((cause, i) => [cause, i])) as Readonly<
  Record<BadputCause, number>
>

/** Constants that a trial draws, by standard-normal score. */
export const CONSTANTS = ['stepError', 'fleet', 'restart', 'downtime', 'price'] as const
export type Constant = (typeof CONSTANTS)[number]

/** Numbers of every trial that are kept for exact quantiles: five of 8 bytes and four of 4. */
export const OUTCOMES = [
  'wallClockSeconds',
  'costUsd',
  'energyJoules',
  'goodput',
  'ettr',
  'interruptions',
  'chipHoursPaid',
  'chipHoursUsed',
  'checkpointBytes',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Outcomes that single precision holds well enough: counts up to 16 million, and totals to 1 in 10⁷. */
export const SINGLES: ReadonlySet<Outcome> = new Set<Outcome>([
  'interruptions',
  'chipHoursPaid',
  'chipHoursUsed',
  'checkpointBytes',
])

/** Numbers that are only summed over the trials. */
export const SUMMED = ['productiveSeconds', ...BADPUT_CAUSES] as const
export type Summed = (typeof SUMMED)[number]

/** Row of a trial as it comes from a worker; failures by class and checkpoints by tier follow. */
export const COLUMNS = [...OUTCOMES, ...SUMMED, ...CONSTANTS.map((c) => `score.${c}` as const)] as const
export type ColumnName = (typeof COLUMNS)[number]

/** Place of a column in a row. */
export const COLUMN = Object.fromEntries(COLUMNS.map((name, i) => [name, i])) as Readonly<Record<ColumnName, number>>

export function columnCount(run: { readonly classes: readonly unknown[]; readonly tiers: readonly unknown[] }): number {
  return COLUMNS.length + run.classes.length + run.tiers.length
}

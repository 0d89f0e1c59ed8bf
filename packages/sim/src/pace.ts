/** What one second of the job's computing is worth: a function of its state, never one scalar. */

/** What the job is: where it stands in its plan and how much of it is alive. */
export interface JobState {
  /** Index of the phase. */
  readonly phase: number
  /** Data-parallel replicas that are missing. */
  readonly missingReplicas: number
}

/** Seconds of planned work done in one second, by phase (row) and missing replicas (column): 1 at full strength. */
export type PaceTable = readonly (readonly number[])[]

/** One phase that needs all its replicas. */
export const RIGID: PaceTable = [[1]]

export const FULL_STRENGTH: JobState = { phase: 0, missingReplicas: 0 }

/** Seconds of planned work done in one second in a state; 0 where the table does not know it: the job stands. */
export function progressPerSecond(pace: PaceTable, state: JobState): number {
  return pace[state.phase]?.[state.missingReplicas] ?? 0
}

/** What one trial did from second to second. */

import type { BadputCause } from './columns.ts'

/** Where a run stands on the path that the final model keeps: seconds by what they went into. What is left is checkpoints. */
export interface PathPosition {
  readonly phase: number
  readonly work: number
  readonly degraded: number
  readonly straggler: number
  readonly evaluation: number
}

/** What a trial tells while it is played, in the order of time. */
export interface Recorder {
  /** Seconds from `from` on in which the job did not run. */
  span(cause: BadputCause, from: number, seconds: number): void
  /** Seconds in which it ran, checkpoints included, up to `position` (or to where it fell back in them), with so many nodes missing. */
  running(from: number, seconds: number, position: PathPosition, missing: number): void
  /** A failure of a class struck, its cause was found, or another job took the nodes. */
  event(at: number, kind: string): void
  /** The last so many seconds of running are lost: the job is back at `position`. */
  lost(at: number, seconds: number, cause: LostCause, position: PathPosition): void
}

export type LostCause = 'lostWork' | 'rollback'

/** What a trial's seconds went into; those of all spans add up to its productive seconds and its badput. */
export type SpanSeconds = Readonly<Partial<Record<'productive' | BadputCause, number>>>

/** A stretch of one trial. Spans adjoin from 0 to the end of the run. */
export interface TimelineSpan {
  /** Seconds of wall clock. */
  readonly start: number
  readonly end: number
  /** `running` is time that the final model kept, checkpoints included; what was lost later is `lostWork` or `rollback`. */
  readonly state: 'running' | BadputCause
  /** Index into the timeline's phases. */
  readonly phase: number
  /** Nodes that an elastic job ran without; 0 where it stood. */
  readonly missingNodes: number
  /** Seconds of work that the final model kept, up to the end of this span. */
  readonly workSeconds: number
  readonly seconds: SpanSeconds
}

export interface TimelineEvent {
  readonly seconds: number
  /** Id of the failure class that struck; `ID found` for a slow or corrupting one; `preempted` by another job of the cluster. */
  readonly kind: string
}

export interface Timeline {
  readonly seed: string | number
  readonly trial: number
  readonly wallClockSeconds: number
  /** Ids of the phases. */
  readonly phases: readonly string[]
  readonly spans: readonly TimelineSpan[]
  readonly events: readonly TimelineEvent[]
}

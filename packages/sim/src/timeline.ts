import type { BadputCause } from './columns.ts'

/** What a trial tells while it is played, in the order of time. */
export interface Recorder {
  /** Seconds from `from` on in which the job did not run. */
  span(cause: BadputCause, from: number, seconds: number): void
  /** Seconds in which it ran, checkpoints included, up to so many seconds of work, with so many nodes missing. */
  running(from: number, seconds: number, work: number, missing: number): void
  /** A failure of a class struck. */
  event(at: number, kind: string): void
  /** The last so many seconds of running are lost: the job is back at so many seconds of work. */
  lost(at: number, seconds: number, work: number): void
}

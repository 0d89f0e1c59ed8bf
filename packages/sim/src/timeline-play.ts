import { playTrial, stuck } from './batch.ts'
import { compileRun } from './compile/run.ts'
import { Trial } from './engine/trial.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import type { Timeline } from './timeline.ts'
import { timelineRecorder } from './timeline-recorder.ts'
import { must, shown } from './validate.ts'

export interface PlayOptions {
  /** Default 'walltime', as in `simulateRun`. */
  readonly seed?: string | number
  /** Index of the trial in a simulation of this seed, such as one of `typicalTrials`. Default 0. */
  readonly trial?: number
}

/** Plays one trial of a simulation again, and tells what it did from second to second. */
export function playTimeline(spec: RunSpec, { seed = 'walltime', trial = 0 }: PlayOptions = {}): Timeline {
  must(Number.isInteger(trial) && trial >= 0, 'trial', `must be a whole number of at least 0, not ${shown(trial)}`)
  const run = compileRun(spec)
  const played = new Trial(run)
  const recorder = timelineRecorder()
  const { end } = playTrial(played, run, seed, trial, recorder)
  if (end !== 'done') throw new SimulationError('cannot-finish', 'intervalSeconds', stuck(trial, end))
  const spans = recorder.spans()
  return {
    seed,
    trial,
    wallClockSeconds: played.now,
    phases: run.phases.map(({ id }) => id),
    spans,
    events: recorder.events,
  }
}

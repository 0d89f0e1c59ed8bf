import { COLUMN, COLUMNS, CONSTANTS, columnCount } from './columns.ts'
import type { CompiledRun } from './compile/compiled.ts'
import { MAX_FAILURES } from './compile/run.ts'
import { constantsAt, drawScores } from './constants.ts'
import { Trial, type TrialEnd } from './engine/trial.ts'
import { trialStreams } from './rng.ts'
import type { Recorder } from './timeline.ts'

/** Trials `first` to `first + count − 1` of a run. Plain data. */
export interface TrialBatch {
  readonly run: CompiledRun
  readonly seed: string | number
  readonly first: number
  readonly count: number
}

/** What came of a batch. Plain data: an error crosses threads without losing its code. */
export type BatchResult =
  | { readonly ok: true; readonly first: number; readonly count: number; readonly columns: Float64Array }
  | { readonly ok: false; readonly code: 'cannot-finish'; readonly message: string }

/** The trials of a batch, column after column, `count` numbers each. A pure function of its argument. */
export function runBatch({ run, seed, first, count }: TrialBatch): BatchResult {
  const columns = new Float64Array(columnCount(run) * count)
  const trial = new Trial(run)
  for (let row = 0; row < count; row++) {
    const { end, scores } = playTrial(trial, run, seed, first + row)
    if (end !== 'done') return { ok: false, code: 'cannot-finish', message: stuck(first + row, end) }
    writeRow(trial, run, scores, columns, count, row)
  }
  return { ok: true, first, count, columns }
}

/** Plays one trial of a seed; its results stand in `trial`. */
export function playTrial(
  trial: Trial,
  run: CompiledRun,
  seed: string | number,
  index: number,
  recorder?: Recorder,
): { readonly end: TrialEnd; readonly scores: readonly number[] } {
  const streams = trialStreams(seed, index, run.streams)
  const scores = drawScores(streams.constants)
  return { end: trial.play(constantsAt(run, scores), streams, recorder), scores }
}

function writeRow(
  trial: Trial,
  run: CompiledRun,
  scores: readonly number[],
  into: Float64Array,
  stride: number,
  row: number,
): void {
  const { now, badput, struck, position, constants } = trial
  const { work, written } = position
  const put = (column: number, value: number) => {
    into[column * stride + row] = value
  }
  const training = work + position.degraded + position.straggler
  put(COLUMN.wallClockSeconds, now)
  put(COLUMN.costUsd, (trial.paidChipSeconds / 3600) * constants.usdPerChipHour)
  put(COLUMN.energyJoules, trial.energyJoules)
  put(COLUMN.goodput, now > 0 ? work / now : 1)
  put(COLUMN.ettr, now > 0 ? training / now : 1)
  put(COLUMN.interruptions, trial.interruptions)
  put(COLUMN.chipHoursPaid, trial.paidChipSeconds / 3600)
  put(COLUMN.chipHoursUsed, trial.usedChipSeconds / 3600)
  let bytes = 0
  for (const [k, tier] of run.tiers.entries()) bytes += (written[k] as number) * tier.bytes
  put(COLUMN.checkpointBytes, bytes)
  put(COLUMN.productiveSeconds, work)
  for (let c = 0; c < badput.length; c++) put(COLUMN.startup + c, badput[c] as number)
  for (const [i, name] of CONSTANTS.entries()) put(COLUMN[`score.${name}`], scores[i] as number)
  for (let c = 0; c < struck.length; c++) put(COLUMNS.length + c, struck[c] as number)
  for (let k = 0; k < written.length; k++) put(COLUMNS.length + struck.length + k, written[k] as number)
}

/** Why a trial has no end, for a message. */
export function stuck(trial: number, end: Exclude<TrialEnd, 'done'>): string {
  if (end === 'no-node-left') return `trial ${trial} waits for ever: no spare is left and no repair brings one back`
  if (end === 'no-place-in-queue')
    return `trial ${trial} waits for ever: the other jobs of the cluster leave the run no room`
  return `trial ${trial} failed more than ${MAX_FAILURES} times without getting through: its failures come faster than a restart and an interval take`
}

/**
 * One run from its start to its last checkpoint, from failure to failure. Whole segments (interval and checkpoint) between
 * two failures are skipped by division, so a failure costs the same however long the interval is.
 *
 * The rules: failures strike startup, restart, computing and checkpoints, not detection, downtime and waiting. A startup
 * that is struck starts over; any later attempt begins with a restart. A checkpoint is safe `durableAfter` seconds after
 * its blocking part, and a failure goes back to the newest safe one. The run ends with the blocking part of the last
 * checkpoint. A repair begins when its failure is noticed.
 */

import { COLUMN } from './columns.ts'
import { type CompiledRun, MAX_FAILURES } from './compile.ts'
import type { TrialConstants } from './constants.ts'
import { FULL_STRENGTH, progressPerSecond } from './pace.ts'
import { exponential, type Rng } from './rng.ts'
import { segmentCount } from './segment.ts'
import type { SparePool } from './spare-pool.ts'

/** Where a trial is written: `data[column · stride + row]`. */
export interface TrialSink {
  readonly data: Float64Array
  readonly stride: number
  readonly row: number
}

/** Tables by class in the order of the run's classes, for the inner loop. */
export interface ClassTables {
  /** Σ of the rates up to and with the class, over the rate of the job. */
  readonly cumulative: Float64Array
  readonly detection: Float64Array
  readonly losesNode: Uint8Array
  readonly automaticShare: Float64Array
  readonly automaticSeconds: Float64Array
  readonly manualSeconds: Float64Array
  /** Failures of the trial by class; written anew by each trial. */
  readonly failures: Float64Array
}

/** Runs one trial into its row. False where the run does not get through: more failures than `MAX_FAILURES`. */
export function runTrial(
  run: CompiledRun,
  tables: ClassTables,
  spares: SparePool | undefined,
  constants: TrialConstants,
  events: Rng,
  sink: TrialSink,
): boolean {
  const { cumulative, detection, losesNode, automaticShare, automaticSeconds, manualSeconds, failures } = tables
  const { blockingSeconds, durableAfterSeconds } = run
  const { restartSeconds, downtimeSeconds } = constants
  const progress = progressPerSecond(run.pace, FULL_STRENGTH)
  const meanGap = 1 / (run.rate * constants.fleetFactor)
  const work = run.workSeconds * constants.stepFactor
  const compute = work / progress
  const segments = segmentCount(compute, run.intervalSeconds)
  const whole = run.intervalSeconds + blockingSeconds
  const last = compute - (segments - 1) * run.intervalSeconds + blockingSeconds
  const finalClass = cumulative.length - 1

  failures.fill(0)
  spares?.reset()
  let now = 0
  let safe = 0
  let written = 0
  let count = 0
  let started = false
  let startup = 0
  let restart = 0
  let detecting = 0
  let waiting = 0
  let lost = 0

  for (;;) {
    const gap = meanGap === Infinity ? Infinity : exponential(events()) * meanGap
    const before = started ? restartSeconds : run.startupSeconds
    const reached = gap >= before
    if (started) restart += reached ? before : gap
    else startup += reached ? before : gap
    if (reached) {
      started = true
      const exposed = gap - before
      const left = segments > 0 ? (segments - safe - 1) * whole + last : 0
      if (exposed >= left) {
        now += before + left
        written += segments - safe
        break
      }
      const saved = Math.min(Math.floor(exposed / whole), segments - safe - 1)
      const into = exposed - saved * whole
      const unsafe = into < durableAfterSeconds ? Math.min(saved, Math.ceil((durableAfterSeconds - into) / whole)) : 0
      lost += into + unsafe * whole
      safe += saved - unsafe
      written += saved
    }
    now += gap
    if (++count > MAX_FAILURES) return false

    // Each failure takes three numbers from the stream whether it needs them or not: runs that differ stay in step.
    const draw = events()
    const repairDraw = events()
    let kind = 0
    while (kind < finalClass && draw >= (cumulative[kind] as number)) kind++
    failures[kind] = (failures[kind] as number) + 1
    const noticed = (detection[kind] as number) + downtimeSeconds
    detecting += noticed
    now += noticed
    if (spares !== undefined && losesNode[kind] === 1) {
      const automatic = repairDraw < (automaticShare[kind] as number)
      const ready = spares.replace(now, (automatic ? automaticSeconds[kind] : manualSeconds[kind]) as number)
      waiting += ready - now
      now = ready
    }
  }

  const { data, stride, row } = sink
  const checkpointing = segments * blockingSeconds
  const idle = startup + restart + detecting + waiting + checkpointing
  data[COLUMN.wallClockSeconds * stride + row] = now
  data[COLUMN.costUsd * stride + row] = (now / 3600) * run.billedChips * constants.usdPerChipHour
  data[COLUMN.energyJoules * stride + row] = (compute + lost) * run.busyWatts + idle * run.idleWatts
  data[COLUMN.goodput * stride + row] = now > 0 ? work / now : 1
  data[COLUMN.interruptions * stride + row] = count
  data[COLUMN.checkpoints * stride + row] = written
  data[COLUMN.productiveSeconds * stride + row] = work
  data[COLUMN.startup * stride + row] = startup
  data[COLUMN.detection * stride + row] = detecting
  data[COLUMN.restart * stride + row] = restart
  data[COLUMN.lostWork * stride + row] = lost
  data[COLUMN.checkpointSave * stride + row] = checkpointing
  data[COLUMN.waitForSpare * stride + row] = waiting
  data[COLUMN.degraded * stride + row] = compute - work
  return true
}

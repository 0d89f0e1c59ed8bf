import { certain, type Uncertain } from '@walltime/hardware'
import { dalyInterval } from './daly.ts'
import { FULL_STRENGTH, type PaceTable, progressPerSecond, RIGID } from './pace.ts'
import { expectedSegment, segmentCount } from './segment.ts'
import { SimulationError } from './simulation-error.ts'
import type { FailureClassSpec, RunSpec } from './spec.ts'
import { isObject, must, nonNegative, positive, shown, uncertain } from './validate.ts'

/** A run after validation: defaults filled in, rates of the whole job, plain data that a worker can be sent. */
export interface CompiledRun {
  readonly workSeconds: number
  readonly intervalSeconds: number
  readonly blockingSeconds: number
  readonly durableAfterSeconds: number
  readonly startupSeconds: number
  readonly constants: {
    readonly stepError: Uncertain
    readonly fleet: Uncertain
    readonly restart: Uncertain
    readonly downtime: Uncertain
    /** USD for one chip and one hour. */
    readonly price: Uncertain
  }
  readonly billedChips: number
  readonly busyWatts: number
  readonly idleWatts: number
  readonly classes: readonly CompiledClass[]
  /** Failures of the job per second at the median fleet. */
  readonly rate: number
  /** Absent: a lost node is replaced at once. */
  readonly spareNodes?: number
  readonly pace: PaceTable
  /** Failures of the median run, to size batches by. */
  readonly expectedFailures: number
}

export interface CompiledClass {
  readonly id: string
  /** Failures of the job per second. */
  readonly rate: number
  readonly detectionSeconds: number
  readonly losesNode: boolean
  readonly automaticShare: number
  readonly automaticSeconds: number
  readonly manualSeconds: number
}

/** A trial with more failures than this is given up: the run does not get through. */
export const MAX_FAILURES = 2_000_000
const MAX_SPARES = 10_000_000
const MAX_CHECKPOINTS = 1e15

/** Checks a run and fills in its defaults; rates become those of the whole job. Throws a `SimulationError`. */
export function compileRun(spec: RunSpec): CompiledRun {
  const workSeconds = positive('workSeconds', spec.workSeconds)
  const { blockingSeconds, durableAfterSeconds } = compileCheckpoint(spec)
  const classes = compileClasses(spec)
  const sum = classes.reduce((total, c) => total + c.rate, 0)
  must(Number.isFinite(sum), 'failures', 'the failure rates add up to more than a number can hold')
  const constants = {
    stepError: factor('stepError', spec.stepError),
    fleet: factor('fleet', spec.fleet),
    restart: uncertain('restartSeconds', spec.restartSeconds),
    downtime: uncertain('downtimeSeconds', spec.downtimeSeconds ?? 0),
    price: uncertain('cost.usdPerChipHour', spec.cost?.usdPerChipHour ?? 0),
  }
  // A mean time between failures beyond the largest number is no failure.
  const rate = Number.isFinite(1 / (sum * constants.fleet.p50)) ? sum : 0
  const pace = compilePace(spec.pace ?? RIGID)
  const intervalSeconds = chooseInterval(spec, blockingSeconds, durableAfterSeconds, rate * constants.fleet.p50)
  const compiled = {
    workSeconds,
    intervalSeconds,
    blockingSeconds,
    durableAfterSeconds,
    startupSeconds: nonNegative('startupSeconds', spec.startupSeconds ?? 0),
    constants,
    billedChips: nonNegative('cost.chips', spec.cost?.chips ?? 0),
    busyWatts: nonNegative('power.busyWatts', spec.power?.busyWatts ?? 0),
    idleWatts: nonNegative('power.idleWatts', spec.power?.idleWatts ?? 0),
    classes,
    rate,
    ...(spec.spares === undefined ? {} : { spareNodes: compileSpares(spec.spares.nodes) }),
    pace,
  }
  return { ...compiled, expectedFailures: expectedFailures(compiled) }
}

function compileCheckpoint(spec: RunSpec) {
  const { checkpoint } = spec
  if (typeof checkpoint === 'number') {
    return { blockingSeconds: nonNegative('checkpoint', checkpoint), durableAfterSeconds: 0 }
  }
  must(isObject(checkpoint), 'checkpoint', `must be seconds or {blockingSeconds}, not ${shown(checkpoint)}`)
  return {
    blockingSeconds: nonNegative('checkpoint.blockingSeconds', checkpoint.blockingSeconds),
    durableAfterSeconds: nonNegative('checkpoint.durableAfterSeconds', checkpoint.durableAfterSeconds ?? 0),
  }
}

function compileClasses(spec: RunSpec): readonly CompiledClass[] {
  const units = nonNegative('units', spec.units ?? 1)
  const { failures } = spec
  must(isObject(failures), 'failures', `must be {mtbfSeconds} or a list of failure classes, not ${shown(failures)}`)
  if ('mtbfSeconds' in failures) {
    const { mtbfSeconds } = failures
    must(
      mtbfSeconds > 0,
      'failures.mtbfSeconds',
      `must be more than 0 (Infinity: nothing fails), not ${shown(mtbfSeconds)}`,
    )
    return [{ ...NOTHING_LOST, id: 'failure', rate: units / mtbfSeconds, detectionSeconds: 0 }]
  }
  must(Array.isArray(failures), 'failures', 'must be {mtbfSeconds} or a list of failure classes')
  return failures.map((c, i) => compileClass(c, units, `failures.${i}`, spec.spares !== undefined))
}

const NOTHING_LOST = { losesNode: false, automaticShare: 1, automaticSeconds: 0, manualSeconds: 0 } as const

function compileClass(c: FailureClassSpec, units: number, path: string, countsSpares: boolean): CompiledClass {
  const common = {
    id: c.id,
    rate: nonNegative(`${path}.rate`, c.rate) * nonNegative(`${path}.units`, c.units ?? units),
    detectionSeconds: nonNegative(`${path}.detectionSeconds`, c.detectionSeconds ?? 0),
  }
  if (c.losesNode !== true || !countsSpares) return { ...NOTHING_LOST, ...common }
  const { repair } = c
  if (repair === undefined) {
    throw new SimulationError('invalid-value', `${path}.repair`, `class ${c.id} loses a node and needs a repair time`)
  }
  const automaticShare = nonNegative(`${path}.repair.automaticShare`, repair.automaticShare)
  must(automaticShare <= 1, `${path}.repair.automaticShare`, `must be a share from 0 to 1, not ${automaticShare}`)
  return {
    ...common,
    losesNode: true,
    automaticShare,
    automaticSeconds: nonNegative(`${path}.repair.automaticSeconds`, repair.automaticSeconds),
    manualSeconds: nonNegative(`${path}.repair.manualSeconds`, repair.manualSeconds),
  }
}

function factor(path: string, given: Uncertain | undefined): Uncertain {
  const law = given === undefined ? certain(1) : uncertain(path, given)
  must(law.p50 > 0, path, `must have a median of more than 0, not ${law.p50}`)
  return law
}

function compileSpares(nodes: number): number {
  const valid = Number.isInteger(nodes) && nodes >= 0 && nodes <= MAX_SPARES
  must(valid, 'spares.nodes', `must be a whole number from 0 to ${MAX_SPARES}, not ${shown(nodes)}`)
  return nodes
}

function compilePace(pace: PaceTable): PaceTable {
  const full = progressPerSecond(pace, FULL_STRENGTH)
  must(full > 0 && full <= 1, 'pace', `must be more than 0 and at most 1 at full strength, not ${full}`)
  return pace
}

/**
 * Daly's higher order at the median rate, but no shorter than one step, and no shorter than a checkpoint needs to become
 * safe: the next one would have to wait for it.
 */
function chooseInterval(spec: RunSpec, blocking: number, durableAfter: number, rate: number): number {
  const shortest = positive('shortestIntervalSeconds', spec.shortestIntervalSeconds ?? 1)
  const given = spec.intervalSeconds
  if (given !== 'auto') {
    const tau = positive('intervalSeconds', given)
    must(spec.workSeconds / tau < MAX_CHECKPOINTS, 'intervalSeconds', `${tau} s is too short for this much work`)
    return tau
  }
  if (rate === 0) return spec.workSeconds
  const best = Math.max(dalyInterval(blocking, 1 / rate), durableAfter - blocking, shortest)
  return Math.min(best, spec.workSeconds)
}

function expectedFailures(run: Omit<CompiledRun, 'expectedFailures'>): number {
  const rate = run.rate * run.constants.fleet.p50
  const restart = run.constants.restart.p50 + run.durableAfterSeconds
  const work = run.workSeconds * run.constants.stepError.p50
  const segment = {
    computeSeconds: Math.min(run.intervalSeconds, work),
    blockingSeconds: run.blockingSeconds,
    restartSeconds: restart,
    downtimeSeconds: 0,
    rate,
  }
  const startup = { ...segment, computeSeconds: run.startupSeconds, blockingSeconds: 0, restartSeconds: 0 }
  const exposed = segmentCount(work, run.intervalSeconds) * expectedSegment(segment) + expectedSegment(startup)
  const failures = rate * exposed
  if (!(failures <= MAX_FAILURES)) {
    throw new SimulationError(
      'cannot-finish',
      'intervalSeconds',
      `the run would fail more than ${MAX_FAILURES} times: mean time between failures ${show(1 / rate)} s, ` +
        `restart ${show(restart)} s, checkpoint every ${show(run.intervalSeconds)} s`,
    )
  }
  return failures
}

function show(value: number): string {
  return value.toPrecision(4)
}

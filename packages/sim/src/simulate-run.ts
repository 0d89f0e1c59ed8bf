import { isSpread } from '@walltime/hardware'
import {
  BADPUT_CAUSES,
  type BadputCause,
  COLUMN,
  COLUMNS,
  CONSTANTS,
  type ColumnName,
  type Constant,
  type Outcome,
} from './columns.ts'
import { type CompiledRun, compileRun } from './compile.ts'
import { average, type Distribution, distribution } from './distribution.ts'
import type { Executor } from './executor.ts'
import { inlineExecutor } from './inline-executor.ts'
import { type Progress, runBatches, type TrialTable } from './run-batches.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import { must, shown } from './validate.ts'
import { type VarianceShares, type VarianceSource, varianceShares } from './variance-shares.ts'

export interface SimulateOptions {
  /** Default 10,000. */
  readonly trials?: number
  /** Default 'walltime'. The same seed gives the same bits on any executor and any number of threads. */
  readonly seed?: string | number
  /** Used by '@walltime/sim/node', which has threads. Default: as many as there are processors. */
  readonly threads?: number
  /** Stops early: the answer then has the trials that were finished, and `interrupted`. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Default: the calling thread. It is left open. */
  readonly executor?: Executor
  /** Trials that an executor is given at a time; no result depends on it. */
  readonly batchTrials?: number
  /** Keeps every trial's numbers in `columns`. */
  readonly keepTrials?: boolean
}

export interface RunDistribution extends Readonly<Record<Outcome, Distribution>> {
  /** Trials that are in the answer. */
  readonly trials: number
  readonly completed: number
  readonly requested: number
  readonly interrupted: boolean
  readonly seed: string | number
  /** Mean seconds of the steps that the final model kept; with all of `badputSeconds` they add up to the mean wall clock. */
  readonly productiveSeconds: number
  readonly badputSeconds: Readonly<Record<BadputCause, number>>
  readonly checkpoint: { readonly intervalSeconds: number; readonly blockingSeconds: number; readonly count: number }
  /** Mean interruptions of a run by failure class. */
  readonly interruptionsByClass: Readonly<Record<string, number>>
  /** Shares of the variance of cost (at the top, as scripts read it), of cost again and of wall clock. */
  readonly variance: VarianceShares & Readonly<Record<'costUsd' | 'wallClockSeconds', VarianceShares>>
  /** One number a trial, in the order of the trials. */
  readonly columns?: Readonly<Record<ColumnName, Float64Array>>
}

export const DEFAULT_TRIALS = 10_000
const MAX_TRIALS = 1e8

/** Monte Carlo of a run that is stated in seconds. Rejects with a `SimulationError` where the run or the options are wrong. */
export async function simulateRun(spec: RunSpec, options: SimulateOptions = {}): Promise<RunDistribution> {
  const {
    trials = DEFAULT_TRIALS,
    seed = 'walltime',
    executor = inlineExecutor(),
    signal,
    onProgress,
    batchTrials,
  } = options
  checkOptions(trials, seed, batchTrials)
  const run = compileRun(spec)
  const table = await runBatches(run, {
    trials,
    seed,
    executor,
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
    ...(batchTrials === undefined ? {} : { batchTrials }),
  })
  if (table.completed === 0) throw new SimulationError('aborted', '', 'stopped before the first trials were finished')
  return summarise(run, table, { trials, seed, keepTrials: options.keepTrials === true })
}

function checkOptions(trials: number, seed: string | number, batchTrials: number | undefined): void {
  const whole = (value: number) => Number.isInteger(value) && value >= 1 && value <= MAX_TRIALS
  must(whole(trials), 'trials', `must be a whole number from 1 to ${MAX_TRIALS}, not ${shown(trials)}`)
  must(
    batchTrials === undefined || whole(batchTrials),
    'batchTrials',
    `must be a whole number of at least 1, not ${shown(batchTrials)}`,
  )
  const named = typeof seed === 'string' || (typeof seed === 'number' && !Number.isNaN(seed))
  must(named, 'seed', `must be a text or a number, not ${shown(seed)}`)
}

interface Asked {
  readonly trials: number
  readonly seed: string | number
  readonly keepTrials: boolean
}

function summarise(run: CompiledRun, table: TrialTable, asked: Asked): RunDistribution {
  const column = (name: ColumnName) => table.columns[COLUMN[name]] as Float64Array
  const mean = (name: ColumnName) => average(column(name))
  const costUsd = sharesOf(run, column, column('costUsd'))
  const wallClockSeconds = sharesOf(run, column, column('wallClockSeconds'))
  const byClass = run.classes.map(({ id }, c) => [id, average(table.columns[COLUMNS.length + c] as Float64Array)])
  return {
    trials: table.completed,
    completed: table.completed,
    requested: asked.trials,
    interrupted: table.completed < asked.trials,
    seed: asked.seed,
    wallClockSeconds: distribution(column('wallClockSeconds')),
    costUsd: distribution(column('costUsd')),
    energyJoules: distribution(column('energyJoules')),
    goodput: distribution(column('goodput')),
    interruptions: distribution(column('interruptions')),
    productiveSeconds: mean('productiveSeconds'),
    badputSeconds: Object.fromEntries(BADPUT_CAUSES.map((c) => [c, mean(c)])) as Record<BadputCause, number>,
    checkpoint: {
      intervalSeconds: run.intervalSeconds,
      blockingSeconds: run.blockingSeconds,
      count: mean('checkpoints'),
    },
    interruptionsByClass: Object.fromEntries(byClass),
    variance: { ...costUsd, costUsd, wallClockSeconds },
    ...(asked.keepTrials
      ? { columns: Object.fromEntries(COLUMNS.map((c) => [c, column(c)])) as Record<ColumnName, Float64Array> }
      : {}),
  }
}

/** What each unknown constant counts as in the decomposition of variance. */
const SOURCES: Readonly<Record<Constant, Exclude<VarianceSource, 'chance'>>> = {
  stepError: 'model',
  fleet: 'fleet',
  restart: 'fleet',
  downtime: 'fleet',
  price: 'price',
}

function sharesOf(run: CompiledRun, column: (name: ColumnName) => Float64Array, values: Float64Array): VarianceShares {
  const uncertain = CONSTANTS.filter((c) => isSpread(run.constants[c]))
  return varianceShares(
    values,
    uncertain.map((c) => ({ source: SOURCES[c], scores: column(`score.${c}`) })),
  )
}

import { BADPUT_CAUSES, type BadputCause, type ColumnName, OUTCOMES, type Outcome } from './columns.ts'
import type { CompiledRun, RunWarning } from './compile/compiled.ts'
import { compileRun } from './compile/run.ts'
import { type Distribution, distribution, quantile, quantileStandardError } from './distribution.ts'
import type { Executor } from './executor.ts'
import { inlineExecutor } from './inline-executor.ts'
import { checkMemory, type Progress, runBatches } from './run-batches.ts'
import { SimulationError } from './simulation-error.ts'
import type { CheckpointKind, RunSpec } from './spec.ts'
import { BLOCK_TRIALS, type Means, TrialTable } from './trial-table.ts'
import { must, shown } from './validate.ts'
import type { VarianceShares } from './variance-shares.ts'

export interface SimulateOptions {
  /** Default 10,000; with `untilError` the most that are made, 1,000,000 unless given. */
  readonly trials?: number
  /** Goes on until the P50 and P95 of wall clock and cost have standard errors of at most this share of themselves. */
  readonly untilError?: number
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
  /** Standard errors of these means. */
  readonly standardErrors: {
    readonly productiveSeconds: number
    readonly badputSeconds: Readonly<Record<BadputCause, number>>
    readonly interruptionsByClass: Readonly<Record<string, number>>
    /** Of the counts of each tier. */
    readonly checkpoints: readonly number[]
  }
  /** Of the first phase and tier, and each tier by itself. */
  readonly checkpoint: {
    readonly intervalSeconds: number
    readonly blockingSeconds: number
    readonly count: number
    readonly tiers: readonly CheckpointTier[]
  }
  /** Mean failures of a run by class; some may not have stopped it. */
  readonly interruptionsByClass: Readonly<Record<string, number>>
  /** Shares of the variance of cost (at the top, as scripts read it), of cost again and of wall clock. */
  readonly variance: VarianceShares & Readonly<Record<'costUsd' | 'wallClockSeconds', VarianceShares>>
  /** Trials whose wall clock is nearest to its quantiles: what to look at in a timeline. */
  readonly typicalTrials: { readonly p5: number; readonly p50: number; readonly p95: number }
  readonly warnings: readonly RunWarning[]
  /** One number a trial, in the order of the trials. */
  readonly columns?: Readonly<Record<ColumnName, Float64Array>>
}

export interface CheckpointTier {
  readonly kind: CheckpointKind
  readonly intervalSeconds: number
  /** Mean checkpoints of a run, the lost ones included. */
  readonly count: number
}

export const DEFAULT_TRIALS = 10_000
const MAX_TRIALS = 1e8
const MAX_TRIALS_UNTIL = 1_000_000

/** Monte Carlo of a run that is stated in seconds. Rejects with a `SimulationError` where the run or the options are wrong. */
export async function simulateRun(spec: RunSpec, options: SimulateOptions = {}): Promise<RunDistribution> {
  const { untilError, seed = 'walltime', executor = inlineExecutor(), keepTrials = false } = options
  const trials = options.trials ?? (untilError === undefined ? DEFAULT_TRIALS : MAX_TRIALS_UNTIL)
  checkOptions(trials, seed, options)
  checkMemory(untilError === undefined ? trials : BLOCK_TRIALS, keepTrials)
  const run = compileRun(spec)
  // Rounds of whole blocks, each as long as all before it, until the errors are small enough.
  const firstRound = untilError === undefined ? trials : Math.min(trials, BLOCK_TRIALS)
  const table = new TrialTable(run, 0, firstRound, keepTrials)
  let asked = firstRound
  await runBatches(run, table, { ...options, seed, executor, first: 0, trials: firstRound })
  while (untilError !== undefined && table.completed === asked && asked < trials && !preciseEnough(table, untilError)) {
    const more = Math.min(asked, trials - asked)
    checkMemory(asked + more, keepTrials)
    table.grow(more)
    await runBatches(run, table, { ...options, seed, executor, first: asked, trials: more })
    asked += more
  }
  table.close()
  if (table.completed === 0) throw new SimulationError('aborted', '', 'stopped before the first trials were finished')
  return summarise(run, table, { trials: asked, seed })
}

/** The relative standard errors of the P50 and P95 of wall clock and cost are at most `share`. */
function preciseEnough(table: TrialTable, share: number): boolean {
  return (['wallClockSeconds', 'costUsd'] as const).every((name) => {
    const sorted = table.outcome(name).toSorted()
    return [0.5, 0.95].every((p) => quantileStandardError(sorted, p) <= share * quantile(sorted, p))
  })
}

function checkOptions(trials: number, seed: string | number, options: SimulateOptions): void {
  const { batchTrials, untilError } = options
  const whole = (value: number) => Number.isInteger(value) && value >= 1 && value <= MAX_TRIALS
  must(whole(trials), 'trials', `must be a whole number from 1 to ${MAX_TRIALS}, not ${shown(trials)}`)
  must(
    batchTrials === undefined || whole(batchTrials),
    'batchTrials',
    `must be a whole number of at least 1, not ${shown(batchTrials)}`,
  )
  must(
    untilError === undefined || (untilError > 0 && untilError < 1),
    'untilError',
    `must be a share between 0 and 1, not ${shown(untilError)}`,
  )
  const named = typeof seed === 'string' || (typeof seed === 'number' && !Number.isNaN(seed))
  must(named, 'seed', `must be a text or a number, not ${shown(seed)}`)
}

/** What the trials of a table say. */
export function summarise(
  run: CompiledRun,
  table: TrialTable,
  asked: { readonly trials: number; readonly seed: string | number },
): RunDistribution {
  const { means, standardErrors, variance } = table.totals()
  const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, distribution(table.outcome(name))]))
  const ofCauses = ({ seconds: values }: Means) =>
    Object.fromEntries(BADPUT_CAUSES.map((c) => [c, values[c]])) as Record<BadputCause, number>
  const ofClasses = ({ byClass }: Means) =>
    Object.fromEntries(run.classes.map(({ id }, c) => [id, byClass[c] as number]))
  const [first] = run.phases
  const interval = first?.intervalSeconds ?? 0
  const tiers = run.tiers.map(({ kind }, k) => ({
    kind,
    intervalSeconds: interval * (first?.every[k] ?? 1),
    count: means.byTier[k] as number,
  }))
  const columns = table.kept()
  return {
    ...(outcomes as Record<Outcome, Distribution>),
    trials: table.completed,
    completed: table.completed,
    requested: asked.trials,
    interrupted: table.completed < asked.trials,
    seed: asked.seed,
    productiveSeconds: means.seconds.productiveSeconds,
    badputSeconds: ofCauses(means),
    standardErrors: {
      productiveSeconds: standardErrors.seconds.productiveSeconds,
      badputSeconds: ofCauses(standardErrors),
      interruptionsByClass: ofClasses(standardErrors),
      checkpoints: standardErrors.byTier,
    },
    checkpoint: {
      intervalSeconds: interval,
      blockingSeconds: run.tiers[0]?.blockingSeconds ?? 0,
      count: tiers[0]?.count ?? 0,
      tiers,
    },
    interruptionsByClass: ofClasses(means),
    variance: { ...variance.costUsd, ...variance },
    typicalTrials: typicalTrials(table),
    warnings: run.warnings,
    ...(columns === undefined ? {} : { columns }),
  }
}

function typicalTrials(table: TrialTable): RunDistribution['typicalTrials'] {
  const wallClock = table.outcome('wallClockSeconds')
  const rows = Uint32Array.from(wallClock, (_, i) => i).sort(
    (a, b) => (wallClock[a] as number) - (wallClock[b] as number),
  )
  const at = (p: number) => table.trialOf(rows[Math.round(p * (rows.length - 1))] as number)
  return { p5: at(0.05), p50: at(0.5), p95: at(0.95) }
}

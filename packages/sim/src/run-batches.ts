import type { TrialBatch } from './batch.ts'
import { COLUMNS } from './columns.ts'
import type { CompiledRun } from './compile/compiled.ts'
import type { Executor } from './executor.ts'
import { SimulationError } from './simulation-error.ts'
import type { TrialTable } from './trial-table.ts'

export interface Progress {
  /** Trials. */
  readonly completed: number
  readonly requested: number
}

export interface BatchOptions {
  /** Index of the first trial. */
  readonly first: number
  readonly trials: number
  readonly seed: string | number
  readonly executor: Executor
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Trials of a batch; default: by the failures that one has. */
  readonly batchTrials?: number
}

const ATTEMPTS = 3
const BATCH_FAILURES = 150_000
const MAX_BATCH = 1000
const MAX_BYTES = 4e9
/** What the table keeps of a trial: five numbers of 8 bytes and four of 4, and its share of the sums. */
const TRIAL_BYTES = 60

/**
 * Runs trials in batches into a table. A batch whose worker died is tried again. After an abort the batches that came back stay.
 */
export async function runBatches(run: CompiledRun, table: TrialTable, options: BatchOptions): Promise<void> {
  const { first, trials, executor, signal } = options
  const size = options.batchTrials ?? batchTrials(run, trials, executor.concurrency)
  const batches = Math.ceil(trials / size)
  let next = 0
  let completed = 0

  const lane = async () => {
    while (next < batches && signal?.aborted !== true) {
      const from = next++ * size
      const count = Math.min(size, trials - from)
      const batch = await attempt(executor, { run, seed: options.seed, first: first + from, count }, signal)
      if (batch === undefined) return
      table.add(first + from, count, batch)
      completed += count
      options.onProgress?.({ completed: first + completed, requested: first + trials })
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.max(1, executor.concurrency) }, lane))
  } finally {
    next = batches
  }
}

/** The columns of a batch; undefined where the signal aborted it. */
async function attempt(executor: Executor, batch: TrialBatch, signal?: AbortSignal): Promise<Float64Array | undefined> {
  let failure: unknown
  for (let i = 0; i < ATTEMPTS; i++) {
    try {
      const result = await executor.run(batch, signal)
      if (result.ok) return result.columns
      failure = new SimulationError(result.code, 'intervalSeconds', result.message)
      break
    } catch (error) {
      if (signal?.aborted === true) return undefined
      failure = new SimulationError(
        'executor-failed',
        '',
        `trials ${batch.first} to ${batch.first + batch.count - 1} failed ${ATTEMPTS} times: ${error instanceof Error ? error.message : error}`,
      )
    }
  }
  throw failure
}

function batchTrials(run: CompiledRun, trials: number, concurrency: number): number {
  const bySize = Math.min(MAX_BATCH, Math.floor(BATCH_FAILURES / (1 + run.expectedFailures)))
  return Math.max(1, Math.min(bySize, Math.ceil(trials / concurrency)))
}

/** Throws where a table of so many trials would be too large. */
export function checkMemory(trials: number, keepTrials: boolean): void {
  const each = keepTrials ? COLUMNS.length * Float64Array.BYTES_PER_ELEMENT + TRIAL_BYTES : TRIAL_BYTES
  if (trials * each <= MAX_BYTES) return
  const message = `${trials} trials need ${((trials * each) / 1e9).toFixed(0)} GB of memory: ask for ${Math.floor(MAX_BYTES / each)} at most`
  throw new SimulationError('too-many-trials', 'trials', message)
}

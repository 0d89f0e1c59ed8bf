import type { TrialBatch } from './batch.ts'
import { columnCount } from './columns.ts'
import type { CompiledRun } from './compile.ts'
import type { Executor } from './executor.ts'
import { SimulationError } from './simulation-error.ts'

export interface Progress {
  /** Trials. */
  readonly completed: number
  readonly requested: number
}

export interface BatchOptions {
  readonly trials: number
  readonly seed: string | number
  readonly executor: Executor
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Trials of a batch; default: by the failures that one has. */
  readonly batchTrials?: number
}

/** Finished trials in the order of their index, one array a column. */
export interface TrialTable {
  readonly columns: readonly Float64Array[]
  readonly completed: number
}

const ATTEMPTS = 3
const BATCH_FAILURES = 150_000
const MAX_BATCH = 1000
const MAX_BYTES = 16e9

/**
 * Runs all trials in batches and puts them in order. A batch whose worker died is tried again. After an abort the batches
 * that came back stay.
 */
export async function runBatches(run: CompiledRun, options: BatchOptions): Promise<TrialTable> {
  const { trials, executor, signal } = options
  const size = options.batchTrials ?? batchTrials(run, trials, executor.concurrency)
  const columns = allocate(columnCount(run.classes.length), trials)
  const done = new Uint8Array(Math.ceil(trials / size))
  let next = 0
  let completed = 0

  const lane = async () => {
    while (next < done.length && signal?.aborted !== true) {
      const index = next++
      const first = index * size
      const count = Math.min(size, trials - first)
      const batch = await attempt(executor, { run, seed: options.seed, first, count }, signal)
      if (batch === undefined) return
      for (const [c, column] of columns.entries()) column.set(batch.subarray(c * count, (c + 1) * count), first)
      done[index] = 1
      completed += count
      options.onProgress?.({ completed, requested: trials })
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.max(1, executor.concurrency) }, lane))
  } finally {
    next = done.length
  }
  return completed === trials ? { columns, completed } : keepFinished(columns, done, size, completed)
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

function allocate(columns: number, trials: number): readonly Float64Array[] {
  const bytes = columns * trials * Float64Array.BYTES_PER_ELEMENT
  if (bytes > MAX_BYTES) {
    const message = `${trials} trials need ${(bytes / 1e9).toFixed(0)} GB of memory: ask for ${Math.floor(MAX_BYTES / 8 / columns)} at most`
    throw new SimulationError('too-many-trials', 'trials', message)
  }
  return Array.from({ length: columns }, () => new Float64Array(trials))
}

function keepFinished(columns: readonly Float64Array[], done: Uint8Array, size: number, completed: number): TrialTable {
  const kept = columns.map((column) => {
    const short = new Float64Array(completed)
    let filled = 0
    for (const [index, finished] of done.entries()) {
      if (finished === 0) continue
      const part = column.subarray(index * size, (index + 1) * size)
      short.set(part, filled)
      filled += part.length
    }
    return short
  })
  return { columns: kept, completed }
}

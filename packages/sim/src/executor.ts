import type { BatchResult, TrialBatch } from './batch.ts'

/**
 * Where batches of trials are computed. A batch comes back the same wherever it runs; `run` rejects only where no answer
 * can come (the worker died, the signal aborted), and the batch can then be given again.
 */
export interface Executor {
  /** Batches that can be under way at once. */
  readonly concurrency: number
  run(batch: TrialBatch, signal?: AbortSignal): Promise<BatchResult>
  /** Frees threads and memory; nothing keeps the process alive afterwards. */
  close(): Promise<void>
}

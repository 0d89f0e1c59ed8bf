import { runBatch } from './batch.ts'
import type { Executor } from './executor.ts'

/** Computes on the calling thread; lets the event loop turn before each batch, so that an abort is noticed. */
export function inlineExecutor(): Executor {
  return {
    concurrency: 1,
    async run(batch, signal) {
      await new Promise((resolve) => setTimeout(resolve, 0))
      signal?.throwIfAborted()
      return runBatch(batch)
    },
    async close() {},
  }
}

import { type Endpoint, expose, type Remote, transfer, wrap } from 'comlink'
import { type BatchResult, runBatch, type TrialBatch } from './batch.ts'
import type { Executor } from './executor.ts'

/** A worker as this executor needs it: comlink's endpoint, how to stop it, how to learn that it died. */
export interface TrialWorker {
  readonly endpoint: Endpoint
  terminate(): void
  onDeath(listener: (error: Error) => void): void
}

interface TrialService {
  run(batch: TrialBatch): BatchResult
}

/** Makes a worker compute batches: the whole body of a worker's module is `serveTrials()`. */
export function serveTrials(endpoint?: Endpoint): void {
  const service: TrialService = {
    run(batch) {
      const result = runBatch(batch)
      return result.ok ? transfer(result, [result.columns.buffer as ArrayBuffer]) : result
    },
  }
  expose(service, endpoint)
}

/** The part of a browser's `Worker` that is used here; any `Worker` fits. */
export interface WorkerLike extends Endpoint {
  terminate(): void
}

/** A browser's `Worker` whose module calls `serveTrials()`. */
export function browserWorker(worker: WorkerLike): TrialWorker {
  return {
    endpoint: worker,
    terminate: () => worker.terminate(),
    onDeath(listener) {
      const onError = (event: Event) => {
        listener(new Error('message' in event ? String(event.message) : 'the worker could not be loaded'))
      }
      worker.addEventListener('error', onError as (event: Event) => void)
    },
  }
}

/**
 * Computes on `workers` workers that `start` makes, one batch each at a time. A worker that dies, or is at work when the
 * signal aborts, is stopped and made anew for the next batch.
 */
export function workerExecutor(start: () => TrialWorker, workers: number): Executor {
  const seats = Array.from({ length: workers }, () => new Seat(start))
  return {
    concurrency: workers,
    run: (batch, signal) => seats.reduce((a, b) => (b.waiting < a.waiting ? b : a)).run(batch, signal),
    async close() {
      for (const seat of seats) seat.stop(new Error('the executor was closed'))
    },
  }
}

/** One worker at a time, and the batches that wait for it. */
class Seat {
  waiting = 0
  private readonly start: () => TrialWorker
  private last: Promise<unknown> = Promise.resolve()
  private live: { readonly worker: TrialWorker; readonly remote: Remote<TrialService> } | undefined
  private fail: ((error: Error) => void) | undefined

  constructor(start: () => TrialWorker) {
    this.start = start
  }

  run(batch: TrialBatch, signal?: AbortSignal): Promise<BatchResult> {
    this.waiting++
    const result = this.last.then(() => this.compute(batch, signal)).finally(() => this.waiting--)
    this.last = result.catch(() => undefined)
    return result
  }

  stop(reason: Error): void {
    this.live?.worker.terminate()
    this.live = undefined
    this.fail?.(reason)
  }

  private async compute(batch: TrialBatch, signal?: AbortSignal): Promise<BatchResult> {
    signal?.throwIfAborted()
    const onAbort = () => this.stop(new Error('aborted'))
    signal?.addEventListener('abort', onAbort)
    try {
      return await new Promise<BatchResult>((resolve, reject) => {
        this.fail = reject
        const { remote } = this.worker()
        remote.run(batch).then(resolve, reject)
      })
    } finally {
      this.fail = undefined
      signal?.removeEventListener('abort', onAbort)
    }
  }

  private worker() {
    if (this.live === undefined) {
      const worker = this.start()
      const live = { worker, remote: wrap<TrialService>(worker.endpoint) }
      worker.onDeath((error) => {
        if (this.live === live) this.stop(error)
      })
      this.live = live
    }
    return this.live
  }
}

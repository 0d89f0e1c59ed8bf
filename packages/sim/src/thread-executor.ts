import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { Executor } from './executor.ts'
import { must, shown } from './validate.ts'

export interface ThreadOptions {
  /** Default: as many as there are processors. */
  readonly threads?: number
  /** Module that computes a batch, in place of the one that ships. */
  readonly worker?: URL
}

const MAX_THREADS = 1024
const FROM_SOURCE = import.meta.url.endsWith('.ts')
const WORKER = new URL(FROM_SOURCE ? './trial-worker.ts' : './trial-worker.js', import.meta.url)

/** Computes on threads of this process. An abort kills the threads that are at work; a thread that dies is replaced. */
export function threadExecutor({ threads = availableParallelism(), worker = WORKER }: ThreadOptions = {}): Executor {
  const valid = Number.isInteger(threads) && threads >= 1 && threads <= MAX_THREADS
  must(valid, 'threads', `must be a whole number from 1 to ${MAX_THREADS}, not ${shown(threads)}`)
  const pool = new Piscina({
    filename: worker.href,
    minThreads: threads,
    maxThreads: threads,
    ...(worker.pathname.endsWith('.ts') ? { execArgv: ['--import', 'tsx', '--conditions=@walltime/source'] } : {}),
  })
  return {
    concurrency: threads,
    run: (batch, signal) => pool.run(batch, signal === undefined ? {} : { signal }),
    close: () => pool.destroy(),
  }
}

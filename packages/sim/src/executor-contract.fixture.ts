import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Executor } from './executor.ts'
import { inlineExecutor } from './inline-executor.ts'
import { MIXED } from './run.fixture.ts'
import { type SimulateOptions, simulateRun } from './simulate-run.ts'

export interface ExecutorUnderTest {
  readonly name: string
  readonly threads: readonly number[]
  make(threads: number): Executor
  /** An executor whose workers die in the middle: once, or always. */
  makeMortal(threads: number, death: 'once' | 'always'): Executor
}

const OPTIONS: SimulateOptions = { trials: 60, seed: 7, batchTrials: 7, keepTrials: true }

/** What every executor must do. */
export function executorContract({ name, threads, make, makeMortal }: ExecutorUnderTest): void {
  describe(`${name} executor`, () => {
    let shared: Executor
    beforeAll(() => {
      shared = make(1)
    })
    afterAll(() => shared.close())
    const open: Executor[] = []
    const opened = (executor: Executor) => {
      open.push(executor)
      return executor
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((e) => e.close()))
    })
    const inline = simulateRun(MIXED, { ...OPTIONS, executor: inlineExecutor() })

    test.each(threads)('gives the same bits on %d threads', async (n) => {
      const executor = n === 1 ? shared : opened(make(n))
      expect(executor.concurrency).toBe(n)
      expect(await simulateRun(MIXED, { ...OPTIONS, executor })).toEqual(await inline)
    })

    test('keeps what was finished when it is aborted, and can go on', async () => {
      const stop = new AbortController()
      const executor = shared
      const onProgress = ({ completed }: { completed: number }) => completed >= 14 && stop.abort()
      const part = await simulateRun(MIXED, { ...OPTIONS, executor, signal: stop.signal, onProgress })
      expect(part).toMatchObject({ interrupted: true, trials: 14, completed: 14, requested: 60 })
      const all = await inline
      expect(part.columns?.wallClockSeconds).toEqual(all.columns?.wallClockSeconds.slice(0, 14))
      expect(await simulateRun(MIXED, { ...OPTIONS, executor })).toEqual(all)
    })

    test('is stopped in the middle of a batch, or at its end', async () => {
      const executor = shared
      const endless = { ...MIXED, workSeconds: 2e9 }
      const signal = AbortSignal.timeout(150)
      const started = performance.now()
      await simulateRun(endless, { trials: 1e5, executor, signal }).catch((e) => expect(e.code).toBe('aborted'))
      expect(performance.now() - started).toBeLessThan(5000)
    })

    test('says so when it is aborted before anything was finished', async () => {
      const run = simulateRun(MIXED, { ...OPTIONS, executor: shared, signal: AbortSignal.abort() })
      await expect(run).rejects.toMatchObject({ name: 'SimulationError', code: 'aborted' })
    })

    test('tries a batch again whose worker died', async () => {
      const executor = opened(makeMortal(2, 'once'))
      expect(await simulateRun(MIXED, { ...OPTIONS, executor })).toEqual(await inline)
    })

    test('gives up on a batch whose workers all die', async () => {
      const run = simulateRun(MIXED, { ...OPTIONS, executor: opened(makeMortal(1, 'always')) })
      await expect(run).rejects.toMatchObject({ code: 'executor-failed', message: expect.stringContaining('3 times') })
    })

    test('hands over an error as data', async () => {
      const hopeless = { ...MIXED, fleet: { p5: 1, p50: 1, p95: 1e9, law: 'lognormal' as const } }
      const run = simulateRun(hopeless, { trials: 20, executor: shared })
      await expect(run).rejects.toMatchObject({ code: 'cannot-finish', path: 'intervalSeconds' })
    })
  })
}

/** Runs with the environment that tells a fixture worker to die; workers copy it when they start. */
export function withDeath<T>(death: 'once' | 'always', run: () => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'walltime-'))
  rmSync(folder, { recursive: true })
  process.env['WALLTIME_TEST_DEATH'] = death === 'always' ? 'always' : folder
  return run()
}

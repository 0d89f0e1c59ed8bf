import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import type { Endpoint } from 'comlink'
import nodeEndpoint from 'comlink/dist/umd/node-adapter.js'
import { afterEach, expect, test } from 'vitest'
import { bundle } from './bundle.fixture.ts'
import { executorContract, withDeath } from './executor-contract.fixture.ts'
import { inlineExecutor } from './inline-executor.ts'
import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'
import { threadExecutor } from './thread-executor.ts'
import { browserWorker, type TrialWorker, workerExecutor } from './worker-executor.ts'

afterEach(() => {
  delete process.env['WALLTIME_TEST_DEATH']
})

const thread = await bundle('./trial-worker.ts')
const dyingThread = await bundle('./dying-thread.fixture.ts')
const comlinkWorker = await bundle('./comlink-worker.fixture.ts')

executorContract({
  name: 'inline',
  threads: [1],
  make: inlineExecutor,
  makeMortal(_, death) {
    const inline = inlineExecutor()
    let deaths = 0
    return {
      ...inline,
      async run(batch, signal) {
        if (batch.first > 0 && (death === 'always' || deaths++ === 0)) throw new Error('died')
        return inline.run(batch, signal)
      },
    }
  },
})

executorContract({
  name: 'thread',
  threads: [1, 2, 3],
  make: (threads) => threadExecutor({ threads, worker: thread }),
  makeMortal: (threads, death) => withDeath(death, () => threadExecutor({ threads, worker: dyingThread })),
})

executorContract({
  name: 'worker',
  threads: [1, 2, 3],
  make: (threads) => workerExecutor(startNodeWorker, threads),
  makeMortal: (threads, death) => withDeath(death, () => workerExecutor(startNodeWorker, threads)),
})

function startNodeWorker(): TrialWorker {
  const worker = new Worker(comlinkWorker)
  return {
    endpoint: nodeEndpoint(worker) as Endpoint,
    terminate: () => void worker.terminate(),
    onDeath(listener) {
      worker.once('error', listener)
      worker.once('exit', (code) => listener(new Error(`the worker ended with ${code}`)))
    },
  }
}

test.each([0, 1.5, Number.NaN, 1e9])('%d threads are refused', (threads) => {
  expect(() => threadExecutor({ threads })).toThrow(expect.objectContaining({ code: 'invalid-value', path: 'threads' }))
})

test("a browser worker's error event is its death, and it is terminated like any other", () => {
  const events = new EventTarget()
  let terminated = 0
  const worker = browserWorker(Object.assign(events, { postMessage() {}, terminate: () => terminated++ }))
  const deaths: string[] = []
  worker.onDeath((error) => deaths.push(error.message))
  events.dispatchEvent(Object.assign(new Event('error'), { message: 'boom' }))
  events.dispatchEvent(new Event('error'))
  worker.terminate()
  expect(deaths).toEqual(['boom', 'the worker could not be loaded'])
  expect(terminated).toBe(1)
})

test('closed threads do not keep the process alive', async () => {
  const args = [fileURLToPath(await bundle('./closing.fixture.ts')), thread.href]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 })
  expect(stdout.trim()).toBe('20')
})

test('threads run from source as they do when built', async () => {
  const options = { trials: 20, seed: 'source' }
  const executor = threadExecutor({ threads: 1 })
  expect(await simulateRun(MIXED, { ...options, executor })).toEqual(await simulateRun(MIXED, options))
  await executor.close()
})

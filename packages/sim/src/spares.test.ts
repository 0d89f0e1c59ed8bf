import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CompiledClass } from './compile/compiled.ts'
import { compileRun } from './compile/run.ts'
import { NONE_LEFT, Nodes, SOUND } from './engine/nodes.ts'
import { StruckClass } from './engine/struck-class.ts'
import { simulateRun } from './simulate-run.ts'

/** Erlang's loss formula B(c, a) by its recursion B(0) = 1, B(i) = a·B(i−1)/(i + a·B(i−1)). */
function erlangB(servers: number, load: number): number {
  let b = 1
  for (let i = 1; i <= servers; i++) b = (load * b) / (i + load * b)
  return b
}

// Nodes fail only while the job runs, so the nodes in repair are an M/G/c/c system with c = spares + 1: the share of time
// with all c busy, in which the job waits, is Erlang's loss, whatever the law of the repair.
test.each([
  { spares: 0, automaticShare: 0 },
  { spares: 1, automaticShare: 0 },
  { spares: 3, automaticShare: 0.8 },
  { spares: 5, automaticShare: 0.5 },
])('with $spares spares the job waits for the share of Erlang B', async ({ spares, automaticShare }) => {
  const automaticSeconds = 1000
  const manualSeconds = 20_000
  const meanRepair = automaticShare * automaticSeconds + (1 - automaticShare) * manualSeconds
  const rate = 2 / meanRepair
  const { wallClockSeconds, badputSeconds } = await simulateRun(
    {
      workSeconds: 4000 / rate,
      failures: [{ id: 'node', rate, losesNode: true, repair: { automaticShare, automaticSeconds, manualSeconds } }],
      checkpoint: 0,
      restartSeconds: 0,
      intervalSeconds: 1,
      spares: { nodes: spares },
    },
    { trials: 400, seed: 'erlang' },
  )
  const stalled = badputSeconds.waitForSpare / wallClockSeconds.mean
  expect(stalled / erlangB(spares + 1, 2)).toBeCloseTo(1, 1)
  expect(Math.abs(stalled / erlangB(spares + 1, 2) - 1)).toBeLessThan(0.02)
})

test('without counted spares a lost node costs no waiting', async () => {
  const { badputSeconds, interruptions } = await simulateRun(
    {
      workSeconds: 1e6,
      failures: [{ id: 'node', rate: 1e-4, losesNode: true }],
      checkpoint: 0,
      restartSeconds: 10,
      intervalSeconds: 100,
    },
    { trials: 10 },
  )
  expect(interruptions.mean).toBeGreaterThan(50)
  expect(badputSeconds.waitForSpare).toBe(0)
})

test('the pool hands out nodes as a list sorted by hand would', () => {
  const events = fc.array(fc.record({ after: fc.nat(20), repair: fc.nat(200) }), { maxLength: 200 })
  const rare = { id: 'node', rate: 1e-9, losesNode: true }
  const repairOf = (manualSeconds: number) => ({ automaticShare: 0, automaticSeconds: 0, manualSeconds })
  const compiled = (nodes: number, seconds: number) =>
    compileRun({
      workSeconds: 1,
      failures: [{ ...rare, repair: repairOf(seconds) }],
      checkpoint: 0,
      restartSeconds: 0,
      intervalSeconds: 1,
      spares: { nodes },
    })
  fc.assert(
    fc.property(fc.nat(6), events, (nodes, failures) => {
      const pool = new Nodes(compiled(nodes, 0))
      for (let round = 0; round < 2; round++) {
        pool.reset()
        let free = nodes
        let returns: number[] = []
        let now = 0
        for (const { after, repair } of failures) {
          now += after
          free += returns.filter((t) => t <= now).length
          returns = [...returns.filter((t) => t > now), now + repair].toSorted((a, b) => a - b)
          const ready = free > 0 ? now : (returns.shift() as number)
          if (free > 0) free--
          const run = compiled(nodes, repair)
          pool.repair(SOUND, false, new StruckClass(run.classes[0] as CompiledClass, run), now, () => 0.5)
          const at = pool.take(now, () => 0.5) === NONE_LEFT ? pool.await() : now
          expect(at).toBe(ready)
          now = ready
        }
      }
    }),
    { numRuns: 30 },
  )
})

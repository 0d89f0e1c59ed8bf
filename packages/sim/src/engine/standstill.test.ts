import { expect, test } from 'vitest'
import { simulateRun } from '../simulate-run.ts'

const BASE = { workSeconds: 1e5, checkpoint: 0, restartSeconds: 0, intervalSeconds: 100 }

test('a run that never gets its nodes ends with the reason', async () => {
  const urgent = { id: 'a', nodes: 1, priority: 2, rate: 60, durationSeconds: { exponential: { mean: 1 } } }
  const cluster = { nodes: 100, priority: 1, jobs: [urgent] }
  const run = simulateRun({ ...BASE, failures: [], nodes: 100, cluster }, { trials: 1 })
  await expect(run).rejects.toMatchObject({ code: 'cannot-finish', message: expect.stringContaining('no room') })
})

test('a run whose lost nodes never come back ends when the last spare is gone', async () => {
  const never = { automaticShare: 0, automaticSeconds: 0, manualSeconds: Number.POSITIVE_INFINITY }
  const failures = [{ id: 'node', rate: 1e-4, losesNode: true, repair: never }]
  const run = simulateRun({ ...BASE, workSeconds: 1e6, failures, spares: { nodes: 20 } }, { trials: 1 })
  await expect(run).rejects.toMatchObject({
    code: 'cannot-finish',
    message: expect.stringContaining('no spare is left'),
  })
  const enough = await simulateRun({ ...BASE, failures, spares: { nodes: 60 } }, { trials: 20 })
  expect(enough.badputSeconds.waitForSpare).toBe(0)
})

test('copies in memory are whole again as soon as the job runs, even after a restart that takes no time', async () => {
  const { badputSeconds, interruptions } = await simulateRun(
    {
      ...BASE,
      workSeconds: 6e6,
      nodes: 128,
      failures: [{ id: 'node', rate: 1e-5, units: 1, fixedUnits: true, losesNode: true }],
      checkpoint: { blockingSeconds: 0, kind: 'memory', tiers: [{ blockingSeconds: 0, intervalSeconds: 1e4 }] },
    },
    { trials: 50 },
  )
  expect(Math.abs(badputSeconds.lostWork / interruptions.mean / 50 - 1)).toBeLessThan(0.05)
})

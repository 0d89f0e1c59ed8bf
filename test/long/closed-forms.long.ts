import { expectedWallClock, simulateRun } from '@walltime/sim'
import { expect, it } from 'vitest'

const HOUR = 3600

interface Case {
  readonly mtbf: number
  readonly interval: number
  readonly blocking: number
  readonly restart: number
  readonly downtime: number
}

/** Rates from quiet to hopeless, intervals from short to long. */
const GRID: readonly Case[] = [2, 6, 24, 120].flatMap((mtbf) =>
  [0.1, 0.5, 2].flatMap((interval) =>
    [
      { blocking: 5, restart: 60, downtime: 0 },
      { blocking: 300, restart: 600, downtime: 120 },
    ].map((costs) => ({ mtbf: mtbf * HOUR, interval: interval * HOUR, ...costs })),
  ),
)

// Daly 2006 and Bougeret et al. 2011 (formulas in packages/sim/src/segment.ts).
it.each(GRID)('the mean wall clock meets the closed form: $mtbf s, $interval s, $blocking s, $restart s', async (c) => {
  const workSeconds = 200 * HOUR
  const simulated = await simulateRun(
    {
      workSeconds,
      failures: { mtbfSeconds: c.mtbf },
      checkpoint: c.blocking,
      restartSeconds: c.restart,
      downtimeSeconds: c.downtime,
      intervalSeconds: c.interval,
    },
    { trials: 100_000, seed: 'long' },
  )
  const exact = expectedWallClock({
    workSeconds,
    computeSeconds: c.interval,
    blockingSeconds: c.blocking,
    restartSeconds: c.restart,
    downtimeSeconds: c.downtime,
    rate: 1 / c.mtbf,
  })
  const { mean, standardError } = simulated.wallClockSeconds
  expect(Math.abs(mean - exact.mean) / standardError).toBeLessThan(4.5)
})

import { describe, expect, test } from 'vitest'
import { expectedWallClock } from './segment.ts'
import { simulateRun } from './simulate-run.ts'
import { distanceInErrors } from './statistics.fixture.ts'

const GRID = [
  { rate: 1 / 1440, interval: 117, blocking: 5, restart: 10, downtime: 0 },
  { rate: 1 / 360, interval: 57, blocking: 5, restart: 10, downtime: 0 },
  { rate: 1 / 15, interval: 9.1, blocking: 5, restart: 10, downtime: 0 },
  { rate: 1 / 200, interval: 30, blocking: 0, restart: 0, downtime: 0 },
  { rate: 1 / 200, interval: 30, blocking: 1, restart: 40, downtime: 25 },
  { rate: 1 / 50, interval: 100, blocking: 3, restart: 2, downtime: 60 },
  { rate: 1 / 1e5, interval: 500, blocking: 20, restart: 600, downtime: 100 },
]

describe('simulated wall clock against the closed form', () => {
  test.each(GRID)('rate $rate, interval $interval, C $blocking, R $restart, D $downtime', async (p) => {
    // 20.3 intervals: the last segment is a short one.
    const workSeconds = 20.3 * p.interval
    const startupSeconds = p.restart / 2
    const { columns } = await simulateRun(
      {
        workSeconds,
        startupSeconds,
        failures: { mtbfSeconds: 1 / p.rate },
        checkpoint: p.blocking,
        restartSeconds: p.restart,
        downtimeSeconds: p.downtime,
        intervalSeconds: p.interval,
      },
      { trials: 20_000, seed: 'closed form', keepTrials: true },
    )
    const expected = expectedWallClock({
      workSeconds,
      startupSeconds,
      computeSeconds: p.interval,
      blockingSeconds: p.blocking,
      restartSeconds: p.restart,
      downtimeSeconds: p.downtime,
      rate: p.rate,
    })
    const off = distanceInErrors(columns?.wallClockSeconds ?? new Float64Array(), expected)
    expect(Math.abs(off.mean)).toBeLessThan(4)
    expect(Math.abs(off.variance)).toBeLessThan(4)
  })

  // J. T. Daly, FGCS 22(3):303–312 (2006), figure 3: 500 h of work, MTBF 24 h; closed form 547.88 h at the optimum.
  test("Daly's run of 500 hours takes 547.88 h", async () => {
    const interval = 30_000 / 257
    const { wallClockSeconds } = await simulateRun(
      {
        workSeconds: 30_000,
        failures: { mtbfSeconds: 1440 },
        checkpoint: 5,
        restartSeconds: 10,
        intervalSeconds: interval,
      },
      { trials: 10_000, seed: 'daly' },
    )
    expect(Math.abs(wallClockSeconds.mean / 60 - 547.88)).toBeLessThan(4 * (wallClockSeconds.standardError / 60))
    expect(wallClockSeconds.mean / 60).toBeCloseTo(547.88, 0)
  })
})

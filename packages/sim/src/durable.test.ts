import { expect, test } from 'vitest'
import { average } from './distribution.ts'
import { simulateRun } from './simulate-run.ts'

interface Parameters {
  readonly rate: number
  readonly restart: number
  readonly down: number
  readonly segment: number
  readonly window: number
}

/**
 * Expected seconds from a safe checkpoint to the end, `left` segments away, the restart included, with checkpoints that are
 * safe only `window` seconds after they were written. An attempt of exposure X ~ Exp(λ) ends the run if X ≥ R + left·s; else
 * it leaves j checkpoints safe where R + j·s + window ≤ X, so E[left] = E[min(X, end)] + P(fail)·D + Σ P(j)·E[left − j].
 */
function expectedFrom({ rate, restart, down, segment, window }: Parameters, segments: number): readonly number[] {
  const survive = (t: number) => Math.exp(-rate * t)
  const from: number[] = [0]
  for (let left = 1; left <= segments; left++) {
    const end = restart + left * segment
    const safeFrom = (j: number) => (j === 0 ? 0 : Math.min(restart + j * segment + window, end))
    let sum = (1 - survive(end)) / rate + (1 - survive(end)) * down
    for (let j = 1; j < left; j++) sum += (survive(safeFrom(j)) - survive(safeFrom(j + 1))) * (from[left - j] as number)
    from.push(sum / (1 - (survive(0) - survive(safeFrom(1)))))
  }
  return from
}

test.each([
  { rate: 1 / 300, restart: 40, down: 15, segment: 100, window: 0 },
  { rate: 1 / 300, restart: 40, down: 15, segment: 100, window: 60 },
  { rate: 1 / 300, restart: 40, down: 15, segment: 100, window: 100 },
  { rate: 1 / 300, restart: 0, down: 0, segment: 100, window: 270 },
])('checkpoints that are safe after $window s cost what they must', async (p) => {
  const segments = 12
  const blocking = 10
  const { columns, badputSeconds, wallClockSeconds } = await simulateRun(
    {
      workSeconds: segments * (p.segment - blocking),
      failures: { mtbfSeconds: 1 / p.rate },
      checkpoint: { blockingSeconds: blocking, durableAfterSeconds: p.window },
      restartSeconds: p.restart,
      startupSeconds: p.restart,
      downtimeSeconds: p.down,
      intervalSeconds: p.segment - blocking,
    },
    { trials: 20_000, seed: 'durable', keepTrials: true },
  )
  // A startup as long as the restart makes the first attempt like every other.
  const expected = expectedFrom(p, segments)[segments] as number
  expect(Math.abs(wallClockSeconds.mean - expected)).toBeLessThan(4 * wallClockSeconds.standardError)
  // Failures come at the rate, while exposed: what is not restart, kept work or downtime is lost work.
  const exposed = p.segment * segments + badputSeconds.restart + badputSeconds.startup + badputSeconds.lostWork
  expect(average(columns?.interruptions ?? new Float64Array()) / (exposed * p.rate)).toBeCloseTo(1, 1)
})

test('in a long run the window acts like so much more restart', async () => {
  const p = { rate: 1 / 500, restart: 50, segment: 100, window: 80 }
  const segments = 20_000
  const { wallClockSeconds } = await simulateRun(
    {
      workSeconds: segments * p.segment,
      failures: { mtbfSeconds: 1 / p.rate },
      checkpoint: { blockingSeconds: 0, durableAfterSeconds: p.window },
      restartSeconds: p.restart,
      intervalSeconds: p.segment,
    },
    { trials: 200, seed: 'long' },
  )
  const expected = (Math.exp(p.rate * (p.restart + p.window)) * Math.expm1(p.rate * p.segment) * segments) / p.rate
  expect(wallClockSeconds.mean / expected).toBeCloseTo(1, 2)
  expect(Math.abs(wallClockSeconds.mean - expected)).toBeLessThan(
    4 * wallClockSeconds.standardError + p.window + p.restart,
  )
})

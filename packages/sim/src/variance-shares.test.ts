import { expect, test } from 'vitest'
import type { CompiledRun } from './compile/compiled.ts'
import { compileRun } from './compile/run.ts'
import { constantsAt, drawScores } from './constants.ts'
import { moments } from './distribution.ts'
import { Trial } from './engine/trial.ts'
import { normalScore, trialStreams } from './rng.ts'
import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'
import { PLAIN } from './statistics.fixture.ts'
import { varianceShares } from './variance-shares.ts'

const lognormal = (sigma: number) => {
  const factor = Math.exp(1.6448536269514722 * sigma)
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' as const }
}
const QUIET = { workSeconds: 1e5, failures: [], checkpoint: 0, restartSeconds: 0, intervalSeconds: 1e5 }

// Cost = price · time, both lognormal: with A = e^(a²) − 1 and B = e^(b²) − 1 the variance is A + B + A·B, and the last
// term belongs to both.
test('a product of two lognormal factors has the shares of its closed form', async () => {
  const [a, b] = [0.2, 0.1]
  const { variance } = await simulateRun(
    { ...QUIET, stepError: lognormal(a), cost: { usdPerChipHour: lognormal(b), chips: 1 } },
    { trials: 40_000, seed: 'product' },
  )
  const model = Math.expm1(a * a)
  const price = Math.expm1(b * b)
  const both = model * price
  const total = model + price + both
  expect(Math.abs(variance.costUsd.model - (model + both / 2) / total)).toBeLessThan(0.02)
  expect(Math.abs(variance.costUsd.price - (price + both / 2) / total)).toBeLessThan(0.02)
  expect(variance.costUsd.fleet).toBe(0)
  expect(variance.wallClockSeconds.model).toBeGreaterThan(0.97)
  expect(variance.wallClockSeconds.price).toBeLessThan(0.01)
  expect(variance).toMatchObject(variance.costUsd)
})

test('failures at known rates are chance alone', async () => {
  const { variance } = await simulateRun(
    { ...QUIET, failures: { mtbfSeconds: 2000 }, restartSeconds: 100, intervalSeconds: 500 },
    { trials: 1000 },
  )
  expect(variance.wallClockSeconds).toEqual({ chance: 1, model: 0, fleet: 0, price: 0 })
})

test('an unknown that changes nothing has no share but noise', async () => {
  const { variance } = await simulateRun(
    {
      ...QUIET,
      failures: { mtbfSeconds: 2000 },
      intervalSeconds: 500,
      cost: { usdPerChipHour: lognormal(0.5), chips: 1 },
    },
    { trials: 4000 },
  )
  expect(variance.wallClockSeconds.price).toBeLessThan(0.01)
  expect(variance.costUsd.price).toBeGreaterThan(0.9)
})

test('shares add up to 1 and none is negative, however few the trials', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const { variance } = await simulateRun(MIXED, { trials: 2 + seed, seed })
    for (const { chance, model, fleet, price } of [variance.costUsd, variance.wallClockSeconds]) {
      expect(chance + model + fleet + price).toBeCloseTo(1, 12)
      expect(Math.min(chance, model, fleet, price)).toBeGreaterThanOrEqual(0)
    }
  }
})

/** Wall clock of a trial with chosen scores and its own luck. */
function wallClock(trial: Trial, run: CompiledRun, scores: readonly number[], index: number): number {
  trial.play(constantsAt(run, scores), trialStreams('pick-freeze', index, run.streams))
  return trial.now
}

// Pick-freeze (I. M. Sobol', 2001): two trials that share the scores of a source and nothing else have a covariance of the
// variance that this source explains by itself. Small interactions: half of one is within the tolerance.
test('pick-freeze pairs of trials find the same shares', async () => {
  const run = compileRun(MIXED)
  const trial = new Trial(run)
  const n = 20_000
  const scores = (index: number) => drawScores(trialStreams('pick-freeze', index, run.streams).constants)
  const first = Float64Array.from({ length: n }, (_, i) => wallClock(trial, run, scores(i), i))
  const { mean, variance } = moments(first)
  const explainedBy = (frozen: readonly number[]) => {
    let covariance = 0
    for (let i = 0; i < n; i++) {
      const other = scores(n + i)
      const mixed = other.map((z, c) => (frozen.includes(c) ? (scores(i)[c] as number) : z))
      covariance += (((first[i] as number) - mean) * (wallClock(trial, run, mixed, n + i) - mean)) / n
    }
    return covariance / variance
  }
  const result = await simulateRun(MIXED, { trials: n, seed: 'chaos' })
  expect(Math.abs(result.variance.wallClockSeconds.model - explainedBy([0]))).toBeLessThan(0.05)
  expect(Math.abs(result.variance.wallClockSeconds.fleet - explainedBy([1, 2, 3]))).toBeLessThan(0.05)
})

test('the terms are orthonormal: known polynomials get their own squares', () => {
  const n = 200_000
  const scores = [0, 1].map((k) => {
    const { events } = trialStreams('hermite', k, PLAIN)
    return Float64Array.from({ length: n }, () => normalScore(events()))
  })
  const [x, y] = scores as [Float64Array, Float64Array]
  const values = x.map((u, i) => {
    const v = y[i] as number
    // 1·He₁(u), 2·He₂(v)/√2 and 1·He₁(u)·He₁(v): variances 1, 4 and 1.
    return u + (2 * (v * v - 1)) / Math.SQRT2 + u * v
  })
  const { model, price, chance } = varianceShares(values, [
    { source: 'model', scores: x },
    { source: 'price', scores: y },
  ])
  expect(Math.abs(model - 1.5 / 6)).toBeLessThan(0.02)
  expect(Math.abs(price - 4.5 / 6)).toBeLessThan(0.02)
  expect(chance).toBeLessThan(0.02)
})

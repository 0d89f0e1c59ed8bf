import { describe, expect, test } from 'vitest'
import { distribution, histogram, quantile, quantileStandardError } from './distribution.ts'
import { normalQuantile } from './normal-quantile.ts'
import { normalScore, trialStreams } from './rng.ts'
import { simulateRun } from './simulate-run.ts'
import { PLAIN } from './statistics.fixture.ts'

describe('distribution', () => {
  test('of 1 to 101', () => {
    const values = Float64Array.from({ length: 101 }, (_, i) => ((i * 37) % 101) + 1)
    const d = distribution(values)
    expect(d).toMatchObject({ mean: 51, p5: 6, p10: 11, p25: 26, p50: 51, p75: 76, p90: 91, p95: 96, p99: 100 })
    expect(d.sd).toBeCloseTo(Math.sqrt((101 * 102) / 12), 12)
    expect(d.standardError).toBeCloseTo(d.sd / Math.sqrt(101), 12)
    expect(values[1]).toBe(38)
  })

  test('between two values is linear', () => {
    expect(quantile(Float64Array.of(10, 20), 0.25)).toBe(12.5)
  })

  test('of a single trial cannot tell its error', () => {
    const d = distribution(Float64Array.of(5))
    expect(d).toMatchObject({ mean: 5, p50: 5, sd: Number.NaN, standardError: Number.NaN })
    expect(d.standardErrors.p50).toBe(Number.NaN)
  })
})

describe('standard error of a quantile', () => {
  // Asymptotically √(p(1 − p)/n)/f(x_p); f is the normal density.
  test.each([0.05, 0.5, 0.95])('at %d is that of the density', (p) => {
    const n = 100_000
    const sorted = Float64Array.from({ length: n }, (_, i) => normalQuantile((i + 0.5) / n))
    const z = normalQuantile(p)
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
    expect(quantileStandardError(sorted, p) / (Math.sqrt((p * (1 - p)) / n) / density)).toBeCloseTo(1, 2)
  })

  test.each([0.05, 0.5, 0.95])('at %d is what quantiles of many samples scatter by', (p) => {
    const estimates = Array.from({ length: 400 }, (_, sample) => {
      const { events } = trialStreams('quantiles', sample, PLAIN)
      const sorted = Float64Array.from({ length: 500 }, () => normalScore(events())).toSorted()
      return { value: quantile(sorted, p), error: quantileStandardError(sorted, p) }
    })
    const scatter = distribution(Float64Array.from(estimates, (e) => e.value)).sd
    const stated = distribution(Float64Array.from(estimates, (e) => e.error)).mean
    expect(stated / scatter).toBeGreaterThan(0.85)
    expect(stated / scatter).toBeLessThan(1.15)
  })
})

describe('histogram', () => {
  test('holds every value, those beyond its edges in the outer bins', () => {
    const sorted = Float64Array.from({ length: 1001 }, (_, i) => i)
    const { edges, counts } = histogram(sorted, 10)
    expect(counts.reduce((a, b) => a + b, 0)).toBe(1001)
    expect(counts).toHaveLength(10)
    expect([edges.at(0), edges.at(-1), edges.length]).toEqual([5, 995, 11])
  })

  test('of a constant is one bin', () => {
    expect(histogram(Float64Array.of(3, 3, 3))).toEqual({ edges: [3, 3], counts: [3] })
  })
})

test('nine of ten intervals of the mean hold the true mean', async () => {
  const spec = {
    workSeconds: 1000,
    failures: { mtbfSeconds: 500 },
    checkpoint: 5,
    restartSeconds: 20,
    intervalSeconds: 100,
  }
  // Ten segments by formula: e^(λR)·(1/λ)·(e^(λ(τ + C)) − 1) each.
  const truth = 10 * Math.exp(20 / 500) * 500 * Math.expm1(105 / 500)
  let held = 0
  for (let seed = 0; seed < 300; seed++) {
    const { wallClockSeconds } = await simulateRun(spec, { trials: 300, seed })
    if (Math.abs(wallClockSeconds.mean - truth) < 1.6448536 * wallClockSeconds.standardError) held++
  }
  // 90 % of 300, give or take three binomial standard deviations.
  expect(held).toBeGreaterThan(254)
  expect(held).toBeLessThan(286)
})

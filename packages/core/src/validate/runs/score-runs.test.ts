import { expect, test } from 'vitest'
import { gapLaw, overtraining } from './gap.ts'
import { scoreRuns, shortfalls } from './score-runs.ts'

const GAP = { atOptimum: 1.1, overtraining: 0.1, sigma: 0.2 }

test('the gap: at the optimum and before it the same, beyond it a power of tokens per parameter', () => {
  expect(gapLaw(5, GAP)).toEqual(gapLaw(20, GAP))
  expect(gapLaw(20, GAP).p50).toBeCloseTo(1.1, 12)
  // 1.1 x 100^0.1
  expect(gapLaw(2000, GAP).p50).toBeCloseTo(1.7433825117, 8)
  // 1.1 x exp(1.6448536 x 0.2)
  expect(gapLaw(20, GAP).p95).toBeCloseTo(1.528488, 5)
  expect(gapLaw(20, GAP).p5).toBeCloseTo(1.21 / 1.528488, 5)
  expect(overtraining(20 * Math.E)).toBeCloseTo(1, 12)
})

const run = (p50: number, measured: number) => ({ predicted: { p5: p50 * 0.7, p50, p95: p50 * 1.4 }, measured })

test('score: median error, bias, coverage', () => {
  const score = scoreRuns([run(110, 100), run(100, 100), run(50, 100), run(120, 100)])
  expect(score).toMatchObject({ runs: 4, coverage90: 0.75 })
  expect(score.medianError).toBeCloseTo(0.15, 12)
  expect(score.bias).toBeCloseTo(-0.05, 12)
})

test.each([
  [{ runs: 17, medianError: 0.15, bias: 0, coverage90: 0.8 }, []],
  [{ runs: 17, medianError: 0.12, bias: 0, coverage90: 0.95 }, []],
  [{ runs: 17, medianError: 0.16, bias: 0, coverage90: 0.9 }, ['the median error is 16.0 %, more than 15.0 %']],
  [
    { runs: 17, medianError: 0.1, bias: 0, coverage90: 1 },
    ['the 90 % intervals hold 100.0 % of the runs, not 80.0 % to 95.0 %'],
  ],
  [{ runs: 0, medianError: null, bias: null, coverage90: null }, ['no run could be predicted']],
])('what falls short is told: %j', (score, told) => {
  expect(shortfalls(score)).toEqual(told)
})

test('nothing to score', () => {
  expect(scoreRuns([])).toEqual({ runs: 0, medianError: null, bias: null, coverage90: null })
})

import { describe, expect, test } from 'vitest'
import { type FitRow, fitSteps, leaveOut, leftOutSets, stepProblem, withoutConstant } from './step-fit.ts'

const FREE = {
  names: ['speed', 'latency'],
  prior: Float64Array.of(1, 1),
  spread: Float64Array.of(1, 1),
  most: Float64Array.of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
}

/** Steps of work/speed + latency with the speed at 2 and the latency at 0.5, times `error`. */
function rows(error: (i: number) => number): readonly FitRow[] {
  return Array.from({ length: 40 }, (_, i): FitRow => {
    const work = 1 + (i % 10)
    return {
      ...{ cell: `cell ${i % 8}`, collection: `collection ${i % 4}`, chip: i % 4 === 3 ? 'rare' : 'common', weight: 1 },
      measured: (work / 2 + 0.5) * error(i),
      seconds: (values) => work / (values[0] as number) + (values[1] as number),
    }
  })
}

const fitted = (of: readonly FitRow[]) => {
  const problem = stepProblem(of, FREE)
  return { problem, fit: fitSteps(problem, FREE.prior.map(Math.log)) }
}

describe('the fit of steps', () => {
  test('finds the constants that made the steps', () => {
    const { fit } = fitted(rows(() => 1))
    expect(Math.exp(fit.theta[0] as number)).toBeCloseTo(2, 1)
    expect(Math.exp(fit.theta[1] as number)).toBeCloseTo(0.5, 1)
    expect(Math.max(...fit.residuals.map(Math.abs))).toBeLessThan(0.03)
  })

  test('is hardly moved by a few steps that are far off', () => {
    const { fit } = fitted(rows((i) => (i % 13 === 0 ? 3 : 1)))
    expect(Math.exp(fit.theta[0] as number)).toBeGreaterThan(1.8)
    expect(Math.exp(fit.theta[0] as number)).toBeLessThan(2.2)
  })

  test('gives the same again', () => {
    const once = fitted(rows((i) => 1 + (i % 5) / 50)).fit
    const twice = fitted(rows((i) => 1 + (i % 5) / 50)).fit
    expect(twice.theta).toEqual(once.theta)
    expect(twice.spread).toEqual(once.spread)
  })
})

test('rows are left out by collection, or by cell where their chip has one collection alone', () => {
  const of = rows(() => 1)
  const sets = leftOutSets(of)
  expect(sets.flat().sort((a, b) => a - b)).toEqual(of.map((_, i) => i))
  for (const set of sets) {
    const members = set.map((i) => of[i] as FitRow)
    const key = members[0]?.chip === 'rare' ? 'cell' : 'collection'
    expect(new Set(members.map((row) => row[key])).size).toBe(1)
  }
})

test('a left-out collection does not teach its own bias', () => {
  const { problem, fit } = fitted(rows((i) => (i % 4 === 0 ? 1.3 : 1)))
  const left = leaveOut(problem, fit)
  const biased = problem.rows.flatMap(({ collection }, i) => (collection === 'collection 0' ? [i] : []))
  for (const i of biased) expect(left[i]).toBeCloseTo(-Math.log(1.3), 1)
})

test('without a term the others make up for what they can', () => {
  const { problem, fit } = fitted(rows(() => 1))
  const without = withoutConstant(problem, fit, 1, 1e-9)
  const size = (residuals: Float64Array) => residuals.reduce((sum, r) => sum + Math.abs(r), 0)
  expect(size(without)).toBeGreaterThan(3 * size(fit.residuals))
})

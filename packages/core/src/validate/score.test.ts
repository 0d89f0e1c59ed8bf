import { expect, test } from 'vitest'
import { scorePairs } from './score.ts'
import { mean, median, quantile } from './statistics.ts'

const pair = (cell: string, predicted: number | null, measured: number | null) => ({ cell, predicted, measured })

test('rows, cells and refusals, computed by hand', () => {
  const score = scorePairs([
    pair('a', 1.1, 1), // 0.1
    pair('a', 2.6, 2), // 0.3
    pair('b', 2, 4), // 0.5, below
    pair('c', 3, 3), // 0
    pair('c', null, 3),
    pair('d', 9, null),
  ])
  expect(score).toMatchObject({ rows: 4, cells: 3, refused: 1 })
  // Cells: a 0.2, b 0.5, c 0.
  expect(score.cellMean).toBeCloseTo(0.7 / 3, 12)
  expect(score.cellMedian).toBeCloseTo(0.2, 12)
  // Rows: 0, 0.1, 0.3, 0.5; the 90 % quantile stands 0.7 of the way from the third to the fourth.
  expect(score.rowMean).toBeCloseTo(0.225, 12)
  expect(score.rowMedian).toBeCloseTo(0.2, 12)
  expect(score.rowP90).toBeCloseTo(0.44, 12)
  expect(score.bias).toBeCloseTo(-0.025, 12)
})

test('a perfect model scores 0, nothing scores null', () => {
  expect(scorePairs([pair('a', 2, 2), pair('b', 3, 3)])).toMatchObject({ cellMean: 0, rowP90: 0, bias: 0 })
  expect(scorePairs([pair('a', null, 2)])).toMatchObject({ rows: 0, cellMean: null, bias: null, refused: 1 })
})

test('statistics of a few numbers', () => {
  expect(mean([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(quantile([10], 0.9)).toBe(10)
  expect(median([])).toBeNaN()
})

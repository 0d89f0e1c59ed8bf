import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateRow, MOST_REFUSED, type Row, type RowResult, readRows, scoreResults, validateRows } from './index.ts'
import { ROW } from './row.fixture.ts'

interface Made {
  readonly id: string
  readonly collection?: string
  readonly chip?: string
  readonly grid?: string
  readonly tp?: number
  readonly microBatch?: number
  readonly measured: number | null
  readonly predicted: number | null
  readonly fits?: boolean
}

function made(items: readonly Made[]): { rows: readonly Row[]; results: readonly RowResult[] } {
  const data = items.map(
    ({ id, collection = 'lab', chip = 'H100-SXM-80GB', grid, tp = 1, microBatch = 1, measured }) => ({
      ...ROW,
      id,
      collection,
      cell: `${collection}|${chip}|Small`,
      hardware: { ...ROW.hardware, chip },
      parallelism: { tp, dp: 8 / tp },
      microBatch,
      modelFlopsPerStepCausal: 8e15,
      measured: measured === null ? { outOfMemory: true } : { stepSeconds: measured },
      ...(grid === undefined ? {} : { grid }),
    }),
  )
  const read = readRows(data)
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  const results = read.rows.map((row, i): RowResult => {
    const { predicted = null, measured = null, fits = true } = items[i] ?? {}
    const { id, cell, collection, grid } = row
    return {
      id,
      cell,
      collection,
      ...(grid == null ? {} : { grid }),
      predicted,
      measured,
      error: predicted === null || measured === null ? null : Math.abs(predicted / measured - 1),
      fits: predicted === null ? null : fits,
      predictedPeakBytes: null,
      ...(predicted === null ? { refused: 'for a test' } : {}),
    }
  })
  return { rows: read.rows, results }
}

const validationOf = (items: readonly Made[]) => {
  const { rows, results } = made(items)
  return scoreResults(rows, results)
}

test('order, regret, fit and the rule, computed by hand', () => {
  const { grids, gridMeans } = validationOf([
    { id: 'a', grid: 'g', tp: 1, microBatch: 2, measured: null, predicted: 1, fits: false },
    { id: 'b', grid: 'g', tp: 1, microBatch: 1, measured: 12, predicted: 11 },
    { id: 'c', grid: 'g', tp: 2, microBatch: 1, measured: 10, predicted: 12 },
    { id: 'd', grid: 'g', tp: 4, microBatch: 1, measured: 20, predicted: 19 },
    { id: 'e', grid: 'g', tp: 8, microBatch: 1, measured: 20.5, predicted: 18, fits: false },
  ])
  // Pairs more than 5 % apart: bc bd be cd ce (de is 2.5 %); bc is put wrong.
  expect(grids[0]).toMatchObject({ grid: 'g', collection: 'lab', pairs: 5, order: 0.8, ranFits: 0.75, oomRefused: 1 })
  // The model picks b (12 against 10); so does the rule, for a is said not to fit.
  expect(grids[0]?.regret).toBeCloseTo(0.2, 12)
  expect(grids[0]?.ruleRegret).toBeCloseTo(0.2, 12)
  expect(gridMeans).toMatchObject([{ collection: 'lab', grids: 1, order: 0.8 }])
})

test('a pick that ran out of memory counts as twice the best', () => {
  const [grid] = validationOf([
    { id: 'a', grid: 'g', measured: null, predicted: 1 },
    { id: 'b', grid: 'g', measured: 10, predicted: 10 },
  ]).grids
  expect(grid).toMatchObject({ regret: 1, oomRefused: 0, order: null, stepError: 0 })
})

test('the baseline is the median utilisation; left out, that of other collections', () => {
  const { baseline, score } = validationOf([
    { id: 'a', collection: 'x', measured: 10, predicted: 10 },
    { id: 'b', collection: 'x', measured: 10, predicted: 10 },
    { id: 'c', collection: 'y', measured: 20, predicted: 20 },
  ])
  expect(score).toMatchObject({ cells: 2, cellMean: 0 })
  // Speeds 1, 1, 1/2: the median predicts 10 for all. Left out: x is predicted 20, y 10.
  expect(baseline).toMatchObject({ cells: 2, cellMean: 0.25, bias: -1 / 6 })
  expect(baseline.leaveOut.cellMean).toBeCloseTo((1 + 0.5) / 2, 12)
})

test('the share that is refused counts every row', () => {
  const rows: Made[] = Array.from({ length: 50 }, (_, i) => ({
    id: `r${i}`,
    measured: 1,
    predicted: i === 0 ? null : 1,
  }))
  expect(validationOf(rows).refusedShare).toBe(MOST_REFUSED)
})

test('rows in grids stand outside the score, unless there are no others', () => {
  const single: Made = { id: 'a', measured: 1, predicted: 2 }
  const inGrid: Made = { id: 'b', grid: 'g', measured: 1, predicted: 1 }
  expect(validationOf([single, inGrid]).score).toMatchObject({ rows: 1, rowMean: 1 })
  expect(validationOf([inGrid]).score).toMatchObject({ rows: 1, rowMean: 0 })
})

const item = fc.record({
  collection: fc.constantFrom('x', 'y', 'z'),
  chip: fc.constantFrom('H100-SXM-80GB', 'B200'),
  grid: fc.constantFrom(undefined, undefined, 'g', 'h'),
  tp: fc.constantFrom(1, 2, 4, 8),
  measured: fc.option(fc.double({ min: 0.1, max: 100, noNaN: true }), { freq: 5 }),
  predicted: fc.option(fc.double({ min: 0.1, max: 100, noNaN: true }), { freq: 9 }),
  fits: fc.boolean(),
})

test('the order of rows changes no score', () => {
  fc.assert(
    fc.property(fc.array(item, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 11 }), (items, turn) => {
      const rows: Made[] = items.map(({ grid, ...rest }, i) => ({
        id: `r${i}`,
        ...rest,
        ...(grid === undefined ? {} : { grid }),
      }))
      const turned = [...rows.slice(turn % rows.length), ...rows.slice(0, turn % rows.length)].reverse()
      const { rows: _, grids: a, gridMeans: means, ...here } = validationOf(rows)
      const { rows: __, grids: b, gridMeans: otherMeans, ...there } = validationOf(turned)
      const byName = <T extends { grid?: string; collection: string }>(list: readonly T[]) =>
        [...list].sort((x, y) => ((x.grid ?? x.collection) < (y.grid ?? y.collection) ? -1 : 1))
      expect(there).toEqual(here)
      // A grid's collection is that of its first row: here rows of several share one.
      const plain = (list: typeof a) => byName(list).map(({ collection: ___, ...grid }) => grid)
      expect(plain(b)).toEqual(plain(a))
      expect(otherMeans.length).toBeGreaterThanOrEqual(Math.min(1, means.length))
    }),
    { numRuns: 60 },
  )
})

test('a perfect model scores 0 everywhere', () => {
  const items: Made[] = [2, 3, 5, 7].flatMap((t, i) => [
    { id: `a${i}`, collection: 'x', measured: t, predicted: t },
    { id: `b${i}`, collection: 'x', grid: 'g', measured: t, predicted: t },
  ])
  const { score, grids, groups } = validationOf(items)
  expect(score).toMatchObject({ cellMean: 0, rowP90: 0, bias: 0 })
  expect(grids[0]).toMatchObject({ order: 1, regret: 0, ranFits: 1, stepError: 0 })
  for (const group of groups) expect(group.cellMean).toBe(0)
})

test('a row is estimated: step, memory, and the part that takes longest', () => {
  const read = readRows([{ ...ROW, measured: { stepSeconds: 15, peakMemoryGiB: 60 } }])
  const row = read.ok ? read.rows[0] : undefined
  if (row === undefined) throw new Error('no row')
  const result = evaluateRow(row)
  expect(result).toMatchObject({ id: 'a', measured: 15, largest: { part: 'compute' } })
  expect(result.error).toBeCloseTo(Math.abs((result.predicted ?? 0) / 15 - 1), 12)
  expect(result.memoryError).toBeCloseTo(Math.abs((result.predictedPeakBytes ?? 0) / (60 * 2 ** 30) - 1), 12)
})

test('a row that does not say what is recomputed gets the least that fits', () => {
  const read = readRows([
    { ...ROW, id: 'none', recompute: null },
    { ...ROW, id: 'full', recompute: null, microBatch: 8, parallelism: { tp: 2, dp: 4 }, globalBatchSequences: 128 },
    { ...ROW, id: 'stated', recompute: { mode: 'none' }, microBatch: 8 },
  ])
  if (!read.ok) throw new Error('unread')
  const told: number[] = []
  const { rows } = validateRows(read.rows, { progress: (done) => told.push(done) })
  expect(told).toEqual([1, 2, 3])
  expect(rows.map(({ fits }) => fits)).toEqual([true, true, false])
})

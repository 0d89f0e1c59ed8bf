import { expect, test } from 'vitest'
import { worstRows } from './causes.ts'
import type { RowResult } from './evaluate-row.ts'
import type { Judged } from './groups.ts'
import { ROW } from './row.fixture.ts'
import type { Row } from './row.ts'

interface Made {
  readonly id: string
  readonly collection?: string
  readonly cell?: string
  /** Predicted over measured. */
  readonly ratio: number
  readonly row?: Partial<Row>
  readonly result?: Partial<RowResult>
}

const MEASURED = 10

function judge({ id, collection = 'lab', cell, ratio, row, result }: Made): Judged {
  const named = { ...ROW, id, collection, cell: cell ?? `${collection}|${id}`, ...row } as Row
  const measured = named.measured.stepSeconds ?? MEASURED
  const predicted = ratio * measured
  const { cell: place } = named
  return {
    row: named,
    result: {
      ...{ id, cell: place, collection, predicted, measured, error: Math.abs(ratio - 1) },
      ...{ fits: true, predictedPeakBytes: 1, largest: { part: 'compute', share: 0.8 }, ...result },
    },
  }
}

/** Cells that the model meets, each in a collection, year and chip of its own, so that they form no group. */
const good = (count: number, row: Partial<Row> = {}): readonly Made[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ id: `good${i}`, collection: `good${i}`, ratio: i % 2 === 0 ? 1.02 : 0.98 },
    row: { software: { framework: `f${i}`, year: 2024 }, hardware: { ...ROW.hardware, chip: `chip ${i}` }, ...row },
  }))

const alone = (name: string): Partial<Row> => ({
  software: { framework: name, year: 2024 },
  hardware: { ...ROW.hardware, chip: name },
})

const causesOf = (made: readonly Made[], id: string) =>
  worstRows(made.map(judge)).find((worst) => worst.id === id)?.causes ?? []

test('a collection that lies on one side as a whole', () => {
  const off = [0.7, 0.75, 0.72, 0.5].map((ratio, i) => ({ id: `off${i}`, collection: 'c', ratio, row: alone(`x${i}`) }))
  const [first] = causesOf([...good(6), ...off], 'off3')
  expect(first).toMatchObject({ code: 'collection' })
  // The median of 0.7, 0.72 and 0.75 is 28 % too fast, ln(0.72)/ln(0.5) of this row's error.
  expect(first?.message).toContain('the other 3 cells of c are 28 % too fast in the median')
  expect(first?.explains).toBeCloseTo(Math.log(0.72) / Math.log(0.5), 12)
})

test('a trait whose other rows are off the same way, and one whose rows are not', () => {
  const bare = { recompute: null } as Partial<Row>
  const off = [1.4, 1.5, 1.45, 1.6].map((ratio, i) => ({
    ...{ id: `off${i}`, collection: `off${i}`, ratio, row: { ...alone(`x${i}`), ...bare } },
    result: { notes: ['batch changed'] },
  }))
  const noted = good(4).map((made) => ({ ...made, id: `n${made.id}`, result: { notes: ['batch changed'] } }))
  const stated = good(6, { recompute: { mode: 'none' } } as Partial<Row>)
  const causes = causesOf(
    [
      ...stated,
      ...noted.map((made) => ({ ...made, row: { ...made.row, recompute: { mode: 'none' } } })),
      ...off,
    ] as readonly Made[],
    'off3',
  )
  expect(causes[0]).toMatchObject({ code: 'recompute-unstated' })
  expect(causes[0]?.message).toMatch(
    /what was recomputed \(3 other cells like this are 45 % off, those unlike it 2 %\)/,
  )
})

test('parts of the estimate count as traits', () => {
  const breakdown = {
    ...{ compute: 1, recompute: 0, tensor: 0, context: 0, expert: 2, pipeline: 0, bubble: 0, data: 0 },
    ...{ optimizer: 0, overhead: 0 },
  }
  const off = [0.6, 0.5, 0.55, 0.4].map((ratio, i) => ({
    ...{ id: `off${i}`, collection: `off${i}`, ratio, row: { ...alone(`x${i}`), recompute: { mode: 'none' } } },
    result: { breakdown },
  }))
  const [cause] = causesOf(
    [...good(6, { recompute: { mode: 'none' } } as Partial<Row>), ...off] as readonly Made[],
    'off3',
  )
  expect(cause).toMatchObject({ code: 'expert-traffic' })
  expect(cause?.message).toMatch(/^expert traffic is 33 % of the estimate .*45 % off/)
})

test('one configuration measured twice with different results', () => {
  const twice = [10, 20].map((stepSeconds, i) => ({
    ...{ id: `t${i}`, collection: 't', cell: 't', ratio: i === 0 ? 1.5 : 0.75 },
    row: { ...alone('t'), measured: { stepSeconds } },
  }))
  const [cause] = causesOf([...good(8), ...twice] as readonly Made[], 't0')
  expect(cause).toMatchObject({ code: 'repeated' })
  expect(cause?.message).toContain('measured 2 times, 100 % apart')
  expect(cause?.explains).toBeCloseTo(Math.log(2) / 2 / Math.log(1.5), 12)
})

test('what no other row can tell is said to be unclear', () => {
  const few = causesOf([{ id: 'a', ratio: 2 }], 'a')
  expect(few).toMatchObject([{ code: 'too-few-rows', explains: 0 }])
  const short: Made = { id: 's', collection: 's', ratio: 0.5, row: { ...alone('s'), measured: { stepSeconds: 0.09 } } }
  const [cause] = causesOf([...good(8), short], 's')
  expect(cause).toMatchObject({ code: 'unknown', explains: 0 })
  expect(cause?.message).toContain('a short step (0.09 s)')
})

test('the worst row of each cell stands once, the worst first; refused rows stand nowhere', () => {
  const rows = [
    { id: 'a', cell: 'one', ratio: 1.5 },
    { id: 'b', cell: 'one', ratio: 0.3 },
    { id: 'c', cell: 'two', ratio: 1.1 },
  ].map(judge)
  const refused = judge({ id: 'r', ratio: 9, result: { predicted: null } })
  expect(worstRows([...rows, refused]).map(({ id }) => id)).toEqual(['b', 'c'])
  expect(worstRows([...rows, refused].reverse())).toEqual(worstRows([...rows, refused]))
})

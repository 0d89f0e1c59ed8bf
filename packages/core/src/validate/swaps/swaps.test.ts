import { expect, test } from 'vitest'
import { evaluateRow, type Row, type RowResult, readRows, scoreSwaps, swapShortfalls } from '../index.ts'
import { ROW } from '../row.fixture.ts'

interface Made {
  readonly id: string
  readonly chip: string
  readonly chips?: number
  readonly year?: number
  readonly framework?: string
  readonly precision?: string
  readonly sequenceLength?: number
  readonly layers?: number
  readonly batch?: number
  readonly grid?: string
  /** Seconds; null where it ran out of memory. */
  readonly measured: number | null
  readonly predicted?: number | null
}

const H100 = 'H100-SXM-80GB'

function made(items: readonly Made[]): { rows: readonly Row[]; results: readonly RowResult[] } {
  const read = readRows(
    items.map(({ id, chip, chips = 8, year = 2025, framework = 'megatron-core', precision = 'BF16', ...rest }) => ({
      ...ROW,
      id,
      cell: `lab|${chip}|Small 8B`,
      model: { ...ROW.model, layers: rest.layers ?? 32 },
      hardware: { ...ROW.hardware, chip, chips },
      software: { framework, year },
      precision,
      sequenceLength: rest.sequenceLength ?? 8192,
      globalBatchSequences: rest.batch ?? 128,
      modelFlopsPerStepCausal: 8e15,
      measured: rest.measured === null ? { outOfMemory: true } : { stepSeconds: rest.measured },
      ...(rest.grid === undefined ? {} : { grid: rest.grid }),
    })),
  )
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  const results = read.rows.map(({ id, cell, collection }, i): RowResult => {
    const { predicted = null, measured = null } = items[i] ?? {}
    return { id, cell, collection, predicted, measured, error: null, fits: true, predictedPeakBytes: 1 }
  })
  return { rows: read.rows, results }
}

const swapsOf = (items: readonly Made[], leftOut = {}) => {
  const { rows, results } = made(items)
  return scoreSwaps(rows, results, leftOut)
}
const idsOf = (items: readonly Made[]) => swapsOf(items).swaps.map(({ rows }) => rows)

test('a swap by hand: ratios of tokens per second and chip, errors of the model and of the baseline', () => {
  const { swaps, score, byPair } = swapsOf(
    [
      { id: 'slow', chip: H100, chips: 16, measured: 10, predicted: 9 },
      { id: 'fast', chip: 'B200', chips: 8, batch: 256, measured: 16, predicted: 18 },
    ],
    { slow: 10, fast: 20 },
  )
  // H100: 128 x 8192 / 10 / 16 = 6,553.6 tokens/s; B200: 256 x 8192 / 16 / 8 = 16,384: 2.5 times as many.
  // Predicted: 7,281.8 and 14,563.6: 2; left out: 6,553.6 and 13,107.2: 2.
  // The baseline has one row of each chip and number format, which it meets: 2.5.
  expect(swaps).toHaveLength(1)
  expect(swaps[0]).toMatchObject({
    from: H100,
    to: 'B200',
    model: 'Small 8B',
    sequenceLength: 8192,
    precision: 'bf16',
    framework: 'megatron-core',
    chips: [16, 8],
    rows: ['slow', 'fast'],
  })
  expect(swaps[0]?.measured).toBeCloseTo(2.5, 12)
  expect(swaps[0]?.predicted).toBeCloseTo(2, 12)
  expect(swaps[0]?.error).toBeCloseTo(0.2, 12)
  expect(swaps[0]?.leftOut).toBeCloseTo(2, 12)
  expect(swaps[0]?.baseline).toBeCloseTo(2.5, 12)
  expect(score).toMatchObject({ pairs: 1, baselineLeftOutMeanError: null })
  expect(score.meanError).toBeCloseTo(0.2, 12)
  expect(byPair).toMatchObject([{ from: H100, to: 'B200', pairs: 1, measured: { low: 2.5, high: 2.5 } }])
  expect(swapShortfalls(score)).toEqual([
    'the mean error is 20.0 %, more than 6.0 %',
    expect.stringContaining('half of what one utilisation per chip gives'),
  ])
})

const old = { id: 'old', chip: H100, measured: 20 }
const next = { id: 'new', chip: 'B200', measured: 10 }

test('the fastest within reach on each side, whatever the order of the rows', () => {
  const rows: readonly Made[] = [
    old,
    { id: 'old-fast', chip: H100, measured: 18 },
    { id: 'old-far', chip: H100, chips: 64, measured: 1 },
    { id: 'new-out', chip: 'B200', measured: null },
    next,
    { id: 'new-slow', chip: 'B200', chips: 16, measured: 9 },
    { id: 'new-grid', chip: 'B200', measured: 1, grid: 'g' },
  ]
  expect(idsOf(rows)).toEqual([['old-fast', 'new']])
  expect(idsOf([...rows].reverse())).toEqual([['old-fast', 'new']])
})

test.each<[string, Partial<Made>, boolean]>([
  ['a year apart', { year: 2024 }, true],
  ['two years apart', { year: 2023 }, false],
  ['twice the chips', { chips: 16 }, true],
  ['more than twice the chips', { chips: 24 }, false],
  ['another batch', { batch: 64 }, true],
  ['another framework', { framework: 'nemo' }, false],
  ['another number format', { precision: 'FP8' }, false],
  ['the same number format in other words', { precision: 'amp_bf16' }, true],
  ['another sequence length', { sequenceLength: 4096 }, false],
  ['another depth', { layers: 4 }, false],
])('%s: is it a swap?', (_, change, expected) => {
  expect(idsOf([{ ...old, ...change }, next])).toEqual(expected ? [['old', 'new']] : [])
})

test('the older chip comes first, a chip that does not ship before those that do', () => {
  const three = [{ id: 'a', chip: 'GB300', measured: 5 }, next, { id: 'x', chip: 'Mystery-1', measured: 30 }, old]
  expect(swapsOf(three).byPair.map(({ from, to }) => `${from} ${to}`)).toEqual([
    'Mystery-1 H100-SXM-80GB',
    'Mystery-1 B200',
    'Mystery-1 GB300',
    'H100-SXM-80GB B200',
    'H100-SXM-80GB GB300',
    'B200 GB300',
  ])
})

test('no swaps and none predicted: a score that says so', () => {
  expect(swapShortfalls(swapsOf([old]).score)).toEqual(['no two rows are the same training on two chips'])
  expect(swapShortfalls(swapsOf([old, next]).score)).toEqual(['no swap could be predicted'])
})

test('to a format that the older chip lacks: a table of its own, outside the score', () => {
  const a100 = { id: 'a100', chip: 'A100-80GB', measured: 40 }
  const eight = { id: 'eight', chip: H100, precision: 'FP8', measured: 10 }
  const { score, otherFormat } = swapsOf([a100, old, eight])
  expect(score.pairs).toBe(1)
  // 40 s over 10 s on as many chips.
  expect(otherFormat.swaps).toMatchObject([{ rows: ['a100', 'eight'], precision: 'bf16 to fp8', measured: 4 }])
  // An H100 has fp8 itself: bf16 there against fp8 on a B200 would compare recipes, not chips.
  expect(swapsOf([old, { ...next, precision: 'FP8' }]).otherFormat.swaps).toEqual([])
})

test('the model in the place of made results', () => {
  const { rows } = made([old, next])
  const [swap] = scoreSwaps(
    rows,
    rows.map((row) => evaluateRow(row)),
  ).swaps
  expect(swap?.measured).toBe(2)
  expect(swap?.predicted).toBeGreaterThan(1.5)
  expect(swap?.predicted).toBeLessThan(3)
})

import { expect, test } from 'vitest'
import { ROW } from './row.fixture.ts'
import { MAX_ROWS, readRows } from './row.ts'

function issuesOf(data: unknown) {
  const result = readRows(data)
  return result.ok ? [] : result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

test('a row is read; fields that the model does not know are left alone', () => {
  expect(readRows([{ ...ROW, notes: 7, anything: { deep: [1] } }])).toMatchObject({ ok: true, rows: [{ id: 'a' }] })
})

test('cell and collection are filled in', () => {
  const { cell: _, collection: __, ...bare } = ROW
  expect(readRows([bare])).toMatchObject({ rows: [{ collection: 'own', cell: 'own|H100-SXM-80GB|Small 8B' }] })
  expect(readRows([{ ...bare, cell: 'x|y|z' }])).toMatchObject({ rows: [{ collection: 'x', cell: 'x|y|z' }] })
})

test.each([
  [{ model: { ...ROW.model, layers: '32' } }, /^0\.model\.layers: must be a whole number, not "32" \(row "a"\)$/],
  [{ model: { ...ROW.model, layers: 1e300 } }, /^0\.model\.layers: must be a whole number from 1/],
  [{ hardware: { ...ROW.hardware, chips: 0 } }, /^0\.hardware\.chips: must be a whole number from 1/],
  [{ hardware: { ...ROW.hardware, scaleOutGBps: -1 } }, /^0\.hardware\.scaleOutGBps: must be a number above 0/],
  [{ parallelism: { tp: 1.5 } }, /^0\.parallelism\.tp: must be a whole number/],
  [{ parallelism: null }, /^0\.parallelism: must be a map/],
  [{ measured: {} }, /^0\.measured: give either stepSeconds or outOfMemory/],
  [{ measured: { stepSeconds: 1, outOfMemory: true } }, /^0\.measured: give either/],
  [{ measured: { stepSeconds: 0 } }, /^0\.measured\.stepSeconds: must be a number above 0/],
  [{ precision: 16 }, /^0\.precision: must be text/],
  [{ software: undefined }, /^0\.software: missing/],
  [{ recompute: { mode: 'selective', modules: [1] } }, /^0\.recompute\.modules/],
])('refused at its path: %j', (change, message) => {
  expect(issuesOf([{ ...ROW, ...change }])[0]).toMatch(message)
})

test.each([null, 1, 'rows', {}, [], [null], [[]], new Array(MAX_ROWS + 1).fill(0)])('no rows: refused', (data) => {
  expect(issuesOf(data).length).toBeGreaterThan(0)
})

test('an id stands once', () => {
  expect(issuesOf([ROW, ROW])[0]).toMatch(/^1\.id: the id "a" stands at row 0 already/)
})

test('a file full of mistakes is not listed in full', () => {
  expect(issuesOf(new Array(1000).fill({}))).toHaveLength(20)
})

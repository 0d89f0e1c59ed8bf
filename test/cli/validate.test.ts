import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder, walltime } from './walltime.ts'

interface ShippedRow {
  readonly id: string
  readonly hardware: { readonly chip: string }
}

const shipped = (name: string): ShippedRow[] =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../../data/validation/${name}`, import.meta.url)), 'utf8'))

/** A file of a few rows that ship, one of them changed. */
function small(change: object = {}): string {
  const rows = shipped('rows.json').filter(({ hardware }) => hardware.chip === 'H100-SXM-80GB')
  const [first, ...more] = rows.slice(0, 6)
  return JSON.stringify([{ ...first, ...change }, ...more])
}

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length))
}

test('the rows that ship: in the order of the files, every grid, all keys', async () => {
  const { code, stdout, stderr } = await walltime(['validate', '--json'])
  const { rows, score, groups, baseline, worst, grids } = JSON.parse(stdout)
  expect(stderr).toBe('')
  const ids = [...shipped('rows.json'), ...shipped('grids.json')].map(({ id }) => id)
  expect(rows.map(({ id }: ShippedRow) => id)).toEqual(ids)
  const refused = rows.filter((row: { refused?: string }) => row.refused !== undefined)
  expect(code).toBe(refused.length / rows.length > 0.02 ? 1 : 0)
  for (const row of rows) {
    expect(row).toHaveProperty('predictedPeakBytes')
    if (row.refused === undefined && row.measured !== null)
      expect(row.error).toBeCloseTo(Math.abs(row.predicted / row.measured - 1), 9)
    if (row.refused !== undefined) expect(row).toMatchObject({ predicted: null, error: null, fits: null })
  }
  expect(Object.keys(score)).toEqual(
    expect.arrayContaining(['cells', 'cellMean', 'cellMedian', 'rowMean', 'rowMedian', 'rowP90', 'bias', 'refused']),
  )
  expect(score.cellMean).toBeLessThan(0.3)
  expect(worst.length).toBeGreaterThan(5)
  for (const { id, error, causes } of worst) {
    expect(rows.find((row: ShippedRow) => row.id === id).error).toBe(error)
    expect(causes[0].message).not.toMatch(/NaN|undefined|Infinity/)
  }
  expect(baseline.leaveOut.cellMean).toBeGreaterThan(baseline.cellMean)
  expect(new Set(groups.map(({ by }: { by: string }) => by)).size).toBe(6)
  expect(Object.keys(grids[0])).toEqual(
    expect.arrayContaining(['grid', 'collection', 'pairs', 'order', 'regret', 'ranFits', 'oomRefused', 'stepError']),
  )
})

test('a report of a file: 80 columns, no colour in a pipe, done where nothing is refused', async () => {
  const cwd = folder({ 'rows.json': small() })
  const { code, stdout, stderr } = await walltime(['validate', 'rows.json'], { cwd })
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(longest(stdout)).toBeLessThanOrEqual(80)
  expect(stdout).not.toContain('\u001b')
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity/)
  for (const part of ['SCORE', 'baseline', 'left out', 'GROUPS', 'WORST ROWS']) expect(stdout).toContain(part)
  const json = await walltime(['validate', '-', '--json'], { cwd, input: small() })
  expect(JSON.parse(json.stdout).rows).toHaveLength(6)
  expect(JSON.parse(json.stdout)).not.toHaveProperty('grids')
})

test('too many refused: said, with the reason, exit code 1', async () => {
  const input = small({ hardware: { chip: 'Abacus 9000', chips: 8 } })
  const { code, stdout } = await walltime(['validate', '-'], { input })
  expect(code).toBe(1)
  expect(stdout).toMatch(/FELL SHORT: 1 of 6 rows refused/)
  expect(stdout).toMatch(/1 +no system with the chip Abacus 9000 ships/)
})

test.each([
  ['[\n {"id": 3,}]', /^error: rows\.json:2:11: this is not JSON/],
  ['[\n {"id": 3}]', /^error: rows\.json:2:9: \[0\]\.id: must be text/m],
  [small({ precision: 16 }), /^error: rows\.json:1:\d+: \[0\]\.precision: must be text \(row "/m],
  ['{}', /must be a list of rows/],
  ['[]', /holds no rows/],
  ['', /empty/],
  ['['.repeat(100_000), /rows\.json:1:100001: this is not JSON/],
  [`[${'['.repeat(50_000)}${']'.repeat(50_000)}]`, /must be a map/],
])('a file that cannot be used: file:line:col, exit code 2 (%#)', async (text, message) => {
  const { code, stdout, stderr } = await walltime(['validate', 'rows.json'], { cwd: folder({ 'rows.json': text }) })
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain('bug')
})

test('a mistake with --json is a document', async () => {
  const { code, stdout } = await walltime(['validate', '-', '--json'], { input: '[{"id": 3}]' })
  expect(code).toBe(2)
  expect(JSON.parse(stdout).error).toMatchObject({ path: '[0].id', line: 1, column: 9 })
})

test('Ctrl-C: the rows that are done are scored, exit code 3', async () => {
  const many = Array.from({ length: 20 }, (_, i) =>
    shipped('rows.json').map((row) => ({ ...row, id: `${row.id} ${i}` })),
  )
  const input = JSON.stringify(many.flat())
  const { code, stdout, stderr } = await walltime(['validate', '-', '--json'], { input, interruptAfter: 3000 })
  expect(code).toBe(3)
  expect(stderr).toMatch(/^interrupted: \d+ of 10,760 rows were scored/)
  expect(JSON.parse(stdout).rows.length).toBeLessThan(10_760)
})

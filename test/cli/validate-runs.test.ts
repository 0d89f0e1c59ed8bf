import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { folder, walltime } from './walltime.ts'

interface ShippedRun {
  readonly id: string
  readonly [field: string]: unknown
}

const shipped: ShippedRun[] = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../data/validation/whole-runs.json', import.meta.url)), 'utf8'),
)
/** A file of two runs that ship, the first changed. */
const two = (change: object = {}) =>
  JSON.stringify(
    shipped
      .filter(({ id }) => id === 'bloom-176b' || id === 'mpt-7b')
      .map((run, i) => (i === 0 ? { ...run, ...change } : run)),
  )

test('the runs that ship: every one predicted or excluded with a reason, the bar met', async () => {
  const { code, stdout, stderr } = await walltime(['validate', '--runs', '--json'])
  const { runs, score, leftOut, gap, excluded } = JSON.parse(stdout)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  const ids = [...runs, ...excluded].map(({ id }: ShippedRun) => id)
  expect(new Set(ids)).toEqual(new Set(shipped.map(({ id }) => id)))
  expect(runs).toHaveLength(17)
  for (const { why } of excluded) expect(why).toMatch(/\w/)
  for (const { predicted, measured, error, inside } of runs) {
    expect(predicted.p5).toBeLessThan(predicted.p50)
    expect(predicted.p50).toBeLessThan(predicted.p95)
    expect(error).toBeCloseTo(Math.abs(predicted.p50 / measured - 1), 9)
    expect(inside).toBe(predicted.p5 <= measured && measured <= predicted.p95)
  }
  for (const { medianError, coverage90 } of [score, leftOut]) {
    expect(medianError).toBeLessThanOrEqual(0.15)
    expect(coverage90).toBeGreaterThanOrEqual(0.8)
    expect(coverage90).toBeLessThanOrEqual(0.95)
  }
  expect(gap.p5).toBeLessThan(gap.p50)
  expect(gap.source).toMatch(/whole-runs/)
})

test('a report: 80 columns, no colour in a pipe, done in the file’s own words', async () => {
  const cwd = folder({ 'runs.json': two() })
  const { code, stdout, stderr } = await walltime(['validate', '--runs', 'runs.json'], { cwd })
  // Both lie within their intervals: 100 %, more than 95.
  expect(code).toBe(1)
  expect(stdout).toMatch(/FELL SHORT: the 90 % intervals hold 100.0 % of the runs/)
  expect(stderr).toBe('')
  expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80)
  expect(stdout).not.toContain('\u001b')
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity/)
  for (const part of ['WHOLE RUNS', 'SCORE', 'RUNS', 'GAP', 'runs.json']) expect(stdout).toContain(part)
  expect(stdout).not.toContain('left out')
})

test('runs that say too little are listed; none at all fall short', async () => {
  const input = JSON.stringify(shipped.filter(({ id }) => id === 'gpt-oss-120b'))
  const { code, stdout } = await walltime(['validate', '--runs', '-'], { input })
  expect(code).toBe(1)
  expect(stdout).toMatch(/gpt-oss-120b +the number of tokens is not published/)
  expect(stdout).toMatch(/FELL SHORT: no run could be predicted/)
})

test.each([
  ['[\n {"id": 3,}]', /^error: runs\.json:2:11: this is not JSON/],
  ['[\n {"id": 3}]', /^error: runs\.json:2:9: \[0\]\.id: must be text/m],
  [two({ tokens_t: 'many' }), /^error: runs\.json:1:\d+: \[0\]\.tokens_t: must be a number \(run "bloom/m],
  [two({ architecture: 'blom' }), /^error: runs\.json:1:\d+: \[0\]\.architecture: unknown model "blom"/m],
  [two({ parallelism: { tp: 'four' } }), /\[0\]\.parallelism\.tp: must be a whole number/],
  ['{}', /must be a list of runs/],
  ['[]', /holds no runs/],
  ['', /empty/],
])('a file that cannot be used: file:line:col, exit code 2 (%#)', async (text, message) => {
  const { code, stdout, stderr } = await walltime(['validate', '--runs', 'runs.json'], {
    cwd: folder({ 'runs.json': text }),
  })
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain('bug')
})

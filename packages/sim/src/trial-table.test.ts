import { expect, test } from 'vitest'
import { compileRun } from './compile/run.ts'
import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'
import { TrialTable } from './trial-table.ts'

test('a trial takes at most 64 bytes, its share of the sums included', () => {
  const run = compileRun(MIXED)
  const trials = 4096
  const table = new TrialTable(run, 0, trials, false)
  const perTrial = Object.values(table.outcomes).reduce((sum, { byteLength }) => sum + byteLength, 0) / trials
  expect(perTrial).toBe(56)
  const columns = new Float64Array(64 * trials)
  table.add(0, trials, columns)
  table.close()
  const sums = table.blocks.reduce((sum, b) => sum + b.sums.byteLength + b.variance.byteLength, 0)
  expect(perTrial + sums / trials).toBeLessThanOrEqual(64)
})

test('it goes on until the quantiles are as precise as was asked', async () => {
  const { wallClockSeconds, costUsd, trials, requested } = await simulateRun(MIXED, { untilError: 0.01, seed: 'until' })
  for (const { p50, p95, standardErrors } of [wallClockSeconds, costUsd]) {
    expect(standardErrors.p50 / p50).toBeLessThanOrEqual(0.01)
    expect(standardErrors.p95 / p95).toBeLessThanOrEqual(0.01)
  }
  expect(trials).toBe(requested)
  const fewer = await simulateRun(MIXED, { untilError: 0.01, seed: 'until', trials: 1500 })
  expect(fewer.trials).toBe(1500)
})

test('a row knows its trial where a batch before it never came', () => {
  const table = new TrialTable(compileRun(MIXED), 0, 30, false)
  table.add(0, 10, new Float64Array(64 * 10))
  table.add(20, 10, new Float64Array(64 * 10))
  table.close()
  expect([0, 9, 10, 19].map((row) => table.trialOf(row))).toEqual([0, 9, 20, 29])
})

import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const TRIALS = ['--trials', '300']

test('the same scenario twice: every ratio is 1, exactly', async () => {
  const { code, stdout } = await walltime(['compare', '-', '--json', '--swap', 'parallelism.tp=2', ...TRIALS], {
    input: SMALL,
  })
  expect(code).toBe(0)
  const { baseline, candidates } = JSON.parse(stdout)
  expect(candidates).toHaveLength(1)
  for (const key of ['estimate', 'simulate', 'cost']) expect(candidates[0][key]).toEqual(baseline[key])
  expect(candidates[0].ratio).toEqual({
    stepSeconds: 1,
    wallClockP50: 1,
    costP50: 1,
    tokensPerDollar: 1,
    interval90: { stepSeconds: [1, 1], wallClockP50: [1, 1], costP50: [1, 1], tokensPerDollar: [1, 1] },
  })
})

test('what leaves the step alone is compared much closer than its days are known', async () => {
  const { stdout } = await walltime([
    'compare',
    MAIN,
    '--json',
    '--swap',
    'reliability.checkpoint.interval=30 min',
    ...TRIALS,
  ])
  const { baseline, candidates } = JSON.parse(stdout)
  const [low, high] = candidates[0].ratio.interval90.wallClockP50
  const { p5, p95 } = baseline.simulate.wallClockSeconds
  expect(high / low).toBeLessThan(1 + (p95 / p5 - 1) / 2)
  expect(baseline.simulate.columns).toBeUndefined()
})

test('ratios stand inside their intervals; dollars double with the price', async () => {
  const swap = 'cluster.system=dgx-b200,cost.price=5 USD/chip-hour'
  const { stdout } = await walltime([
    'compare',
    MAIN,
    '--json',
    '--swap',
    swap,
    '--swap',
    'cost.price=b200-reserved',
    ...TRIALS,
  ])
  for (const { ratio } of JSON.parse(stdout).candidates) {
    for (const name of ['stepSeconds', 'wallClockP50', 'costP50', 'tokensPerDollar']) {
      const [low, high] = ratio.interval90[name]
      expect(low).toBeLessThanOrEqual(ratio[name])
      expect(high).toBeGreaterThanOrEqual(ratio[name])
    }
    expect(ratio.tokensPerDollar * ratio.costP50).toBeCloseTo(1, 9)
  }
})

test('a price that stays with the file is said', async () => {
  const { stdout } = await walltime(['compare', '-', '--swap', 'cluster.system=dgx-b200', ...TRIALS], { input: SMALL })
  expect(stdout).toContain('the price in the file is kept')
  const priced = await walltime(
    ['compare', '-', '--swap', 'cluster.system=dgx-b200,cost.price=b200-reserved', ...TRIALS],
    { input: SMALL },
  )
  expect(priced.stdout).not.toContain('the price in the file is kept')
})

test('files side by side', async () => {
  const cwd = folder({ 'a.yaml': SMALL, 'b.yaml': SMALL.replace('name: small', 'name: larger').replace('64', '128') })
  const { code, stdout } = await walltime(['compare', 'a.yaml', 'b.yaml', ...TRIALS], { cwd })
  expect(code).toBe(0)
  expect(stdout).toContain('larger')
})

test('a candidate that does not fit is shown, and ends with 1', async () => {
  const { code, stdout } = await walltime([
    'compare',
    MAIN,
    '--swap',
    'parallelism.recompute=none,training.precision=bf16',
    ...TRIALS,
  ])
  expect(code).toBe(1)
  expect(stdout).toMatch(/does not fit in memory by/)
})

test.each([
  [['--swap', 'parallelism.tp=3'], /does not divide.*candidate parallelism\.tp=3/],
  [['--swap', 'cluster.system=dgx-b20'], /did you mean "dgx-b200"/],
  [[], /nothing to compare with/],
  [['--swap', 'parallelism.tp=4', '--set', 'override.stepSeconds=6 s'], /overridden/],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await walltime(['compare', '-', ...args], { input: SMALL })
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})

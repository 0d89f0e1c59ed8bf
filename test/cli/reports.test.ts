import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour begins with one.
const COLOUR = /\u001b\[/

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length))
}

const TRIALS = ['--trials', '200']

test('run: one report, no line longer than 80, no colour, nothing else on standard error', async () => {
  const { code, stdout, stderr } = await walltime(['run', MAIN, ...TRIALS])
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(stdout).not.toMatch(COLOUR)
  expect(longest(stdout)).toBeLessThanOrEqual(80)
  for (const part of [
    'STEP',
    'MEMORY',
    'MFU',
    'causal attention halved',
    'MONTE CARLO',
    'WHERE THE TIME GOES',
    'VARIANCE',
    'WALL CLOCK',
    'MONEY',
  ]) {
    expect(stdout).toContain(part)
  }
})

test.each([
  ['estimate', '--explain'],
  ['simulate', ...TRIALS],
  ['compare', '--swap', 'cluster.system=dgx-b200', ...TRIALS],
])('%s: no line longer than 80', async (command, ...options) => {
  const { code, stdout } = await walltime([command, MAIN, ...options])
  expect(code).toBe(0)
  expect(longest(stdout)).toBeLessThanOrEqual(80)
})

test('FORCE_COLOR colours a pipe; NO_COLOR and --no-color do not', async () => {
  const args = ['estimate', MAIN]
  expect((await walltime(args, { env: { FORCE_COLOR: '1' } })).stdout).toMatch(COLOUR)
  expect((await walltime(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toMatch(COLOUR)
  expect((await walltime([...args, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toMatch(COLOUR)
})

test('a terminal without UTF-8 gets ASCII only, but for names', async () => {
  const { stdout } = await walltime(['run', '-', ...TRIALS], { input: SMALL, env: { LC_ALL: 'C' } })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII.
  expect(stdout.replace(/^Software.*$/m, '')).toMatch(/^[\x00-\x7f]*$/)
})

test('a layout that does not fit: full report, by how much, what would fit, exit code 1', async () => {
  const { code, stdout } = await walltime(['run', MAIN, ...TRIALS, '--set', 'parallelism.recompute=none'])
  expect(code).toBe(1)
  expect(stdout).toContain('DOES NOT FIT')
  expect(stdout).toMatch(/needs [\d.]+ GiB more than a chip has/)
  expect(stdout).toMatch(/--set "parallelism\./)
  expect(stdout).toContain('MONTE CARLO')
})

test('several scenarios are reported in turn', async () => {
  const cwd = folder({ 'a.yaml': SMALL, 'b.yaml': SMALL.replace('name: small', 'name: other') })
  const { stdout } = await walltime(['estimate', 'a.yaml', 'b.yaml'], { cwd })
  expect(stdout.indexOf('small')).toBeLessThan(stdout.indexOf('other'))
  const json = await walltime(['estimate', 'a.yaml', 'b.yaml', '--json'], { cwd })
  expect(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).scenario),
  ).toEqual(['small', 'other'])
})

test('--json of estimate, simulate and run has the keys that scripts rely on', async () => {
  const { stdout } = await walltime(['run', '-', '--json', ...TRIALS, '--seed', 'a'], { input: SMALL })
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  const { estimate, simulate, cost } = JSON.parse(stdout)
  const steps = Object.values<number>(estimate.step.breakdown).reduce((sum, part) => sum + part, 0)
  expect(steps).toBeCloseTo(estimate.step.seconds, 9)
  expect(estimate.step.interval90).toHaveLength(2)
  expect(estimate.memory).toMatchObject({
    fits: true,
    peakBytes: expect.any(Number),
    capacityBytes: expect.any(Number),
  })
  expect(estimate.layout).toMatchObject({ tp: 2, pp: 1, dp: 32, zero: 1 })
  expect(simulate).toMatchObject({
    trials: 200,
    seed: 'a',
    variance: expect.objectContaining({ chance: expect.any(Number) }),
  })
  for (const outcome of ['wallClockSeconds', 'costUsd', 'energyJoules', 'goodput', 'interruptions']) {
    for (const key of ['mean', 'sd', 'standardError', 'p5', 'p50', 'p95', 'p99'])
      expect(simulate[outcome][key]).toEqual(expect.any(Number))
  }
  const lost = Object.values<number>(simulate.badputSeconds).reduce((sum, part) => sum + part, 0)
  expect((lost + simulate.productiveSeconds) / simulate.wallClockSeconds.mean).toBeCloseTo(1, 9)
  expect(cost.usd.p50).toBe(simulate.costUsd.p50)

  const alone = JSON.parse((await walltime(['estimate', '-', '--json'], { input: SMALL })).stdout)
  expect(alone).toEqual(estimate)
  const threaded = await walltime(['simulate', '-', '--json', ...TRIALS, '--seed', 'a', '--threads', '2'], {
    input: SMALL,
  })
  expect(JSON.parse(threaded.stdout)).toMatchObject(simulate)
})

test('--explain lists every assumption and names the nearest measured steps', async () => {
  const { assumptions, nearest } = JSON.parse((await walltime(['estimate', '-', '--json'], { input: SMALL })).stdout)
  const { stdout } = await walltime(['estimate', '-', '--explain'], { input: SMALL })
  expect(assumptions.length).toBeGreaterThan(3)
  for (const { path, value } of assumptions) expect(stdout.replace(/\s+/g, ' ')).toContain(`${path} = ${value}`)
  expect(nearest).toHaveLength(3)
  for (const { id } of nearest) expect(stdout).toContain(id)
})

test('profiles of the user can be named', async () => {
  const cwd = folder({
    's.yaml': SMALL.replace('dgx-h100', 'cool'),
    'p.yaml': 'systems:\n  cool: {extends: dgx-h100, chip: {tdp: 500 W}}\n',
  })
  const { code } = await walltime(['estimate', 's.yaml', '--profiles', 'p.yaml'], { cwd })
  expect(code).toBe(0)
  const shown = await walltime(['show', 'systems', 'cool', '--profiles', 'p.yaml'], { cwd })
  expect(shown.stdout).toContain('cool')
})

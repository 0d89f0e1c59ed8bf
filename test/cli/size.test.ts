import { expect, test } from 'vitest'
import { SMALL, walltime } from './walltime.ts'

/** Nothing fails and nothing is unknown: a run is its steps. */
const CERTAIN = `${SMALL}reliability: {failures: none}\n`

async function size(text: string, args: readonly string[]) {
  const { code, stdout, stderr } = await walltime(['size', '-', '--json', '--trials', '200', ...args], { input: text })
  return { code, stderr, answer: stdout === '' ? undefined : JSON.parse(stdout) }
}

test('tokens of a run without failures are the closed form: bound / step x tokens of a step', async () => {
  const { code, answer } = await size(CERTAIN, ['--find', 'training.tokens', '--until', 'run.seconds <= 3 days'])
  expect(code).toBe(0)
  const estimated = await walltime(['estimate', '-', '--json'], { input: CERTAIN })
  const { step } = JSON.parse(estimated.stdout)
  const closed = ((3 * 86400) / step.seconds) * 128 * 8192
  expect(answer).toMatchObject({ met: true, direction: 'largest', trials: 0, answer: { meets: true, certainty: 1 } })
  expect(answer.answer.value / closed).toBeGreaterThan(1 - 2e-3)
  expect(answer.answer.value / closed).toBeLessThanOrEqual(1 + 1e-4)
  expect(answer.smaller.value).toBeLessThan(answer.answer.value)
  expect(answer.larger).toMatchObject({ meets: false })
})

test('the simulated answer meets the condition under its own seed, and the next value does not', async () => {
  const until = 'costUsd.p95 <= 2500 and wallClockSeconds.p90 <= 2 days'
  const { code, answer } = await size(SMALL, ['--find', 'cost.price=0.5..20 USD/chip-hour', '--until', until])
  expect(code).toBe(2)
  expect(answer.error.message).toMatch(/plain number is per second/)
  const right = await size(SMALL, ['--find', 'cost.price=0.5 USD/chip-hour..20 USD/chip-hour', '--until', until])
  expect(right.code).toBe(0)
  const found = right.answer.answer
  expect(right.answer).toMatchObject({ direction: 'largest', larger: { meets: false } })
  const again = await walltime(['simulate', '-', '--json', '--trials', '200', '--set', found.set], { input: SMALL })
  const { costUsd } = JSON.parse(again.stdout)
  const reading = found.readings.find(({ path }: { path: string }) => path === 'costUsd.p95')
  expect(costUsd.p95).toBe(reading.value)
  expect(costUsd.standardErrors.p95).toBe(reading.error)
  expect(costUsd.p95).toBeLessThanOrEqual(2500)
  const [low, high] = right.answer.interval
  expect(low).toBeLessThanOrEqual(found.value)
  expect(high).toBeGreaterThanOrEqual(found.value)
})

test('chips come in whole nodes and replicas; what the batch does not divide by is skipped and said', async () => {
  const pinned = SMALL.replace('{tp: 2, pp: 1}', '{tp: 2, pp: 1, dp: 32}')
  const args = ['--find', 'cluster.chips', '--until', 'step.seconds <= 4 s']
  const { code, answer } = await size(pinned, args)
  expect(code).toBe(0)
  expect(answer.find).toMatchObject({ unit: 8, own: 64, range: [8, 1024] })
  expect(answer.find.remarks).toHaveLength(1)
  expect(answer.direction).toBe('smallest')
  for (const { value } of answer.points) expect(128 % (value / 2)).toBe(0)
  expect(answer.skipped.count).toBeGreaterThan(0)
  expect(answer.skipped.reasons[0].message).toContain('does not divide')
  expect(answer.smaller.meets).toBe(false)
  const { stdout } = await walltime(['size', '-', ...args], { input: pinned })
  expect(stdout).toContain('does not divide')
  expect(stdout).toMatch(/Skipped [\d,]+ values/)
})

test('with parallelism: auto every size has its own layout, and the answer is that of a scan', async () => {
  const auto = SMALL.replace('{tp: 2, pp: 1}', 'auto')
  const { answer } = await size(auto, ['--find', 'cluster.chips=8..512', '--until', 'run.seconds <= 5 h'])
  const seconds = await Promise.all(
    [8, 16, 32, 64, 128, 256, 512].map(async (chips) => {
      const { stdout } = await walltime(['estimate', '-', '--json', '--set', `cluster.chips=${chips}`], { input: auto })
      return [chips, JSON.parse(stdout).run.seconds] as const
    }),
  )
  expect(answer.answer.value).toBe(seconds.find(([, took]) => took <= 5 * 3600)?.[0])
})

test('a bound that nothing meets: why, the nearest miss, exit code 1', async () => {
  const args = ['--find', 'cluster.chips', '--until', 'wallClockSeconds.p90 <= 1 min']
  const { code, answer } = await size(SMALL, args)
  expect(code).toBe(1)
  expect(answer).toMatchObject({ met: false, answer: null, nearest: { meets: false } })
  expect(answer.nearest.value).toBe(Math.max(...answer.points.map(({ value }: { value: number }) => value)))
  const { code: told, stdout } = await walltime(['size', '-', '--trials', '200', ...args], { input: SMALL })
  expect(told).toBe(1)
  expect(stdout).toMatch(/Cannot be met, because .*away from\s+meeting\s+it/s)
})

test.each([
  ['cluster.chip', /did you mean "chips"/],
  ['training.token', /did you mean "tokens"/],
  ['__proto__.chips', /no path into a scenario/],
  ['constructor.prototype', /no path into a scenario/],
  ['model', /a model is an id/],
  ['training.precision', /must be one of bf16/],
  ['reliability.spares.nodes=4..2', /not above its start/],
  ['reliability.spares.nodes=1..2..3', /not a range/],
  ['cluster.chips=9..15', /no multiple of 8/],
  ['', /no path into a scenario/],
])('--find %s is refused', async (find, message) => {
  const { code, answer } = await size(SMALL, ['--find', find, '--until', 'step.seconds <= 1'])
  expect(code).toBe(2)
  expect(answer.error.message).toMatch(message)
})

test.each([
  ['wallClockSecond.p90 <= 1 day', /did you mean wallClockSeconds\.p90/],
  ['process.exit(1)', /refused|unknown|not/],
  ['step.seconds', /a condition is wanted/],
  ['memory.fits', /reads no number/],
])('--until %s is refused', async (until, message) => {
  const { code, answer } = await size(SMALL, ['--find', 'cluster.chips', '--until', until])
  expect(code).toBe(2)
  expect(answer.error.message).toMatch(message)
})

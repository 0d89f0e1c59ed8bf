import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MIXED } from './run.fixture.ts'
import { type RunDistribution, simulateRun } from './simulate-run.ts'
import type { RunSpec } from './spec.ts'

const DAY = 86_400

const specs: fc.Arbitrary<RunSpec> = fc.record({
  workSeconds: fc.double({ min: 1, max: 1e5, noNaN: true }),
  failures: fc.array(
    fc.record({
      id: fc.string({ minLength: 1 }),
      rate: fc.double({ min: 0, max: 2e-4, noNaN: true }),
      detectionSeconds: fc.double({ min: 0, max: 500, noNaN: true }),
      losesNode: fc.boolean(),
      repair: fc.record({
        automaticShare: fc.double({ min: 0, max: 1, noNaN: true }),
        automaticSeconds: fc.double({ min: 0, max: 1e4, noNaN: true }),
        manualSeconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
      }),
    }),
    { maxLength: 4 },
  ),
  checkpoint: fc.record({
    blockingSeconds: fc.double({ min: 0, max: 100, noNaN: true }),
    durableAfterSeconds: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  restartSeconds: fc.double({ min: 0, max: 500, noNaN: true }),
  downtimeSeconds: fc.double({ min: 0, max: 500, noNaN: true }),
  startupSeconds: fc.double({ min: 0, max: 500, noNaN: true }),
  intervalSeconds: fc.oneof(fc.double({ min: 100, max: 2000, noNaN: true }), fc.constant('auto' as const)),
  spares: fc.record({ nodes: fc.integer({ min: 0, max: 5 }) }),
  pace: fc.constantFrom([[1]], [[0.5]], [[0.9, 0.1]]),
})

test('every second is booked once', async () => {
  await fc.assert(
    fc.asyncProperty(specs, fc.string(), async (spec, seed) => {
      const result = await simulateRun(spec, { trials: 5, seed })
      const booked = Object.values(result.badputSeconds).reduce((sum, s) => sum + s, result.productiveSeconds)
      expect(booked / result.wallClockSeconds.mean).toBeCloseTo(1, 9)
      for (const seconds of Object.values(result.badputSeconds)) expect(seconds).toBeGreaterThan(-1e-6)
    }),
    { numRuns: 100 },
  )
})

describe('without failures', () => {
  test.each([
    { workSeconds: 1000, interval: 300, checkpoints: 4 },
    { workSeconds: 900, interval: 300, checkpoints: 3 },
    // 0.6/0.2 is below 3 and 1.1/0.1 above 11 in floating point.
    { workSeconds: 0.6, interval: 0.2, checkpoints: 3 },
    { workSeconds: 1.1, interval: 0.1, checkpoints: 11 },
    { workSeconds: 1, interval: 300, checkpoints: 1 },
  ])(
    '$workSeconds s every $interval s take $checkpoints checkpoints',
    async ({ workSeconds, interval, checkpoints }) => {
      const failures = { mtbfSeconds: Number.POSITIVE_INFINITY }
      const result = await simulateRun(
        { workSeconds, failures, checkpoint: 7, restartSeconds: 60, startupSeconds: 11, intervalSeconds: interval },
        { trials: 3 },
      )
      expect(result.wallClockSeconds.mean).toBeCloseTo(workSeconds + 7 * checkpoints + 11, 9)
      expect(result.wallClockSeconds.sd).toBeLessThan(1e-12)
      expect(result.checkpoint).toMatchObject({ intervalSeconds: interval, blockingSeconds: 7, count: checkpoints })
      expect(result.goodput.mean).toBeCloseTo(workSeconds / result.wallClockSeconds.mean, 12)
      expect(result.variance.wallClockSeconds).toEqual({ chance: 1, model: 0, fleet: 0, price: 0 })
    },
  )

  test('goodput is 1 where nothing costs anything', async () => {
    const free = { checkpoint: 0, restartSeconds: 0, intervalSeconds: 10 }
    const { goodput } = await simulateRun({ ...free, workSeconds: 1000, failures: [] }, { trials: 2 })
    expect(goodput.mean).toBe(1)
  })

  test('auto writes the one checkpoint at the end', async () => {
    const { checkpoint } = await simulateRun(
      {
        workSeconds: 1000,
        failures: [{ id: 'never', rate: 0 }],
        checkpoint: 5,
        restartSeconds: 1,
        intervalSeconds: 'auto',
      },
      { trials: 1 },
    )
    expect(checkpoint.count).toBe(1)
  })
})

describe('what costs more', () => {
  const base = {
    workSeconds: 5000,
    failures: { mtbfSeconds: 400 },
    checkpoint: 10,
    restartSeconds: 30,
    intervalSeconds: 80,
  }
  const wall = async (change: Partial<RunSpec>, trials = 200) => {
    const { columns } = await simulateRun({ ...base, ...change }, { trials, seed: 'monotone', keepTrials: true })
    return columns?.wallClockSeconds ?? new Float64Array()
  }
  const pairs: readonly [string, Partial<RunSpec>][] = [
    ['checkpoint', { checkpoint: 14 }],
    ['restart', { restartSeconds: 37 }],
    ['downtime', { downtimeSeconds: 5 }],
    ['startup', { startupSeconds: 50 }],
    ['durability window', { checkpoint: { blockingSeconds: 10, durableAfterSeconds: 30 } }],
    ['work', { workSeconds: 5400 }],
  ]

  // The n-th attempt lasts as long in both runs, and the dearer one never gets further in it.
  test.each(pairs)('a larger %s never ends a trial earlier', async (_, change) => {
    const less = await wall({})
    const more = await wall(change)
    expect(more.every((seconds, i) => seconds >= (less[i] as number))).toBe(true)
    expect(more).not.toEqual(less)
  })

  test('a higher rate costs more on average', async () => {
    const mean = (a: Float64Array) => a.reduce((sum, v) => sum + v, 0) / a.length
    const means = []
    for (const mtbfSeconds of [1600, 800, 400, 200]) means.push(mean(await wall({ failures: { mtbfSeconds } }, 2000)))
    expect(means).toEqual(means.toSorted((a, b) => a - b))
  })
})

describe('interruptions', () => {
  // Llama 3, arXiv:2407.21783, table 5: 419 unexpected interruptions in 54 days on 16,384 chips.
  test('are Poisson with the mean observed on 16,384 chips in 54 days', async () => {
    const chips = 16_384
    const { interruptions, columns } = await simulateRun(
      {
        workSeconds: 54 * DAY,
        units: chips,
        failures: { mtbfSeconds: (chips * 54 * DAY) / 419 },
        checkpoint: 0,
        restartSeconds: 0,
        intervalSeconds: 10,
      },
      { trials: 4000, seed: 'llama', keepTrials: true },
    )
    expect(Math.abs(interruptions.mean / 419 - 1)).toBeLessThan(0.02)
    expect(interruptions.sd).toBeCloseTo(Math.sqrt(419), 0)
    const inside = columns?.interruptions.filter((n) => n >= 379 && n <= 459).length ?? 0
    expect(inside / 4000).toBeGreaterThan(0.94)
    expect(inside / 4000).toBeLessThan(0.965)
  })

  test('fall on the classes by their rates', async () => {
    const failures = [
      { id: 'rare', rate: 1e-5 },
      { id: 'never', rate: 0 },
      { id: 'often', rate: 1e-6, units: 70 },
      { id: 'some', rate: 2e-5 },
    ]
    const { interruptions, interruptionsByClass } = await simulateRun(
      { workSeconds: 1e7, failures, checkpoint: 0, restartSeconds: 0, intervalSeconds: 100 },
      { trials: 500 },
    )
    expect(interruptionsByClass['never']).toBe(0)
    expect((interruptionsByClass['rare'] ?? 0) / interruptions.mean).toBeCloseTo(0.1, 2)
    expect((interruptionsByClass['often'] ?? 0) / interruptions.mean).toBeCloseTo(0.7, 2)
    const sum = Object.values(interruptionsByClass).reduce((a, b) => a + b, 0)
    expect(sum).toBeCloseTo(interruptions.mean, 9)
  })
})

describe('the same bits', () => {
  const run = (batchTrials: number, trials = 97): Promise<RunDistribution> =>
    simulateRun(MIXED, { trials, seed: 'bits', batchTrials, keepTrials: true })

  test.each([1, 10, 96, 1000])('come in batches of %d trials', async (size) => {
    expect(await run(size)).toEqual(await run(97))
  })

  test('begin a longer run', async () => {
    const long = await run(50, 150)
    expect(long.columns?.costUsd.slice(0, 97)).toEqual((await run(50)).columns?.costUsd)
  })

  test('do not come from another seed', async () => {
    const other = await simulateRun(MIXED, { trials: 97, seed: 'other' })
    expect(other.wallClockSeconds.mean).not.toBe((await run(97)).wallClockSeconds.mean)
  })

  test('come in any release', async () => {
    const { wallClockSeconds, costUsd, interruptions } = await simulateRun(MIXED, { trials: 1000, seed: 'golden' })
    expect([wallClockSeconds.mean, costUsd.mean, interruptions.mean]).toEqual(GOLDEN)
  })
})

const GOLDEN = [386572.05131925107, 7151.086293400597, 19.899]

test('a slower pace is booked as degraded', async () => {
  const spec = {
    workSeconds: 1000,
    failures: [],
    checkpoint: 1,
    restartSeconds: 0,
    intervalSeconds: 100,
    pace: [[0.5]],
  }
  const { badputSeconds, productiveSeconds, checkpoint } = await simulateRun(spec, { trials: 1 })
  expect({ productiveSeconds, degraded: badputSeconds.degraded, count: checkpoint.count }).toEqual({
    productiveSeconds: 1000,
    degraded: 1000,
    count: 20,
  })
})

test('money runs with the wall clock, energy with what the job does', async () => {
  const { costUsd, energyJoules, wallClockSeconds } = await simulateRun(
    {
      workSeconds: 7000,
      failures: [],
      checkpoint: 200,
      restartSeconds: 0,
      intervalSeconds: 7000,
      cost: { usdPerChipHour: 3, chips: 16 },
      power: { busyWatts: 1000, idleWatts: 100 },
    },
    { trials: 1 },
  )
  expect(wallClockSeconds.p50).toBe(7200)
  expect(costUsd.p50).toBe(96)
  expect(energyJoules.p50).toBe(7_020_000)
})

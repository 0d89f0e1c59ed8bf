import { describe, expect, test } from 'vitest'
import { dalyInterval } from './daly.ts'
import { MIXED } from './run.fixture.ts'
import { type SimulateOptions, simulateRun } from './simulate-run.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'

const BASE: RunSpec = {
  workSeconds: 1000,
  failures: { mtbfSeconds: 500 },
  checkpoint: 5,
  restartSeconds: 20,
  intervalSeconds: 100,
}
const NODE = { id: 'node', rate: 1e-3, losesNode: true }
const REPAIR = { automaticShare: 0.5, automaticSeconds: 10, manualSeconds: 20 }
const spread = (p5: number, p50: number, p95: number, law: 'fixed' | 'normal' | 'lognormal' = 'lognormal') => ({
  p5,
  p50,
  p95,
  law,
})

describe('a run that cannot be is refused with the path', () => {
  const wrong: readonly [string, Partial<Record<keyof RunSpec, unknown>>][] = [
    ['workSeconds', { workSeconds: Number.NaN }],
    ['workSeconds', { workSeconds: 0 }],
    ['workSeconds', { workSeconds: Number.POSITIVE_INFINITY }],
    ['workSeconds', { workSeconds: '1000' }],
    ['workSeconds', { workSeconds: Object.create(null) }],
    ['units', { units: -1 }],
    ['failures.mtbfSeconds', { failures: { mtbfSeconds: 0 } }],
    ['failures.mtbfSeconds', { failures: { mtbfSeconds: Number.NaN } }],
    ['failures', { failures: {} }],
    ['failures', { failures: null }],
    [
      'failures',
      {
        failures: [
          { ...NODE, rate: 1e308 },
          { ...NODE, rate: 1e308 },
        ],
      },
    ],
    ['failures.0.rate', { failures: [{ ...NODE, rate: -1 }] }],
    ['failures.0.units', { failures: [{ ...NODE, units: Number.NaN }] }],
    ['failures.0.detectionSeconds', { failures: [{ ...NODE, detectionSeconds: -1 }] }],
    ['failures.0.repair', { failures: [NODE], spares: { nodes: 1 } }],
    [
      'failures.0.repair.automaticShare',
      { failures: [{ ...NODE, repair: { ...REPAIR, automaticShare: 1.1 } }], spares: { nodes: 1 } },
    ],
    [
      'failures.0.repair.manualSeconds',
      { failures: [{ ...NODE, repair: { ...REPAIR, manualSeconds: Number.NaN } }], spares: { nodes: 1 } },
    ],
    ['checkpoint', { checkpoint: -5 }],
    ['checkpoint', { checkpoint: undefined }],
    ['checkpoint.blockingSeconds', { checkpoint: {} }],
    ['checkpoint', { checkpoint: 'often' }],
    ['checkpoint.durableAfterSeconds', { checkpoint: { blockingSeconds: 1, durableAfterSeconds: -1 } }],
    ['restartSeconds', { restartSeconds: undefined }],
    ['restartSeconds', { restartSeconds: spread(3, 2, 4) }],
    ['restartSeconds.p5', { restartSeconds: spread(0, 2, 4) }],
    ['restartSeconds.law', { restartSeconds: { p5: 1, p50: 2, p95: 3, law: 'cauchy' } }],
    ['downtimeSeconds.p95', { downtimeSeconds: spread(1, 2, Number.NaN) }],
    ['intervalSeconds', { intervalSeconds: 0 }],
    ['intervalSeconds', { intervalSeconds: 'hourly' }],
    ['intervalSeconds', { intervalSeconds: 1e-13 }],
    ['shortestIntervalSeconds', { shortestIntervalSeconds: 0 }],
    ['startupSeconds', { startupSeconds: -1 }],
    ['stepError', { stepError: spread(0, 0, 0, 'fixed') }],
    ['fleet', { fleet: spread(0, 0, 1, 'normal') }],
    ['spares.nodes', { spares: { nodes: 1.5 } }],
    ['spares.nodes', { spares: { nodes: 1e12 } }],
    ['pace', { pace: [[0]] }],
    ['pace', { pace: [] }],
    ['cost.chips', { cost: { usdPerChipHour: 1, chips: -1 } }],
    ['cost.usdPerChipHour', { cost: { usdPerChipHour: -1, chips: 1 } }],
    ['power.busyWatts', { power: { busyWatts: Number.NaN, idleWatts: 1 } }],
  ]
  test.each(wrong)('%s in %j', async (path, change) => {
    const run = simulateRun({ ...BASE, ...change } as RunSpec, { trials: 1 })
    await expect(run).rejects.toMatchObject({ name: 'SimulationError', code: 'invalid-value', path })
  })
})

describe('options that cannot be are refused', () => {
  const wrong: readonly [string, Record<string, unknown>][] = [
    ['trials', { trials: 0 }],
    ['trials', { trials: 1.5 }],
    ['trials', { trials: Number.NaN }],
    ['trials', { trials: 1e8 + 1 }],
    ['seed', { seed: Number.NaN }],
    ['seed', { seed: {} }],
    ['batchTrials', { batchTrials: 0 }],
  ]
  test.each(wrong)('%s in %j', async (path, options) => {
    await expect(simulateRun(BASE, options as SimulateOptions)).rejects.toMatchObject({ code: 'invalid-value', path })
  })
})

test('a run that fails faster than it restarts is refused, not simulated for ever', async () => {
  const run = simulateRun({ ...BASE, restartSeconds: 50_000 }, { trials: 1 })
  await expect(run).rejects.toMatchObject({ code: 'cannot-finish', message: expect.stringContaining('restart') })
  await expect(run).rejects.toBeInstanceOf(SimulationError)
})

test('a run that unlucky constants keep from finishing is refused with the trial', async () => {
  const run = simulateRun({ ...BASE, fleet: spread(1, 1, 1e6) }, { trials: 10 })
  await expect(run).rejects.toMatchObject({ code: 'cannot-finish', message: expect.stringMatching(/^trial \d/) })
})

test('more trials than fit in memory are refused', async () => {
  const run = simulateRun(BASE, { trials: 1e8 })
  await expect(run).rejects.toMatchObject({ code: 'too-many-trials', path: 'trials' })
})

test('auto is no shorter than a checkpoint needs to become safe, nor than a step', async () => {
  const interval = async (change: Partial<RunSpec>) =>
    (await simulateRun({ ...BASE, intervalSeconds: 'auto', ...change }, { trials: 1 })).checkpoint.intervalSeconds
  expect(await interval({})).toBeCloseTo(dalyInterval(5, 500), 9)
  expect(await interval({ checkpoint: { blockingSeconds: 5, durableAfterSeconds: 300 } })).toBe(295)
  expect(await interval({ checkpoint: 0 })).toBe(1)
  expect(await interval({ checkpoint: 0, shortestIntervalSeconds: 12 })).toBe(12)
  expect(await interval({ failures: { mtbfSeconds: 1e9 } })).toBe(1000)
  expect(await interval({ failures: [{ id: 'almost never', rate: 5e-324 }], checkpoint: 0 })).toBe(1000)
})

test('a normal law is cut at nothing', async () => {
  const { columns } = await simulateRun(
    { ...MIXED, restartSeconds: spread(0, 10, 100, 'normal'), fleet: spread(0, 1, 2, 'normal') },
    { trials: 300, keepTrials: true },
  )
  expect(columns?.restart.every((s) => s >= 0)).toBe(true)
  expect(columns?.interruptions.some((n) => n === 0)).toBe(true)
})

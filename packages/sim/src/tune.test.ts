import { describe, expect, test } from 'vitest'
import { optimalInterval } from './daly.ts'
import type { RunSpec } from './spec.ts'
import { tune } from './tune.ts'
import { intervalForms, plannedIntervals, spareForms } from './tune-forms.ts'

const DAY = 86_400

/** Exponential failures every hour, a minute a checkpoint. */
const PLAIN: RunSpec = {
  workSeconds: 20 * DAY,
  failures: { mtbfSeconds: 3600 },
  checkpoint: 60,
  restartSeconds: 120,
  intervalSeconds: 'auto',
  cost: { usdPerChipHour: 2, chips: 8 },
}
const withInterval = (intervalSeconds: number): RunSpec => ({ ...PLAIN, intervalSeconds })

/** 100 nodes that each fail once in 50 days and take 5 days to repair: 10 in repair at once. */
const SPARED: RunSpec = {
  workSeconds: 60 * DAY,
  nodes: 100,
  units: 100,
  failures: [
    {
      id: 'node',
      rate: 1 / (50 * DAY),
      losesNode: true,
      repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: { exponential: { mean: 5 * DAY } } },
    },
  ],
  checkpoint: 0,
  restartSeconds: 60,
  intervalSeconds: 600,
}
const withSpares = (nodes: number): RunSpec => ({
  ...SPARED,
  spares: { nodes },
  cost: { usdPerChipHour: 2, chips: 100 + nodes, spareChips: nodes },
})

describe('a checkpoint interval', () => {
  test('is best where the exact optimum is, within the values that are as good', async () => {
    const exact = optimalInterval(60, 3600)
    const result = await tune(
      withInterval,
      { low: exact / 10, high: exact * 10 },
      { trials: 400, seed: 'a', own: exact },
    )
    const [low, high] = result.interval
    // The interval is one standard error wide to either side: the exact optimum is in it or near.
    expect(low).toBeLessThanOrEqual(1.3 * exact)
    expect(high).toBeGreaterThanOrEqual(exact / 1.3)
    expect(high / low).toBeLessThan(2)
    expect(result.atEdge).toBe(false)
    expect(result.own?.value).toBe(exact)
    expect(result.own?.difference).toBeLessThanOrEqual(3 * (result.own?.differenceError ?? 0))
    const far = result.points[0]
    expect(far?.difference).toBeGreaterThan(10 * (far?.differenceError ?? 0))
    expect(result.points.map(({ value }) => value)).toEqual(
      result.points.map(({ value }) => value).sort((a, b) => a - b),
    )
    expect(intervalForms(PLAIN)).toMatchObject({ mtbfSeconds: 3600, optimal: exact })
  })

  test('of a list is the best of the list, the same on every call', async () => {
    const values = [200, 600, 3000]
    const options = { trials: 100, seed: 'a', by: 'time' } as const
    const result = await tune(withInterval, { values }, options)
    expect(result.best.value).toBe(600)
    expect(result.points.map(({ value }) => value)).toEqual(values)
    expect(await tune(withInterval, { values }, options)).toEqual(result)
  })

  test('at the end of its range says so', async () => {
    expect(await tune(withInterval, { low: 3000, high: 6000 }, { trials: 50 })).toMatchObject({
      atEdge: true,
      best: { value: 3000 },
    })
  })
})

describe('spares', () => {
  test('are best near Erlang’s optimum', async () => {
    const forms = spareForms(SPARED)
    expect(forms?.nodesInRepair).toBeCloseTo(10, 9)
    // Poisson(10) is at most 18 in 99.28 % of moments, and at most 17 in 98.57 %.
    expect(forms?.poisson99).toBe(18)
    const result = await tune(withSpares, { low: 0, high: 40, whole: true }, { trials: 300, seed: 'a' })
    expect(Number.isInteger(result.best.value)).toBe(true)
    expect(Math.abs(result.best.value - (forms?.erlang ?? 0))).toBeLessThanOrEqual(2)
    const at = (value: number) => result.points.find((p) => p.value === value)
    expect(at(0)?.costUsd).toBeGreaterThan(1.2 * result.best.costUsd)
    expect(at(40)?.costUsd).toBeGreaterThan(1.1 * result.best.costUsd)
  })
})

test('values that the run cannot have are refused, and said; where all are, the first reason is the error', async () => {
  const never = (n: number): RunSpec => ({ ...withSpares(n), failures: [{ ...noRepair, rate: 1e-7 }] })
  const noRepair = {
    id: 'gone',
    losesNode: true,
    repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: 1e12 },
  }
  await expect(tune(never, { values: [0.5] }, { trials: 2 })).rejects.toThrow('spares.nodes: must be a whole number')
  const result = await tune(withInterval, { values: [-1, 600] }, { trials: 20 })
  expect(result.refused).toEqual([{ value: -1, message: 'intervalSeconds: must be a finite number above 0, not -1' }])
  await expect(tune(withInterval, { low: 5, high: 5 })).rejects.toThrow('range: must end above its start, not 5 and 5')
  await expect(tune(withInterval, { values: [] })).rejects.toThrow('values: must be numbers, at least one')
})

test('two tiers have the two-level pattern beside them; what never fails has no closed form', () => {
  const tiers: RunSpec = {
    ...SPARED,
    failures: [
      { id: 'software', rate: 1e-4, units: 1 },
      {
        id: 'node',
        rate: 1e-5,
        units: 1,
        losesNode: true,
        repair: { automaticShare: 1, automaticSeconds: 10, manualSeconds: 10 },
      },
    ],
    checkpoint: {
      blockingSeconds: 2,
      kind: 'local',
      tiers: [{ blockingSeconds: 60, kind: 'remote', intervalSeconds: 'auto' }],
    },
  }
  // W* = √(2C₂/λ₂) = √(2·60/1e-5); n* = √(λ₁C₂/(C₁λ₂)) = √(1e-4·60/(2·1e-5)).
  const { twoLevel } = intervalForms(tiers) ?? {}
  expect(twoLevel?.patternSeconds).toBeCloseTo(Math.sqrt(1.2e7), 6)
  expect(plannedIntervals(tiers)).toHaveLength(2)
  expect(plannedIntervals(PLAIN)).toEqual([intervalForms(PLAIN)?.daly])
  expect(twoLevel?.firstLevelCheckpoints).toBeCloseTo(Math.sqrt(300), 9)
  const sound = { ...PLAIN, failures: { mtbfSeconds: Number.POSITIVE_INFINITY } }
  expect(intervalForms(sound)).toBeUndefined()
  expect(spareForms(sound)).toBeUndefined()
})

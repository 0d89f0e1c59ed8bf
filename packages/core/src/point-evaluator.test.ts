import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimate } from './estimate.ts'
import {
  compileCondition,
  ESTIMATE_PATHS,
  moreIsBetter,
  POINT_PATHS,
  resultReader,
  SCENARIO_READINGS,
  settingOf,
} from './expression/index.ts'
import { compilePoints, PointEvaluator, pointField, readPointValue } from './point-evaluator.ts'
import { builtinProfiles, isIssues } from './scenario/profiles.ts'
import { readScenarioData } from './scenario/read.ts'
import { setPath } from './scenario/set-path.ts'

const BASE = {
  model: 'llama-3-8b',
  cluster: { system: 'dgx-h100', chips: 64 },
  training: { tokens: '20B tokens', sequenceLength: 8192, globalBatch: 128 },
  parallelism: { tp: 2, pp: 1 },
  reliability: { spares: { nodes: 2 } },
  cost: { price: '2.50 USD/chip-hour' },
}

function compiled(data: unknown): PointEvaluator {
  const points = compilePoints(data, builtinProfiles, new Map())
  if (!(points instanceof PointEvaluator)) throw new Error('not compiled')
  return points
}

test('a point of a compiled scenario has the figures of its own estimate, or its first refusal', () => {
  const points = compiled(BASE)
  fc.assert(
    fc.property(
      fc.record({ tp: fc.constantFrom(1, 2, 3, 4, 8), pp: fc.constantFrom(1, 2, 4), zero: fc.constantFrom(0, 1, 3) }),
      fc.constantFrom(64, 96, 128, 512, '1M tokens', '2097152'),
      fc.constantFrom(1e9, 3e12),
      (parallelism, globalBatch, tokens) => {
        const point = points.evaluate({ parallelism, training: { globalBatch, tokens } })
        const training = { ...BASE.training, globalBatch, tokens }
        const scenario = readScenarioData({ ...BASE, training, parallelism: { ...BASE.parallelism, ...parallelism } })
        if (isIssues(scenario)) {
          expect(point).toMatchObject({ ok: false, code: scenario[0]?.code })
          return
        }
        const whole = estimate(scenario)
        if (!point.ok) throw new Error(`${point.code} where ${scenario.name} is estimated`)
        for (const path of POINT_PATHS.keys()) {
          expect([path, resultReader(path)(point.estimate)]).toEqual([path, resultReader(path)(whole)])
        }
        for (const [path, { of }] of SCENARIO_READINGS) {
          expect([path, of(point.setting)]).toEqual([path, of(settingOf(scenario))])
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('what depends on more than layout, batch and tokens is not compiled', () => {
  const whole = (path: readonly string[], value: unknown) =>
    compilePoints(setPath(BASE, path, value), builtinProfiles, new Map())
  expect(whole(['override'], { stepSeconds: '6 s' })).toBeNull()
  expect(whole(['phases'], [{ share: 1 }])).toBeNull()
  expect(whole(['reliability', 'elastic'], { minReplicas: 2 })).toBeNull()
  expect(whole(['cluster', 'system'], 'dgx-h10')).toMatchObject([{ path: ['cluster', 'system'] }])
})

test('fields of points are told from others and checked', () => {
  expect(pointField(['parallelism', 'tp'])).toEqual({ section: 'parallelism', field: 'tp' })
  for (const path of [
    ['parallelism'],
    ['parallelism', 'constructor'],
    ['training', 'precision'],
    ['cluster', 'chips'],
  ]) {
    expect(pointField(path)).toBeUndefined()
  }
  expect(readPointValue({ section: 'training', field: 'tokens' }, '2T')).toEqual({ value: 2e12 })
  expect(readPointValue({ section: 'parallelism', field: 'tp' }, 0)).toMatchObject([
    { path: ['parallelism', 'tp'], message: 'must be a whole number from 1 to 1000000, not 0' },
  ])
})

test('every path of an estimate that expressions know is there', () => {
  const scenario = readScenarioData(BASE)
  if (isIssues(scenario)) throw new Error('no scenario')
  const whole = estimate(scenario)
  const types = { number: 'number', text: 'string', condition: 'boolean' }
  for (const [path, type] of ESTIMATE_PATHS) {
    const value = resultReader(path)(whole)
    expect([path, typeof value, Number.isNaN(value)]).toEqual([path, types[type], false])
  }
  for (const [path, { type, of }] of SCENARIO_READINGS) {
    expect([path, typeof of(settingOf(scenario))]).toEqual([path, types[type]])
  }
})

test('a price in an expression is in SI, as a price with a unit is', () => {
  const known = new Map([...SCENARIO_READINGS].map(([path, { type }]) => [path, type] as const))
  const scenario = readScenarioData(BASE)
  if (isIssues(scenario)) throw new Error('no scenario')
  const dear = compileCondition('2.4 USD/h < cost.price < 2.6 USD/h', { known })
  expect(dear.ok && dear.evaluate((path) => SCENARIO_READINGS.get(path)?.of(settingOf(scenario)) ?? 0)).toBe(true)
})

test('utilisation and throughput are best high, all else low', () => {
  expect(['step.mfu', ' goodput.p50 ', 'step.tokensPerSecond'].map(moreIsBetter)).toEqual([true, true, true])
  expect(['step.seconds', 'costUsd.p90', '1 - step.mfu', 'goodput.sd'].map(moreIsBetter)).toEqual([
    ...[false, false, false, false],
  ])
})

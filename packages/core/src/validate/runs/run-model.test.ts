import { expect, test } from 'vitest'
import type { Architecture } from '../../model/architecture.ts'
import { countParameters } from '../../model/parameters.ts'
import { builtinProfiles, isIssues, resolveModel } from '../../scenario/profiles.ts'
import { runModel, usualModel } from './run-model.ts'
import type { WholeRun } from './whole-run.ts'

const run = (change: Partial<WholeRun>): WholeRun => ({
  id: 'a run',
  model: 'Model',
  reliability: 'official',
  ...change,
})
const modelOf = (change: Partial<WholeRun>) => runModel(run(change), 2024, builtinProfiles.models)

function resolved(model: unknown): Architecture {
  const architecture = resolveModel(model, builtinProfiles.models, [])
  if (isIssues(architecture)) throw new Error(JSON.stringify(architecture))
  return architecture
}

// LLaMA 33B and 65B (arXiv:2302.13971, table 2), OPT-13B, MT-NLG 530B, Llama 3.1 8B and 70B.
test.each([
  [32.5e9, 2023],
  [65.2e9, 2023],
  [13e9, 2022],
  [530e9, 2022],
  [8e9, 2024],
  [70.6e9, 2024],
])('a dense model of %d parameters (%i) has about as many', (total, year) => {
  const { total: counted } = countParameters(resolved(usualModel(total, total, year)))
  expect(Math.abs(counted / total - 1)).toBeLessThan(0.12)
})

// Llama 4 Scout and Maverick, DeepSeek-V2 and V3.
test.each([
  [109e9, 17e9],
  [400e9, 17e9],
  [236e9, 21e9],
  [671e9, 37e9],
])('a mixture of %d parameters, %d active', (total, active) => {
  const counted = countParameters(resolved(usualModel(total, active, 2024)))
  expect(Math.abs(counted.active / active - 1)).toBeLessThan(0.15)
  expect(Math.abs(Math.log(counted.total / total))).toBeLessThan(0.5)
})

test('a preset of the family and the size, before a usual shape', () => {
  expect(modelOf({ model: 'LLaMA 13B', params_b: 13 })).toMatchObject({ model: 'llama-2-13b' })
  expect(modelOf({ model: 'Llama 3.1 70B', params_b: 70.6 })).toMatchObject({ model: 'llama-3-70b' })
  expect(modelOf({ model: 'DeepSeek-V3', params_b: 671, active_params_b: 37 })).toMatchObject({ model: 'deepseek-v3' })
})

test('another family, or experts where the preset has none, is no such preset', () => {
  expect(modelOf({ model: 'Baichuan 13B', params_b: 13 })?.origin).toMatch(/usual/)
  expect(modelOf({ model: 'Llama 4 Maverick', params_b: 405, active_params_b: 17 })?.origin).toMatch(/usual/)
})

test('its own architecture goes first', () => {
  expect(modelOf({ model: 'LLaMA 13B', params_b: 13, architecture: 'llama-2-7b' })).toEqual({
    model: 'llama-2-7b',
    origin: 'given with the run',
  })
  expect(modelOf({})).toBeUndefined()
})

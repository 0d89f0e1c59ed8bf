import { PRODUCTION_GAP, type WholeRun } from '@walltime/core/validate'
import { expect, test } from 'vitest'
import { benchmarkRun, productionChipHours } from './chip-hours.ts'
import { isPredicted, predictRun } from './predict-runs.ts'

const LLAMA_2: WholeRun = {
  ...{ id: 'llama2-70b', model: 'Llama 2 70B', year: 2023, params_b: 69, tokens_t: 2, seq_len: 4096 },
  ...{ chips: 'A100-80GB', gpu_hours: 1_720_320, reliability: 'official', architecture: 'llama-2-70b' },
}

/** DeepSeek-V3 (arXiv:2412.19437): 2.664M chip-hours of pre-training on 2,048 H800. */
const DEEPSEEK: WholeRun = {
  ...{ id: 'deepseek-v3', model: 'DeepSeek-V3', year: 2024, tokens_t: 14.8, seq_len: 4096, chips: 'H800' },
  ...{ chip_count: 2048, gpu_hours: 2_664_000, reliability: 'official', precision: 'fp8-block', software: 'hai-llm' },
  ...{ architecture: { extends: 'deepseek-v3', mtpLayers: 1 }, global_batch_tokens: 15_360 * 4096 },
  parallelism: {
    ...{ tp: 1, pp: 16, ep: 64, microBatch: 1, zero: 1, schedule: 'dualpipe' },
    recompute: { modules: ['norm', 'mla', 'activation'] },
  },
}

async function benchmark(run: WholeRun, seed = 'a') {
  const result = await benchmarkRun(run, { seed })
  if (!result.ok) throw new Error(result.reason)
  return result.run
}

// Not among the runs that the gap was fitted to.
test('Llama 2 70B from its model card: 1.72M chip-hours (arXiv:2307.09288, table 2) lie in the interval', async () => {
  const run = await benchmark(LLAMA_2)
  const { p5, p50, p95 } = productionChipHours(run, PRODUCTION_GAP)
  expect(Math.abs(p50 / 1_720_320 - 1)).toBeLessThan(0.15)
  expect(p5).toBeLessThan(1_720_320)
  expect(p95).toBeGreaterThan(1_720_320)
})

test('DeepSeek-V3 at benchmark steps: 2.5M of the 2.664M chip-hours', async () => {
  const { interval, tokensPerParameter } = await benchmark(DEEPSEEK)
  expect(interval.p50 / 2.5e6).toBeGreaterThan(0.9)
  expect(interval.p50 / 2.5e6).toBeLessThan(1.1)
  expect(tokensPerParameter).toBeCloseTo(397, -1)
})

test('the gap multiplies: medians and spreads', async () => {
  const run = await benchmark(LLAMA_2)
  const none = productionChipHours(run, { atOptimum: 1, overtraining: 0, sigma: 0 })
  const twice = productionChipHours(run, { atOptimum: 2, overtraining: 0, sigma: 0 })
  expect(none.p50 / run.interval.p50).toBeCloseTo(1, 2)
  expect(twice.p50 / none.p50).toBeCloseTo(2, 9)
  const wide = productionChipHours(run, { atOptimum: 1, overtraining: 0, sigma: 0.5 })
  expect(wide.p95 / wide.p5).toBeGreaterThan(Math.exp(2 * 1.64 * 0.5))
})

test('the same seed, the same bits', async () => {
  expect((await benchmark(LLAMA_2)).chipHours).toEqual((await benchmark(LLAMA_2)).chipHours)
})

test('a prediction held against what was published', async () => {
  const answer = await predictRun(LLAMA_2)
  if (!isPredicted(answer)) throw new Error(answer.why)
  expect(answer).toMatchObject({ id: 'llama2-70b', measured: 1_720_320, inside: true })
  expect(answer.error).toBeCloseTo(Math.abs(answer.predicted.p50 / 1_720_320 - 1), 12)
})

test('what cannot be predicted says why', async () => {
  expect(await predictRun({ ...LLAMA_2, tokens_t: null })).toEqual({
    id: 'llama2-70b',
    why: 'the number of tokens is not published',
  })
})

test('a run that never gets through is told, not awaited', async () => {
  const answer = await predictRun({ ...LLAMA_2, tokens_t: 900_000, chip_count: 1_048_576 })
  expect(isPredicted(answer) ? '' : answer.why).not.toBe('')
})

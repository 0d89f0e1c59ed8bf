import { expect, test } from 'vitest'
import { exclusionOf, publishedChipHours, runYear } from './exclusion.ts'
import { readWholeRuns, type WholeRun } from './whole-run.ts'

const RUN = {
  id: 'llama2-70b',
  model: 'Llama 2 70B',
  params_b: 69,
  tokens_t: 2,
  chips: 'A100-80GB',
  gpu_hours: 1_720_320,
  reliability: 'official',
  source: { title: 'Llama 2, table 2', url: 'https://arxiv.org/abs/2307.09288' },
}

function read(change: object = {}): WholeRun {
  const result = readWholeRuns([{ ...RUN, ...change }])
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  const [run] = result.runs
  if (run === undefined) throw new Error('no run')
  return run
}

const issues = (data: unknown) => {
  const result = readWholeRuns(data)
  return result.ok ? [] : result.issues
}

test('a run as its source states it, nulls and unknown fields tolerated', () => {
  expect(read({ mfu: 0.43, derived: {}, seq_len: null, chip_count: null })).toMatchObject({
    id: 'llama2-70b',
    tokens_t: 2,
  })
})

test.each([
  [{}, /must be a list of runs/],
  [[], /holds no runs/],
  [Array.from({ length: 1001 }, () => RUN), /holds 1001 runs; at most 1000/],
  [[3], /must be a map of keys and values/],
  [[{ ...RUN, id: 7 }], /must be text/],
  [[{ ...RUN, tokens_t: -1 }], /above 0.*run "llama2-70b"/],
  [[{ ...RUN, tokens_t: Number.POSITIVE_INFINITY }], /number/],
  [[{ ...RUN, chip_count: 2.5 }], /whole number/],
  [[{ ...RUN, precision: 'bf-16' }], /did you mean "bf16"/],
  [[{ ...RUN, architecture: 'llama-3.1-405' }], /did you mean "llama-3.1-405b"/],
  [[{ ...RUN, architecture: { layers: 80 } }], /missing/],
  [[{ ...RUN, parallelism: { tp: 0 } }], /whole number from 1/],
  [[{ ...RUN, parallelism: { pipelines: 4 } }], /unknown key "pipelines"/],
  [[{ ...RUN, software: 'megatron-cor' }], /did you mean "megatron-core"/],
  [[{ ...RUN, cluster: { system: 'dgx-a10' } }], /unknown system/],
  [[RUN, { ...RUN }], /stands at run 0 already/],
])('what cannot be a run is told (%#)', (data, message) => {
  expect(issues(data)[0]?.message).toMatch(message)
  expect(issues(data).every(({ code }) => /^(runs|model|layout)\./.test(code))).toBe(true)
})

test('a file of nothing but mistakes is told in twenty', () => {
  expect(issues(Array.from({ length: 500 }, (_, i) => ({ id: i })))).toHaveLength(20)
})

test('a year: stated, of the date, of the first arXiv version, or unknown', () => {
  expect(runYear(read({ year: 2022 }))).toBe(2022)
  expect(runYear(read({ date: '2024-06-01' }))).toBe(2024)
  expect(runYear(read())).toBe(2023)
  expect(runYear(read({ source: { title: 'a blog', url: 'https://example.org/2019' } }))).toBeUndefined()
})

test('chip-hours: stated, or days times chips', () => {
  expect(publishedChipHours(read())).toBe(1_720_320)
  expect(publishedChipHours(read({ gpu_hours: null, days: 10, chip_count: 100 }))).toBe(24_000)
  expect(publishedChipHours(read({ gpu_hours: null, days: 10 }))).toBeNull()
})

test.each([
  [{ reliability: 'leak/rumour' }, /not official/],
  [{ reliability: 'third-party estimate' }, /not official/],
  [{ gpu_hours: null }, /no chip-hours/],
  [{ scope: 'reinforcement learning' }, /more or other/],
  [{ model: 'DeepSeek-R1 (RL on V3)' }, /"RL" in its name/],
  [{ model: 'DeepSeek-V3 (total)' }, /"total" in its name/],
  [{ tokens_t: null }, /tokens/],
  [{ gpu_hours: null, days: 75, chip_count: 3072, assumed: ['days 75 (2-3 months)'] }, /days are assumed/],
  [{ params_b: null }, /neither architecture nor parameters/],
  [{ chips: null }, /chip is not published/],
])('excluded with its reason: %j', (change, reason) => {
  expect(exclusionOf(read(change))).toMatch(reason)
})

test.each([
  {},
  { reliability: 'paper/official' },
  { scope: 'pre-training' },
  { model: 'DeepSeek-V3 (pre-training only)' },
  { model: 'Corlett Girl 7B' },
  { assumed: ['days = hours/2048/24'] },
])('kept: %j', (change) => {
  expect(exclusionOf(read(change))).toBeUndefined()
})

import { expect, test } from 'vitest'
import { compileLayouts } from '../../layout-evaluator.ts'
import { mainPhase, trainerPool } from '../../scenario/scenario.ts'
import { runScenarios } from './run-scenarios.ts'
import { DRAWS, drawInputs, type Planned, unknownInputs } from './unknown-inputs.ts'
import type { WholeRun } from './whole-run.ts'

/** Nemotron-4 15B (arXiv:2402.16819, tables 1 and 2): nothing of it is unknown but the micro-batch. */
const NEMOTRON: WholeRun = {
  id: 'nemotron4-15b',
  model: 'Nemotron-4 15B',
  year: 2024,
  tokens_t: 8,
  seq_len: 4096,
  chips: 'H100',
  chip_count: 2304,
  gpu_hours: 687_514,
  reliability: 'official',
  global_batch_tokens: 1152 * 4096,
  software: { framework: 'megatron', year: 2024 },
  parallelism: { tp: 8, pp: 1 },
  architecture: {
    ...{ layers: 32, hidden: 6144, ffnHidden: 24576, heads: 48, kvHeads: 8, headDim: 128, vocab: 256_000 },
    gatedMlp: false,
  },
}

/** Only what a table of model cards has. */
const SPARSE: WholeRun = {
  ...{ id: 'llama2-70b', model: 'Llama 2 70B', params_b: 69, tokens_t: 2, chips: 'A100-80GB' },
  ...{ gpu_hours: 1_720_320, reliability: 'official' },
}

function scenariosOf(run: WholeRun) {
  const read = runScenarios(run)
  if (!read.ok) throw new Error(read.reason)
  return read
}

test('a run whose inputs are published is one scenario, with its own utilisation', () => {
  const { scenarios, tokensPerParameter } = scenariosOf(NEMOTRON)
  expect(scenarios).toHaveLength(1)
  expect(unknownInputs(NEMOTRON)).toEqual([])
  // 8T tokens over 14.1 billion parameters that a token passes through (15.6 without the input embedding).
  expect(tokensPerParameter).toBeCloseTo(569, -1)
  const [scenario] = scenarios
  if (scenario === undefined) throw new Error('no scenario')
  const { training, parallelism } = mainPhase(scenario)
  expect(training).toMatchObject({ globalBatch: 1152, sequenceLength: 4096, tokens: 8e12 })
  expect(parallelism).toMatchObject({ tp: 8, pp: 1, dp: 288, zero: 1 })
  expect(trainerPool(scenario).chips).toBe(2304)
  const evaluator = compileLayouts(scenario)
  evaluator.evaluate(parallelism)
  expect(evaluator.fits).toBe(true)
  // Table 2: 0.64 s a step at this batch.
  expect(Math.abs(evaluator.seconds / 0.64 - 1)).toBeLessThan(0.15)
})

test('a run of which little is published: draws of chips and batch, layouts that fit, the same every time', () => {
  const { scenarios } = scenariosOf(SPARSE)
  expect(scenarios).toHaveLength(DRAWS)
  expect(unknownInputs(SPARSE)).toEqual(['architecture', 'chips', 'batch', 'sequence', 'software', 'layout'])
  expect(new Set(scenarios.map((scenario) => trainerPool(scenario).chips)).size).toBeGreaterThan(1)
  expect(new Set(scenarios.map((scenario) => mainPhase(scenario).training.globalBatch)).size).toBeGreaterThan(1)
  expect(scenarios.every((scenario) => scenario.model.id === 'llama-2-70b')).toBe(true)
  expect(scenariosOf(SPARSE).scenarios.map((one) => mainPhase(one).parallelism)).toEqual(
    scenarios.map((one) => mainPhase(one).parallelism),
  )
})

const PLANNED: Planned = {
  ...{ sequenceLength: 4096, flops: 8e23, peak: 312e12, chipsPerNode: 8, vendor: 'NVIDIA', year: 2023 },
  experts: false,
}

test('draws: chips for 10 to 100 days at 40 % of the peak, batches that divide over them', () => {
  const draws = drawInputs(SPARSE, PLANNED)
  // 8e23 / (0.4 x 312e12 x 86,400) = 74,200 chip-days.
  for (const { chips, globalBatch } of draws) {
    expect(chips).toBeGreaterThanOrEqual(74_200 / 100 / 1.5)
    expect(chips).toBeLessThanOrEqual((74_200 / 10) * 1.5)
    expect(Math.log2(chips) % 1).toBe(0)
    expect(Math.log2(globalBatch) % 1).toBe(0)
  }
  const frameworks = draws.map(({ software }) => (typeof software === 'string' ? software : software.framework))
  expect(new Set(frameworks)).toEqual(new Set(['megatron', 'fsdp']))
})

test('draws keep what is published, and odd clusters have batches to match', () => {
  const draws = drawInputs({ ...SPARSE, chip_count: 440, global_batch_tokens: 1760 * 4096 }, PLANNED)
  expect(draws.every(({ chips, globalBatch }) => chips === 440 && globalBatch === 1760)).toBe(true)
  const odd = drawInputs({ ...SPARSE, chip_count: 3072 }, PLANNED)
  expect(odd.every(({ globalBatch }) => globalBatch % 3 === 0)).toBe(true)
})

test('software by vendor, year and experts', () => {
  const named = (change: Partial<Planned>) =>
    new Set(
      drawInputs(SPARSE, { ...PLANNED, ...change }).map(({ software }) =>
        typeof software === 'string' ? software : software.framework,
      ),
    )
  expect(named({ vendor: 'Google' })).toEqual(new Set(['jax']))
  expect(named({ year: 2021 })).toEqual(new Set(['megatron']))
  expect(named({ year: 2025, experts: true })).toEqual(new Set(['megatron', 'hai-llm']))
})

test.each([
  [{ chips: 'Abacus 9000' }, /no system with the chip Abacus 9000 ships/],
  [{ reliability: 'rumour' }, /not official/],
  [{ architecture: { layers: 80 } }, /missing/],
  [{ precision: 'fp8' }, /no fp8 matrix unit/],
  [{ params_b: 50_000, chip_count: 8 }, /no layout of its framework fits/],
] as const)('what cannot be predicted says why: %j', (change, reason) => {
  const read = runScenarios({ ...SPARSE, ...change })
  expect(read).toMatchObject({ ok: false, reason: expect.stringMatching(reason) })
})

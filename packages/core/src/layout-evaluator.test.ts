import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimate } from './estimate.ts'
import { MEMORY_PARTS, STEP_PARTS } from './estimate-result.ts'
import { brokenCode, checkLayout } from './layout/check.ts'
import { compileLayouts, type LayoutEvaluator } from './layout-evaluator.ts'
import { readScenario } from './scenario/read.ts'
import {
  mainPhase,
  type Parallelism,
  RECOMPUTE_MODULES,
  type Recompute,
  SCHEDULES,
  type Scenario,
} from './scenario/scenario.ts'

/** Models whose layers differ: dense, windowed, mixtures, latent attention, experts from the fourth layer on. */
const MODELS = ['llama-3.1-405b', 'llama-3-8b', 'gpt-3-175b', 'mixtral-8x7b', 'deepseek-v3', 'gpt-oss-120b']

const scenarios = fc
  .record({
    model: fc.constantFrom<unknown>(...MODELS, { extends: 'deepseek-v3', mtpLayers: 1 }),
    machine: fc.constantFrom(
      ...(['dgx-h100', 'gb200-nvl72', 'hgx-h800'] as const).flatMap((system) =>
        (['bf16', 'fp8', 'fp8-block'] as const).map((precision) => ({ system, precision })),
      ),
      { system: 'dgx-a100', precision: 'bf16' },
    ),
    chips: fc.constantFrom(64, 192, 256, 1024),
    software: fc.constantFrom<unknown>(
      'megatron-core',
      'megatron-lm-2021',
      'pytorch-fsdp',
      { extends: 'hai-llm', graphs: false },
      { extends: 'megatron-core', tensorOverlap: 0, pipelineOverlap: 0.4, dataOverlap: 0.3, launch: '20 us' },
    ),
    sequenceLength: fc.constantFrom(2048, 8192),
    globalBatch: fc.constantFrom(3072, 6144),
  })
  .map(({ model, machine: { system, precision }, chips, software, sequenceLength, globalBatch }) => {
    const result = readScenario(
      JSON.stringify({
        model,
        cluster: { system, chips },
        training: { tokens: 1e12, sequenceLength, globalBatch, precision },
        software,
        cost: { price: '1 USD/chip-hour' },
      }),
    )
    if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
    return result.scenario
  })

const recomputes: fc.Arbitrary<Recompute> = fc.oneof(
  fc.constant<Recompute>({ mode: 'none', modules: [], layers: null, offload: false }),
  fc.constant<Recompute>({ mode: 'full', modules: ['layer'], layers: null, offload: false }),
  fc.record<Recompute>({
    mode: fc.constant('selective'),
    modules: fc.subarray([...RECOMPUTE_MODULES]),
    layers: fc.constantFrom(null, 1, 5, 40),
    offload: fc.boolean(),
  }),
)

const size = fc.constantFrom(1, 1, 2, 4, 8)
const layouts = fc.record({
  tp: size,
  pp: fc.constantFrom(1, 2, 3, 4, 8, 16),
  cp: size,
  ep: size,
  etp: fc.constantFrom(1, 1, 2),
  vpp: fc.constantFrom(1, 1, 2, 3, 4),
  microBatch: fc.constantFrom(1, 2, 3),
  zero: fc.constantFrom(0, 1, 2, 3),
  sequenceParallel: fc.boolean(),
  schedule: fc.constantFrom(...SCHEDULES),
  recompute: recomputes,
  optimizerOffload: fc.boolean(),
  layerSplit: fc.constantFrom({}, {}, {}, { first: 1 }, { first: 3, last: 2 }),
  shardGroup: fc.constantFrom(0, 0, 0, 1, 2, 4),
  fitting: fc.boolean(),
})

/** The drawn layout with a dp that uses all chips, and where it should fit, a schedule that suits its chunks. */
function placed(drawn: typeof layouts extends fc.Arbitrary<infer T> ? T : never, chips: number): Parallelism {
  const { fitting, shardGroup, ...rest } = drawn
  const layout = shardGroup === 0 ? rest : { ...rest, shardGroup }
  const dp = Math.max(1, Math.floor(chips / (layout.tp * layout.pp * layout.cp)))
  if (!fitting) return { ...layout, dp }
  const chunked = layout.vpp > 1 && layout.pp > 1
  return {
    ...layout,
    dp,
    vpp: chunked ? layout.vpp : 1,
    schedule: chunked ? 'interleaved' : layout.schedule === 'interleaved' ? '1f1b' : layout.schedule,
  }
}

const withLayout = (scenario: Scenario, parallelism: Parallelism): Scenario => ({
  ...scenario,
  phases: [{ ...mainPhase(scenario), parallelism }],
})

/** Equal but for the last digits of sums in another order. */
function expectClose(actual: number, expected: number, scale: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(scale))
}

test('each of many layouts comes out as estimated alone, and the same ones are refused for the same reason', () => {
  let placedLayouts = 0
  fc.assert(
    fc.property(scenarios, fc.array(layouts, { minLength: 8, maxLength: 8 }), (scenario, drawn) => {
      const chips = scenario.cluster.pools[0]?.chips ?? 0
      const evaluator = compileLayouts(scenario)
      for (const one of drawn) {
        const layout = placed(one, chips)
        const alone = withLayout(scenario, layout)
        const issues = checkLayout(alone)
        const broken = evaluator.evaluate(layout)
        expect(brokenCode(broken)).toBe(issues[0]?.code ?? '')
        if (broken !== 0) continue
        placedLayouts++
        const { step, memory, traffic } = estimate(alone)
        expectClose(evaluator.seconds, step.ownSeconds, step.ownSeconds)
        STEP_PARTS.forEach((part, i) => {
          expectClose(evaluator.breakdown[i] ?? Number.NaN, step.breakdown[part], step.seconds)
        })
        expectClose(evaluator.peakBytes, memory.peakBytes, memory.peakBytes)
        MEMORY_PARTS.forEach((part, i) => {
          expectClose(evaluator.memory[i] ?? Number.NaN, memory.breakdown[part], memory.peakBytes)
        })
        expect(evaluator.stage).toBe(memory.stage)
        expect(evaluator.fits).toBe(memory.fits)
        for (const part of ['tensor', 'context', 'expert', 'data'] as const) {
          const lines = traffic.filter((line) => line.part === part)
          const exposed = lines.reduce((sum, line) => sum + line.exposedSeconds, 0)
          expectClose(exposed, step.breakdown[part], step.seconds)
        }
      }
    }),
    { numRuns: 150 },
  )
  expect(placedLayouts).toBeGreaterThan(100)
})

test('a layout comes out the same to the last digit whatever was evaluated before, more shards than are kept among it', () => {
  const result = readScenario(
    JSON.stringify({
      model: 'llama-3-8b',
      cluster: { system: 'dgx-h100', chips: 64 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 1536 },
      parallelism: { tp: 2, pp: 4 },
      cost: { price: '1 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error('refused')
  const { parallelism } = mainPhase(result.scenario)
  const evaluator = compileLayouts(result.scenario)
  const outcome = (of: LayoutEvaluator, layout: Parallelism) =>
    of.evaluate(layout) === 0 ? [of.seconds, ...of.breakdown, of.peakBytes, ...of.memory].join() : null
  const single = RECOMPUTE_MODULES.filter((module) => module !== 'layer')
  const sets = Array.from({ length: 2 ** single.length }, (_, bits) => single.filter((_, i) => (bits & (1 << i)) !== 0))
  const shards = [1, 2, 4, 8].flatMap((tp) =>
    [1, 2, 4].flatMap((cp) =>
      [1, 2, 3, 4, 6, 8].flatMap((microBatch) =>
        [true, false].map((sequenceParallel) => ({ tp, cp, microBatch, sequenceParallel })),
      ),
    ),
  )
  const all = sets.flatMap((modules, i) =>
    shards.flatMap((shard) => {
      const pp = 2 ** (i % 3)
      const dp = 64 / (shard.tp * shard.cp * pp)
      const recompute: Recompute = { mode: 'selective', modules, layers: null, offload: false }
      return Number.isInteger(dp) ? [{ ...parallelism, ...shard, pp, dp, recompute }] : []
    }),
  )
  const first = all.map((layout) => outcome(evaluator, layout))
  const placed = all.map((_, i) => i).filter((i) => first[i] !== null)
  expect(placed.length).toBeGreaterThan(5000)
  for (const i of placed.toReversed()) {
    const layout = all[i] as Parallelism
    expect(outcome(evaluator, layout)).toBe(first[i])
    if (i % 100 === 0) expect(outcome(compileLayouts(result.scenario), layout)).toBe(first[i])
  }
})

test('a breakdown adds up to the step, and memory to its peak', () => {
  const result = readScenario(
    JSON.stringify({
      model: 'mixtral-8x7b',
      cluster: { system: 'dgx-h100', chips: 64 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 256 },
      parallelism: { tp: 2, pp: 4, ep: 8 },
      cost: { price: '1 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error('refused')
  const evaluator = compileLayouts(result.scenario)
  expect(evaluator.evaluate(mainPhase(result.scenario).parallelism)).toBe(0)
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0)
  expectClose(sum(evaluator.breakdown), evaluator.seconds, evaluator.seconds)
  expectClose(sum(evaluator.memory), evaluator.peakBytes, evaluator.peakBytes)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileLayouts } from '../layout-evaluator.ts'
import { readScenario } from '../scenario/read.ts'
import { mainPhase, type Parallelism, type Recompute, SCHEDULES } from '../scenario/scenario.ts'
import { coveredModules } from '../step/recompute.ts'
import { StepBounds } from './bounds.ts'

const scenarios = fc
  .record({
    model: fc.constantFrom<unknown>(
      'llama-3.1-405b',
      'gpt-3-175b',
      'mixtral-8x7b',
      { extends: 'deepseek-v3', mtpLayers: 1 },
      'gpt-oss-120b',
    ),
    system: fc.constantFrom('dgx-h100', 'gb200-nvl72', 'dgx-a100'),
    software: fc.constantFrom<unknown>(
      'megatron-core',
      'megatron-lm-2021',
      'pytorch-fsdp',
      'maxtext',
      'hai-llm',
      { extends: 'hai-llm', graphs: true },
      { extends: 'megatron-core', launch: '150 us', tensorOverlap: 0.6, expertOverlap: 0.5 },
    ),
    chips: fc.constantFrom(64, 256, 4096),
    sequenceLength: fc.constantFrom(2048, 16384),
  })
  .map(({ model, system, software, chips, sequenceLength }) => {
    const training = { tokens: 1e12, sequenceLength, globalBatch: 12288 }
    const data = { model, cluster: { system, chips }, training, software, cost: { price: '1 USD/chip-hour' } }
    const result = readScenario(JSON.stringify(data), { anyLayout: true })
    if (!result.ok) throw new Error(result.issues[0]?.message)
    return result.scenario
  })

const none: Recompute = { mode: 'none', modules: [], layers: null, offload: false }
const size = fc.constantFrom(1, 2, 4, 8, 16)
const layouts = fc.record({
  ...{ tp: size, cp: size, ep: size, etp: fc.constantFrom(1, 2), pp: fc.constantFrom(1, 2, 4, 8) },
  vpp: fc.constantFrom(1, 2, 3),
  microBatch: fc.constantFrom(1, 2, 3, 8),
  zero: fc.constantFrom<0 | 1 | 2 | 3>(0, 1, 2, 3),
  sequenceParallel: fc.boolean(),
  schedule: fc.constantFrom(...SCHEDULES),
  recompute: fc.constantFrom<Recompute>(
    none,
    { ...none, offload: true },
    { ...none, mode: 'selective', modules: ['norm', 'activation', 'moe'] },
    { ...none, mode: 'selective', modules: ['layer'], layers: 3 },
    { ...none, mode: 'full', modules: ['layer'] },
    { ...none, mode: 'full', modules: ['layer'], offload: true },
  ),
  optimizerOffload: fc.boolean(),
})

test('no bound is above the step or the memory that it bounds', () => {
  let placed = 0
  let close = 0
  fc.assert(
    fc.property(scenarios, fc.array(layouts, { minLength: 12, maxLength: 12 }), (scenario, drawn) => {
      const chips = scenario.cluster.pools[0]?.chips ?? 0
      const { globalBatch } = mainPhase(scenario).training
      const evaluator = compileLayouts(scenario)
      const bounds = new StepBounds(scenario)
      for (const one of drawn) {
        const interleaved = one.vpp > 1 && one.pp > 1
        const schedule = interleaved
          ? 'interleaved'
          : one.pp === 1 || one.schedule === 'interleaved'
            ? '1f1b'
            : one.schedule
        const dp = chips / (one.tp * one.cp * one.pp)
        const layout: Parallelism = { ...one, schedule, dp, vpp: interleaved ? one.vpp : 1, layerSplit: {} }
        if (evaluator.evaluate(layout) !== 0) continue
        placed++
        const { seconds, peakBytes, stateBytes } = evaluator
        const part = layout.recompute.layers !== null
        const most = globalBatch / dp
        expect(bounds.ofDegrees(layout, most)).toBeLessThanOrEqual(seconds)
        expect(bounds.ofDegrees({ ...layout, ep: 1, etp: 1 }, most, layout)).toBeLessThanOrEqual(seconds)
        bounds.read(layout, 0)
        expect(bounds.ofShard(layout)).toBeLessThanOrEqual(seconds)
        expect(bounds.bytes).toBeLessThanOrEqual(peakBytes)
        expect(bounds.layerBytes + stateBytes * (1 - 1e-9)).toBeLessThanOrEqual(peakBytes)
        bounds.read(layout, coveredModules(layout.recompute))
        const pipeline = bounds.ofPipeline(layout, layout, part, layout.recompute.offload)
        expect(pipeline).toBeLessThanOrEqual(seconds)
        if (pipeline > 0.8 * seconds) close++
        evaluator.prepare(layout)
        const least = evaluator.leastPipeline
        expect(bounds.ofPipelineAlone(least, layout)).toBeLessThanOrEqual(seconds)
        expect((evaluator.sharedSeconds(least) + evaluator.replicaSeconds) * (1 - 1e-9)).toBeLessThanOrEqual(seconds)
      }
    }),
    { numRuns: 150 },
  )
  expect(placed).toBeGreaterThan(150)
  expect(close / placed).toBeGreaterThan(0.3)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readScenario } from '../scenario/read.ts'
import { mainPhase, type Recompute, SCHEDULES, type Scenario } from '../scenario/scenario.ts'
import { bruteForce } from './brute-force.fixture.ts'
import { type PlanCondition, type SearchCounts, searchLayouts } from './search.ts'
import { type PlanChoices, planSpace } from './space.ts'

function scenarioOf(data: object): Scenario {
  const result = readScenario(JSON.stringify({ cost: { price: '1 USD/chip-hour' }, ...data }))
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return result.scenario
}

const models = fc.oneof(
  fc.record({
    layers: fc.constantFrom(4, 6, 7),
    hidden: fc.constantFrom(2048, 8192),
    heads: fc.constantFrom(16, 24),
    kvHeads: fc.constantFrom(8),
    headDim: fc.constant(128),
    ffnHidden: fc.constantFrom(8192, 28672),
    vocab: fc.constantFrom(32000, 128256),
    gatedMlp: fc.boolean(),
    tiedEmbeddings: fc.boolean(),
  }),
  fc.record({
    layers: fc.constantFrom(4, 6),
    hidden: fc.constantFrom(2048, 4096),
    heads: fc.constant(16),
    kvHeads: fc.constant(8),
    headDim: fc.constant(128),
    ffnHidden: fc.constant(8192),
    vocab: fc.constant(64000),
    gatedMlp: fc.constant(true),
    tiedEmbeddings: fc.constant(false),
    moe: fc.record({
      experts: fc.constantFrom(8, 64),
      topK: fc.constantFrom(1, 4),
      expertFfn: fc.constantFrom(1024, 8192),
      sharedFfn: fc.constantFrom(0, 2048),
      firstDense: fc.constantFrom(0, 1),
    }),
  }),
)

const scenarios = fc
  .record({
    model: models,
    system: fc.constantFrom('dgx-h100', 'dgx-a100', 'gb200-nvl72'),
    chips: fc.constantFrom(8, 12, 32),
    software: fc.constantFrom<unknown>('megatron-core', 'megatron-lm-2021', 'pytorch-fsdp', 'hai-llm', 'maxtext', {
      extends: 'megatron-core',
      launch: '100 us',
      tensorOverlap: 0.5,
      expertOverlap: 0.7,
    }),
    sequenceLength: fc.constantFrom(1024, 8192, 65536),
    globalBatch: fc.constantFrom(8, 24, 60, 96),
  })
  .map(({ model, system, chips, software, sequenceLength, globalBatch }) => {
    const training = { tokens: 1e12, sequenceLength, globalBatch: chips }
    const scenario = scenarioOf({ model, cluster: { system, chips }, training, software })
    const phase = mainPhase(scenario)
    // A batch that the layout of the file need not divide.
    return { ...scenario, phases: [{ ...phase, training: { ...phase.training, globalBatch } }] }
  })

const list = <T>(...items: T[]) => fc.subarray(items, { minLength: 1 })
const none: Recompute = { mode: 'none', modules: [], layers: null, offload: false }
const choices: fc.Arbitrary<PlanChoices> = fc.record(
  {
    tp: list(1, 2, 3, 8),
    pp: list(1, 2, 4, 5),
    cp: list(1, 2, 4),
    ep: list(1, 2, 8),
    etp: list(1, 2),
    vpp: list(1, 2, 3),
    microBatch: list(1, 2, 3),
    zero: list<0 | 1 | 2 | 3>(0, 1, 2, 3),
    sequenceParallel: list(true, false),
    schedule: list(...SCHEDULES),
    recompute: list<Recompute>(
      none,
      { ...none, offload: true },
      { ...none, mode: 'selective', modules: ['norm', 'activation'] },
      { ...none, mode: 'selective', modules: ['layer'], layers: 2 },
      { ...none, mode: 'full', modules: ['layer'] },
    ),
    optimizerOffload: list(true, false),
  },
  { requiredKeys: [] },
)

const total = ({ evaluated, pruned, refused }: SearchCounts) =>
  evaluated + pruned + Object.values(refused).reduce((a, b) => a + b, 0)

/** Narrow enough for brute force: the axes that make a space large are restricted where the choices leave them open. */
const narrow = (drawn: PlanChoices): PlanChoices => ({
  microBatch: [1, 2],
  cp: [1, 2],
  etp: [1, 2],
  ep: [1, 2, 4],
  ...drawn,
})

test('finds what brute force finds, and its counts add up to the space', () => {
  let spaces = 0
  fc.assert(
    fc.property(
      scenarios,
      choices,
      fc.constantFrom(1, 3, 10),
      fc.constantFrom(1, 1, 0.5, 0.2),
      (scenario, drawn, top, share) => {
        const capacityBytes = share * (scenario.cluster.pools[0]?.system.chip.memory.bytes ?? 0)
        const space = planSpace(scenario, narrow(drawn))
        const linked = scenario.cluster.pools[0]?.system.chip.hostBandwidth !== undefined
        fc.pre(linked || !(drawn.optimizerOffload?.includes(true) || drawn.recompute?.some(({ offload }) => offload)))
        const expected = bruteForce(scenario, space, { top, capacityBytes })
        const result = searchLayouts(scenario, space, { top, capacityBytes })
        expect(result.size).toBe(expected.size)
        expect(total(result)).toBe(expected.size)
        expect(result.found).toEqual(expected.found)
        expect(result.evaluated).toBeLessThanOrEqual(expected.fitting)
        if (expected.fitting > 0) expect(result.nearest).toBeNull()
        if (expected.fitting > 0) spaces++
      },
    ),
    { numRuns: 150 },
  )
  expect(spaces).toBeGreaterThan(30)
})

test('without pruning everything that fits is evaluated: by another objective, and under conditions', () => {
  fc.assert(
    fc.property(scenarios, choices, fc.boolean(), (scenario, drawn, own) => {
      const space = planSpace(
        scenario,
        narrow({ schedule: ['1f1b', 'interleaved'], zero: [1, 3], optimizerOffload: [false], ...drawn }),
      )
      const linked = scenario.cluster.pools[0]?.system.chip.hostBandwidth !== undefined
      fc.pre(linked || !(drawn.optimizerOffload?.includes(true) || drawn.recompute?.some(({ offload }) => offload)))
      const conditions: readonly PlanCondition[] = [
        { reason: 'tp', ofLayout: true, holds: ({ tp }) => tp <= 2 },
        { reason: 'memory below half', ofLayout: false, holds: (_, { peakBytes }) => peakBytes < 40e9 },
      ]
      const options = {
        top: 5,
        conditions,
        ...(own
          ? { objective: (_: unknown, of: { peakBytes: number; seconds: number }) => of.peakBytes * of.seconds }
          : {}),
      }
      const expected = bruteForce(scenario, space, options)
      const result = searchLayouts(scenario, space, options)
      expect(result.found).toEqual(expected.found)
      expect(total(result)).toBe(expected.size)
      if (own) {
        expect(result.pruned).toBe(0)
        expect(result.evaluated).toBe(expected.fitting)
        for (const [rule, count] of Object.entries(expected.broken)) expect(result.refused[rule]).toBe(count)
      }
    }),
    { numRuns: 40 },
  )
})

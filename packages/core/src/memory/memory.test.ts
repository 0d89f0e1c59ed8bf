import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { buildPlan } from '../layout/plan.ts'
import { readScenario } from '../scenario/read.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { parsePath, type Setting } from '../scenario/set-path.ts'
import { peakMemory, stageMemory } from './memory.ts'

const GiB = 2 ** 30

/** A GPT of 22B (Korthikanti et al. 2022, arXiv:2205.05198, table 3): 48 layers of 6,144, 64 heads, sequence 2,048. */
const GPT_22B = {
  ...{ layers: 48, hidden: 6144, ffnHidden: 24576, heads: 64, headDim: 96, vocab: 51200 },
  ...{ gatedMlp: false, bias: 'all', norm: 'layer', learnedPositions: 2048, tiedEmbeddings: true },
}

function read(fields: object, settings: readonly Setting[] = []): Scenario {
  const base = {
    model: GPT_22B,
    cluster: { system: 'dgx-a100', chips: 64 },
    training: { tokens: 3e11, sequenceLength: 2048, globalBatch: 512 },
    parallelism: {},
    cost: { price: '1 USD/chip-hour' },
  }
  const result = readScenario(JSON.stringify({ ...base, ...fields }), { settings })
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return result.scenario
}

function setting(text: string, value: unknown): Setting {
  const path = parsePath(text)
  if (path === null) throw new Error(`no path ${text}`)
  return { path, value, text }
}

/** Bytes that one layer keeps for one micro-batch. */
function keptPerLayer(parallelism: object, software: unknown = 'megatron-core'): number {
  const scenario = read({ parallelism, software })
  return stageMemory(buildPlan(scenario), 0, scenario.software).breakdown.activations / GPT_22B.layers
}

// s·b·h of the layer above, micro-batch b.
const sbh = (b: number) => 2048 * b * 6144
// Scores, a·s²·b.
const scores = (b: number) => 64 * 2048 ** 2 * b

describe('activations of a GPT layer (Korthikanti et al. 2022; without its two masks of dropout after the blocks, 2·sbh)', () => {
  it('are (34 − 2)·sbh where attention is not kept (equation 6 at t = 1)', () => {
    expect(keptPerLayer({ microBatch: 4 })).toBe(32 * sbh(4))
  })

  it('are 5·a·s²·b more where attention is materialised (equation 1), and not with its selective recompute', () => {
    expect(keptPerLayer({ microBatch: 4 }, 'megatron-lm-2021')).toBe(32 * sbh(4) + 5 * scores(4))
    expect(keptPerLayer({ microBatch: 4, recompute: 'selective' }, 'megatron-lm-2021')).toBe(32 * sbh(4))
  })

  it('are (10 − 2 + 24/t)·sbh + 5·a·s²·b/t with tensor parallelism (equation 2)', () => {
    for (const tp of [2, 4, 8]) {
      const layout = { microBatch: 4, tp, sequenceParallel: false }
      expect(keptPerLayer(layout)).toBeCloseTo((8 + 24 / tp) * sbh(4), 3)
      const kept = keptPerLayer(layout, 'megatron-lm-2021')
      expect(kept).toBeCloseTo((8 + 24 / tp) * sbh(4) + (5 * scores(4)) / tp, 3)
    }
  })

  it('are (34 − 2)·sbh/t + 5·a·s²·b/t with sequence parallelism too (equation 4)', () => {
    for (const tp of [2, 4, 8]) {
      const kept = keptPerLayer({ microBatch: 4, tp, sequenceParallel: true }, 'megatron-lm-2021')
      expect(kept).toBeCloseTo((32 * sbh(4) + 5 * scores(4)) / tp, 3)
    }
  })

  it('are 2·sbh with full recompute, over t with sequence parallelism', () => {
    expect(keptPerLayer({ microBatch: 4, recompute: 'full' })).toBe(2 * sbh(4))
    expect(keptPerLayer({ microBatch: 4, tp: 8, recompute: 'full', sequenceParallel: false })).toBe(2 * sbh(4))
    expect(keptPerLayer({ microBatch: 4, tp: 8, recompute: 'full' })).toBe((2 * sbh(4)) / 8)
  })

  it('are divided by context parallelism', () => {
    expect(keptPerLayer({ cp: 4 })).toBe(keptPerLayer({}) / 4)
  })
})

describe('states', () => {
  const states = (parallelism: object, fields: object = {}) => {
    const scenario = read({ parallelism, ...fields })
    const { breakdown } = stageMemory(buildPlan(scenario), 0, scenario.software)
    return breakdown.weights + breakdown.gradients + breakdown.optimizer
  }
  // The GPT above has no copies: 64 chips hold whole replicas.
  const parameters = estimate(read({ parallelism: { zero: 0 } })).model.parameters

  it('are 18 bytes a parameter without ZeRO, 6 + 12/d with stage 1 (Megatron-LM, distributed optimizer)', () => {
    expect(states({ zero: 0 }) / parameters).toBeCloseTo(18, 10)
    expect(states({ zero: 1 }) / parameters).toBeCloseTo(6 + 12 / 64, 10)
  })

  it('are 2 + 16/d with stage 2 and 18/d with stage 3 (arXiv:1910.02054, figure 1, with 32-bit gradients)', () => {
    expect(states({ zero: 2 }) / parameters).toBeCloseTo(2 + 16 / 64, 10)
    expect(states({ zero: 3 }) / parameters).toBeCloseTo(18 / 64, 10)
  })

  it('within shard groups are over those alone', () => {
    expect(states({ zero: 3, shardGroup: 8 }) / parameters).toBeCloseTo(18 / 8, 10)
    expect(states({ zero: 1, shardGroup: 16 }) / parameters).toBeCloseTo(6 + 12 / 16, 10)
  })

  it('of experts are sharded over their own data-parallel group only', () => {
    const model = 'mixtral-8x7b'
    const experts = 32 * 8 * 3 * 4096 * 14336
    const dense = estimate(read({ model, parallelism: { zero: 0 } })).model.parameters - experts
    // 64 chips, ep 8: dense over 64 replicas, experts over 8.
    const expected = 6 * (dense + experts / 8) + 12 * (dense / 64 + experts / 8 / 8)
    expect(states({ ep: 8, zero: 1 }, { model }) / expected).toBeCloseTo(1, 10)
  })

  it('are 16/d where ZeRO 3 casts master weights as it gathers them', () => {
    expect(states({ zero: 3 }, { software: 'pytorch-fsdp' }) / parameters).toBeCloseTo(16 / 64, 10)
  })

  it('are 20 where 16-bit gradients stay beside 32-bit ones, and not where they are reduced in 16 bits', () => {
    // nanotron sweep of the Ultra-Scale Playbook: 25.07 GiB of states for 1.342e9 parameters.
    const software = { extends: 'megatron-core', gradientCopies: true }
    expect(states({ zero: 0 }, { software }) / parameters).toBeCloseTo(20, 10)
    expect((25.07 * GiB) / 1.342e9).toBeCloseTo(20, 0)
    const training = { tokens: 3e11, sequenceLength: 2048, globalBatch: 512, optimizer: 'adam-bf16-gradients' }
    expect(states({ zero: 0 }, { software, training }) / parameters).toBeCloseTo(16, 10)
  })

  it('of the optimizer follow its recipe', () => {
    const training = { tokens: 3e11, sequenceLength: 2048, globalBatch: 512, optimizer: 'adam-bf16-moments' }
    expect(states({ zero: 0 }, { training }) / parameters).toBeCloseTo(14, 10)
  })
})

describe('the peak', () => {
  const layouts = fc
    .record({
      tp: fc.constantFrom(1, 2, 4, 8),
      pp: fc.constantFrom(1, 2, 4, 8),
      cp: fc.constantFrom(1, 2),
      microBatch: fc.constantFrom(1, 2, 4),
      zero: fc.constantFrom(0, 1, 2, 3),
      recompute: fc.constantFrom('none', 'selective', 'full'),
      interleave: fc.boolean(),
    })
    .filter(({ tp, pp, cp }) => tp * pp * cp <= 64)
    .map(({ interleave, ...layout }) => ({ ...layout, vpp: interleave && layout.pp > 1 ? 3 : 1 }))
  const peak = (parallelism: object) => {
    const scenario = read({ parallelism })
    return peakMemory(buildPlan(scenario), scenario.software)
  }

  it('is the sum of its parts, none negative, on the fullest stage', () => {
    fc.assert(
      fc.property(layouts, (parallelism) => {
        const { memory } = estimate(read({ parallelism }))
        const parts = Object.values(memory.breakdown)
        expect(parts.every((part) => part >= 0 && Number.isFinite(part))).toBe(true)
        expect(parts.reduce((a, b) => a + b, 0) / memory.peakBytes).toBeCloseTo(1, 12)
        const scenario = read({ parallelism })
        const plan = buildPlan(scenario)
        for (const [i] of plan.stages.entries()) {
          expect(stageMemory(plan, i, scenario.software).bytes).toBeLessThanOrEqual(memory.peakBytes)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('falls with every ZeRO stage up to the buffers of stage 3, with tensor parallelism and with full recompute', () => {
    fc.assert(
      fc.property(layouts, (parallelism) => {
        const bytes = (fields: object) => peak({ ...parallelism, ...fields }).bytes
        expect(bytes({ zero: 1 })).toBeLessThanOrEqual(bytes({ zero: 0 }))
        expect(bytes({ zero: 2 })).toBeLessThanOrEqual(bytes({ zero: 1 }))
        const three = peak({ ...parallelism, zero: 3 })
        expect(three.bytes - three.breakdown.buffers).toBeLessThanOrEqual(bytes({ zero: 2 }))
        expect(bytes({ recompute: 'full' })).toBeLessThanOrEqual(bytes({ recompute: 'none' }))
        const { tp, pp, cp } = parallelism
        if (2 * tp * pp * cp <= 64 && tp < 8) expect(bytes({ tp: 2 * tp })).toBeLessThan(bytes({}))
      }),
      { numRuns: 60 },
    )
  })

  it('is that of the optimizer step where gradients kept in 16 bits are read in 32', () => {
    const training = { tokens: 3e11, sequenceLength: 2048, globalBatch: 512, optimizer: 'adam-bf16-gradients' }
    const fields = { model: { ...GPT_22B, layers: 12 }, cluster: { system: 'dgx-a100', chips: 1 }, training }
    const { model, memory } = estimate(read({ ...fields, parallelism: { recompute: 'full' } }))
    expect(memory.breakdown.activations).toBe(0)
    expect(memory.breakdown.buffers / model.parameters).toBeCloseTo(4, 10)
  })

  it('falls with the layers that recompute holds for, between none and all of them', () => {
    const bytes = [undefined, 1, 3, 6, 11].map((layers) => {
      const recompute = layers === undefined ? 'none' : { modules: ['layer'], layers }
      return peak({ pp: 4, microBatch: 2, recompute }).breakdown.activations
    })
    for (let i = 1; i < bytes.length; i++) expect(bytes[i]).toBeLessThan(bytes[i - 1] ?? 0)
    const all = peak({ pp: 4, microBatch: 2, recompute: 'full' })
    for (const layers of [12, 100])
      expect(peak({ pp: 4, microBatch: 2, recompute: { modules: ['layer'], layers } })).toEqual(all)
  })

  it('holds what a stage sent on where the stack does not free it', () => {
    const activations = (software: object) => {
      const scenario = read({ parallelism: { pp: 4, microBatch: 2, recompute: 'full' }, software })
      return stageMemory(buildPlan(scenario), 0, scenario.software).breakdown.activations
    }
    const base = { extends: 'megatron-core' }
    // 12 layers and 4 micro-batches in flight: their inputs, 2·sbh each, and one more.
    expect(activations(base)).toBe(4 * 12 * 2 * sbh(2))
    expect(activations({ ...base, stageOutputs: true })).toBe(4 * 13 * 2 * sbh(2))
  })

  it('holds two layers of what is offloaded, and no optimizer that lies on the host', () => {
    const none = { pp: 4, microBatch: 2 }
    const own = keptPerLayer({ microBatch: 2 })
    expect(peak({ ...none, recompute: { offload: true } }).breakdown.activations).toBe(2 * own)
    expect(peak({ ...none, optimizerOffload: true }).breakdown.optimizer).toBe(0)
    expect(peak({ ...none, optimizerOffload: true }).breakdown.weights).toBe(peak(none).breakdown.weights)
  })

  it('falls with the pipeline under full recompute', () => {
    const bytes = [1, 2, 4, 8].map((pp) => peak({ tp: 8, pp, recompute: 'full' }).bytes)
    expect(bytes).toEqual([...bytes].sort((a, b) => b - a))
  })
})

describe('buffers', () => {
  const buffers = (software: object, fields: object = {}) => {
    const scenario = read({ software: { extends: 'megatron-core', fragmentation: 0, ...software }, ...fields })
    return peakMemory(buildPlan(scenario), scenario.software).breakdown.buffers
  }
  // 8 sequences of 2,048 tokens and 512,000 words: the logits are the largest.
  const wide = { model: { ...GPT_22B, vocab: 512_000 }, parallelism: { tp: 8, microBatch: 8 } }
  const logits = 8 * 2048 * 512_000

  it('hold what the loss keeps of a logit, once on a rank or split over tp', () => {
    const more = (software: object) =>
      buffers({ logitBytes: 18, ...software }, wide) - buffers({ logitBytes: 14, ...software }, wide)
    expect(more({ gathersLogits: true })).toBe(4 * logits)
    expect(more({})).toBe((4 * logits) / 8)
  })

  it('grow by the share that the allocator loses of what comes and goes', () => {
    const scenario = (fragmentation: number) => {
      const one = read({ software: { extends: 'megatron-core', fragmentation } })
      return peakMemory(buildPlan(one), one.software)
    }
    const { breakdown } = scenario(0)
    const lost = scenario(0.1).bytes - scenario(0).bytes
    expect(lost / (0.1 * (breakdown.activations + breakdown.buffers))).toBeCloseTo(1, 10)
  })

  it('under ZeRO 3 hold two layers, or three matrices where memory is planned', () => {
    const layout = { parallelism: { zero: 3, recompute: 'full' } }
    const planned = buffers({ weightCopies: false, plannedMemory: true }, layout)
    expect(planned).toBeLessThan(buffers({ weightCopies: false }, layout))
    expect(planned).toBeGreaterThan(3 * 2 * 6144 * 24576)
  })
})

describe('remedies', () => {
  const value = (text: string): unknown => (/^\d+$/.test(text) ? Number(text) : text === 'true' ? true : text)
  /** `parallelism.recompute={modules: [norm, activation]}` as `--set` reads it. */
  function asSetting(change: string): Setting {
    const [path = '', ...rest] = change.split('=')
    const text = rest.join('=')
    const modules = /^\{modules: \[(.*)\](, offload: true)?\}$/.exec(text)
    if (modules === null) return setting(path, value(text))
    const offload = modules[2] === undefined ? {} : { offload: true }
    return setting(path, { modules: modules[1]?.split(', '), ...offload })
  }

  const crowded = {
    ...{ model: 'llama-3.1-405b', cluster: { system: 'dgx-h100', chips: 4096 } },
    training: { tokens: 15e12, sequenceLength: 8192, globalBatch: 1024 },
  }

  it('of a layout that fits are none', () => {
    const { memory } = estimate(read({ parallelism: { tp: 8 } }))
    expect(memory.fits).toBe(true)
    expect(memory.remedies).toEqual([])
  })

  it('are real: each one, applied as a setting, fits with the peak and step that it promises', () => {
    const fields = { ...crowded, parallelism: { tp: 8, pp: 8, zero: 0, microBatch: 2 } }
    const { memory } = estimate(read(fields))
    expect(memory.fits).toBe(false)
    for (const remedy of memory.remedies) {
      const again = estimate(read(fields, remedy.changes.map(asSetting)))
      expect(again.memory.fits).toBe(true)
      expect(again.memory.peakBytes / remedy.peakBytes).toBeCloseTo(1, 10)
      expect(again.step.seconds / remedy.stepSeconds).toBeCloseTo(1, 10)
    }
  })

  it('are real where the layers of the ends are given', () => {
    const parallelism = { tp: 8, pp: 8, zero: 0, layerSplit: { first: 15, last: 15 }, recompute: 'full' }
    const fields = { ...crowded, parallelism }
    const { memory } = estimate(read(fields))
    expect(memory.remedies.length).toBeGreaterThan(0)
    for (const { changes } of memory.remedies) {
      expect(estimate(read(fields, changes.map(asSetting))).memory.fits).toBe(true)
    }
  })

  it('are real where dp is given', () => {
    const fields = {
      ...crowded,
      parallelism: { tp: 8, pp: 16, dp: 32, zero: 1, microBatch: 2, sequenceParallel: true },
    }
    const { memory } = estimate(read(fields))
    expect(memory.remedies.length).toBeGreaterThan(0)
    for (const { changes } of memory.remedies) {
      expect(estimate(read(fields, changes.map(asSetting))).memory.fits).toBe(true)
    }
  })

  it('come fastest first', () => {
    const { memory } = estimate(read({ ...crowded, parallelism: { tp: 8, pp: 16, zero: 1, microBatch: 2 } }))
    const steps = memory.remedies.map(({ stepSeconds }) => stepSeconds)
    expect(steps.length).toBeGreaterThan(1)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
  })
})

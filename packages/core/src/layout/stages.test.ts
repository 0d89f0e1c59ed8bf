import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countKinds, LAYER_KINDS } from '../model/layers.ts'
import { countParameters, layerParameters } from '../model/parameters.ts'
import { MODEL_PRESETS } from '../model/presets.ts'
import type { Parallelism, Schedule } from '../scenario/scenario.ts'
import { rankParameters } from './shard-parameters.ts'
import { buildStages, layersPerStage } from './stages.ts'

function preset(id: string) {
  const model = MODEL_PRESETS[id]
  if (model === undefined) throw new Error(`no model ${id}`)
  return model
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

describe('layers of each stage', () => {
  it('are 7, fourteen times 8, 7 for Llama 3 405B (arXiv:2407.21783, section 3.3.2)', () => {
    const expected = [7, ...Array.from({ length: 14 }, () => 8), 7]
    expect(layersPerStage(126, 16, { first: 7, last: 7 })).toEqual(expected)
    expect(layersPerStage(126, 16, {})).toEqual(expected)
  })

  it('of 61 on 16 differ by one, and the last and the first stage go without', () => {
    expect(layersPerStage(61, 16, {})).toEqual([3, ...Array.from({ length: 13 }, () => 4), 3, 3])
  })

  it('add up to the layers and differ by at most one where nothing is given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 64 }), (layers, pp) => {
        const stages = layersPerStage(layers, pp, {})
        expect(stages).toHaveLength(pp)
        expect(sum(stages ?? [])).toBe(layers)
        expect(Math.max(...(stages ?? [])) - Math.min(...(stages ?? []))).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('keep a first and last as given and add up, or are refused', () => {
    const end = fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 32 }),
        end,
        end,
        (layers, pp, first, last) => {
          const split = { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) }
          const stages = layersPerStage(layers, pp, split)
          if (stages === null) return
          expect(stages).toHaveLength(pp)
          expect(sum(stages)).toBe(layers)
          if (first !== undefined) expect(stages[0]).toBe(first)
          if (last !== undefined && pp > 1) expect(stages.at(-1)).toBe(last)
        },
      ),
    )
  })

  it.each([
    ['a list of the wrong length', 12, 4, { stages: [6, 6] }],
    ['a list of the wrong sum', 12, 2, { stages: [6, 5] }],
    ['ends that leave an uneven rest', 126, 16, { first: 6, last: 7 }],
    ['ends with more than all layers', 12, 4, { first: 10, last: 10 }],
    ['two given ends that leave layers over', 12, 2, { first: 5, last: 6 }],
    ['one stage that is not all', 12, 1, { first: 11 }],
  ])('are refused with %s', (_, layers, pp, split) => {
    expect(layersPerStage(layers, pp, split)).toBeNull()
  })

  it('take a whole list', () => {
    expect(layersPerStage(12, 3, { stages: [2, 6, 4] })).toEqual([2, 6, 4])
  })
})

describe('stages', () => {
  const shapes = fc.record({
    id: fc.constantFrom('deepseek-v3', 'gpt-oss-120b', 'llama-3-8b', 'mixtral-8x7b'),
    layers: fc.integer({ min: 8, max: 80 }),
    mtpLayers: fc.integer({ min: 0, max: 1 }),
    pp: fc.integer({ min: 1, max: 8 }),
    vpp: fc.integer({ min: 1, max: 4 }),
  })

  it('hold every layer once, kind by kind, with virtual stages and dense layers before the mixtures', () => {
    fc.assert(
      fc.property(shapes, ({ id, layers, mtpLayers, pp, vpp }) => {
        const model = { ...preset(id), layers, mtpLayers }
        const perStage = layersPerStage(layers, pp, {}) ?? []
        const stages = buildStages(model, perStage, vpp, 'interleaved')
        const kinds = LAYER_KINDS.map((_, kind) => sum(stages.map((stage) => stage.kinds[kind] ?? 0)))
        expect(kinds).toEqual(countKinds(model, 0, layers + mtpLayers))
        expect(stages.map((stage) => stage.layers)).toEqual(perStage)
        expect(stages.map((stage) => sum(stage.kinds) - stage.mtpLayers)).toEqual(perStage)
        expect(stages.filter((stage) => stage.embedding)).toEqual([stages[0]])
        expect(stages.filter((stage) => stage.head)).toEqual([stages.at(-1)])
      }),
    )
  })

  it('hold every layer once in a V, the ends of the model on the first stage', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom('zb-v', 'dualpipe-v'), ({ id, layers, mtpLayers, pp }, schedule) => {
        const model = { ...preset(id), layers, mtpLayers }
        const perStage = layersPerStage(layers, pp, {}) ?? []
        const stages = buildStages(model, perStage, 1, schedule as Schedule)
        const kinds = LAYER_KINDS.map((_, kind) => sum(stages.map((stage) => stage.kinds[kind] ?? 0)))
        expect(kinds).toEqual(countKinds(model, 0, layers + mtpLayers))
        expect(stages.map((stage) => sum(stage.kinds) - stage.mtpLayers)).toEqual(perStage)
        expect(stages.filter((stage) => stage.embedding || stage.head)).toEqual([stages[0]])
      }),
    )
  })

  it('hold every layer twice under DualPipe: a stage’s own and those of the stage mirrored at the middle', () => {
    const model = { ...preset('deepseek-v3'), mtpLayers: 1 }
    const stages = buildStages(model, [3, 4, 4, 50], 1, 'dualpipe')
    expect(stages.map((stage) => stage.kinds)).toEqual([
      [3, 0, 51, 0],
      [0, 0, 8, 0],
      [0, 0, 8, 0],
      [3, 0, 51, 0],
    ])
    expect(stages.map((stage) => stage.embedding && stage.head)).toEqual([true, false, false, true])
    expect(stages.map((stage) => stage.layers)).toEqual([3, 4, 4, 50])
  })

  it('a V goes down through early layers and back through late ones', () => {
    const { moe } = preset('deepseek-v3')
    if (moe === null) throw new Error('no mixture')
    // Layers 0, 1 and 6, 7 on stage 0, 2 to 5 on stage 1; dense in 0 to 2.
    const model = { ...preset('deepseek-v3'), layers: 8, moe: { ...moe, firstDense: 3 } }
    expect(buildStages(model, [4, 4], 1, 'zb-v').map((stage) => stage.kinds)).toEqual([
      [2, 0, 2, 0],
      [1, 0, 3, 0],
    ])
  })

  it('give the first stage the three dense layers of DeepSeek-V3', () => {
    const stages = buildStages(preset('deepseek-v3'), layersPerStage(61, 16, {}) ?? [], 1, '1f1b')
    expect(stages.map((stage) => stage.kinds[0])).toEqual([3, ...Array.from({ length: 15 }, () => 0)])
  })

  it('interleave: chunk 0 of every stage holds the first layers', () => {
    // Layers 0 to 7 on 2 stages in 2 chunks: stage 0 has 0, 1, 4, 5; a model dense in 0 to 2 then shows where they lie.
    const { moe } = preset('deepseek-v3')
    if (moe === null) throw new Error('no mixture')
    const model = { ...preset('deepseek-v3'), layers: 8, moe: { ...moe, firstDense: 3 } }
    expect(buildStages(model, [4, 4], 2, 'interleaved').map((stage) => stage.kinds)).toEqual([
      [2, 0, 2, 0],
      [1, 0, 3, 0],
    ])
  })
})

describe('parameters on a rank', () => {
  const layout = (fields: Partial<Parallelism>): Parallelism => ({
    ...{ tp: 1, pp: 1, cp: 1, ep: 1, etp: 1, dp: 1, vpp: 1, microBatch: 1, zero: 1, sequenceParallel: true },
    ...{ schedule: '1f1b', recompute: { mode: 'none', modules: [], layers: null, offload: false } },
    ...{ optimizerOffload: false, layerSplit: {} },
    ...fields,
  })

  it('over all ranks of a replica are those of the model, and copies of norms and routers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('llama-3-8b', 'mixtral-8x7b', 'deepseek-v3', 'llama-3.1-405b'),
        fc.constantFrom(1, 2, 4, 8),
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(1, 2, 4),
        (id, tp, pp, ep) => {
          const model = preset(id)
          const own = layout({ tp, pp, ep: model.moe === null ? 1 : ep })
          const stages = buildStages(model, layersPerStage(model.layers, pp, {}) ?? [], 1, '1f1b')
          const ranks = stages.map((stage) => rankParameters(model, stage, own))
          const held = sum(ranks.map(({ dense, experts }) => dense * tp + experts * own.ep * own.etp))
          const copied = LAYER_KINDS.map((kind, i) => {
            const { norms, router } = layerParameters(model, kind)
            return sum(stages.map((stage) => stage.kinds[i] ?? 0)) * (norms + router)
          })
          const expected = countParameters(model).total + (tp - 1) * (sum(copied) + model.hidden)
          expect(held / expected).toBeCloseTo(1, 10)
        },
      ),
    )
  })

  it('a tied matrix lies on both ends of a pipeline, and once without one', () => {
    const model = { ...preset('llama-3-8b'), tiedEmbeddings: true }
    const held = (pp: number) => {
      const stages = buildStages(model, layersPerStage(32, pp, {}) ?? [], 1, '1f1b')
      return sum(stages.map((stage) => rankParameters(model, stage, layout({ pp })).dense))
    }
    expect(held(1)).toBe(countParameters(model).total)
    expect(held(4)).toBe(countParameters(model).total + 128_256 * 4096)
  })
})

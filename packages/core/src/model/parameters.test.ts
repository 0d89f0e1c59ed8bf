import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Architecture } from './architecture.ts'
import { layerKind } from './layers.ts'
import { countParameters, layerParameters } from './parameters.ts'
import { ARCHITECTURE_DEFAULTS, MIXTURE_DEFAULTS, MODEL_PRESETS } from './presets.ts'

function preset(id: string): Architecture {
  const model = MODEL_PRESETS[id]
  if (model === undefined) throw new Error(`no model ${id}`)
  return model
}

function relativeError(value: number, expected: number): number {
  return Math.abs(value / expected - 1)
}

/** Narayanan et al. 2021 (arXiv:2104.04473), equation 2. */
function narayananParameters(layers: number, hidden: number, vocab: number, sequence: number): number {
  return 12 * layers * hidden ** 2 * (1 + 13 / (12 * hidden) + (vocab + sequence) / (12 * layers * hidden))
}

/** Random models: dense and mixtures, with every option that adds parameters. */
const architecture: fc.Arbitrary<Architecture> = fc
  .record({
    layers: fc.integer({ min: 1, max: 40 }),
    heads: fc.integer({ min: 1, max: 16 }),
    headDim: fc.integer({ min: 1, max: 128 }),
    hidden: fc.integer({ min: 1, max: 4096 }),
    ffnHidden: fc.integer({ min: 1, max: 8192 }),
    vocab: fc.integer({ min: 1, max: 200_000 }),
    gatedMlp: fc.boolean(),
    tiedEmbeddings: fc.boolean(),
    learnedPositions: fc.constantFrom(0, 2048),
    norm: fc.constantFrom('rms' as const, 'layer' as const),
    bias: fc.constantFrom('none' as const, 'qkv' as const, 'attention' as const, 'all' as const),
    queryKeyNorm: fc.boolean(),
    attentionSinks: fc.boolean(),
    mtpLayers: fc.integer({ min: 0, max: 2 }),
    moe: fc.option(
      fc.record({
        experts: fc.integer({ min: 4, max: 64 }),
        topK: fc.integer({ min: 1, max: 4 }),
        expertFfn: fc.integer({ min: 1, max: 4096 }),
        sharedFfn: fc.constantFrom(0, 1024),
        firstDense: fc.integer({ min: 0, max: 3 }),
        every: fc.integer({ min: 1, max: 3 }),
        routerBias: fc.boolean(),
      }),
    ),
  })
  .map(({ moe, ...shape }) => ({
    ...ARCHITECTURE_DEFAULTS,
    ...shape,
    id: 'random',
    name: 'random',
    source: 'random',
    kvHeads: shape.heads,
    moe: moe === null ? null : { ...MIXTURE_DEFAULTS, ...moe },
  }))

describe('published parameter counts', () => {
  // Totals of the released checkpoints, embedding and head included: sums over the tensors of each model's safetensors index.
  it.each([
    ['llama-2-7b', 6_738_415_616],
    ['llama-2-13b', 13_015_864_320],
    ['llama-2-70b', 68_976_648_192],
    ['llama-3-8b', 8_030_261_248],
    ['llama-3-70b', 70_553_706_496],
    ['llama-3.1-405b', 405_853_388_800],
    ['mixtral-8x7b', 46_702_792_704],
    ['qwen2.5-72b', 72_706_203_648],
    ['qwen3-235b-a22b', 235_093_634_560],
  ])('%s has exactly the parameters of its checkpoint', (id, published) => {
    expect(countParameters(preset(id)).total).toBe(published)
  })

  it('DeepSeek-V3 has 671.03B (model weights of the main model)', () => {
    expect(relativeError(countParameters(preset('deepseek-v3')).total, 671_026_404_352)).toBeLessThan(1e-6)
  })

  it('Mixtral 8x22B has 140.62B at the 32,000 words of its first release', () => {
    const model = { ...preset('mixtral-8x22b'), vocab: 32_000 }
    expect(countParameters(model).total).toBe(140_620_634_112)
    expect(relativeError(countParameters(preset('mixtral-8x22b')).total, 140.6e9)).toBeLessThan(1e-3)
  })

  it('GPT-3 has the 174.6B of Narayanan et al. 2021, table 1', () => {
    const { total } = countParameters(preset('gpt-3-175b'))
    expect(relativeError(narayananParameters(96, 12288, 51200, 2048), 174.6e9)).toBeLessThan(1e-3)
    expect(relativeError(total, 174.6e9)).toBeLessThan(1e-3)
  })

  it('a GPT follows equation 2 of Narayanan et al. 2021 for any shape', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 128 }), fc.integer({ min: 1, max: 256 }), (layers, width) => {
        const hidden = 128 * width
        const model = { ...preset('gpt-3-175b'), layers, hidden, ffnHidden: 4 * hidden, heads: width, kvHeads: width }
        const expected = narayananParameters(layers, hidden, 50257, 2048)
        // The equation leaves out the last layer norm, 2·hidden.
        expect(countParameters(model).total).toBeCloseTo(expected + 2 * hidden, -1)
      }),
      { numRuns: 50 },
    )
  })

  it('gpt-oss-120b has the parts of its model card (arXiv:2508.10925, table 1)', () => {
    const { total, active, byPart } = countParameters(preset('gpt-oss-120b'))
    const { mlp, shared, experts, router, attention, embedding, head } = byPart
    expect((mlp + shared + experts + router) / 1e9).toBeCloseTo(114.71, 2)
    expect(attention / 1e9).toBeCloseTo(0.96, 2)
    expect((embedding + head) / 1e9).toBeCloseTo(1.16, 2)
    expect(total / 1e9).toBeCloseTo(116.83, 2)
    expect(active / 1e9).toBeCloseTo(5.13, 2)
  })
})

describe('active parameters', () => {
  // Published rounding: DeepSeek-V3 arXiv:2412.19437, Qwen3 arXiv:2505.09388, Mixtral 8x22B Mistral AI (2024-04-17).
  it.each([
    ['deepseek-v3', 37],
    ['qwen3-235b-a22b', 22],
    ['mixtral-8x22b', 39],
  ])('%s has %i billion', (id, billions) => {
    expect(Math.round(countParameters(preset(id)).active / 1e9)).toBe(billions)
  })

  it('Mixtral 8x7B has the published 12.9B with the input embedding, which walltime leaves out', () => {
    const { active, byPart } = countParameters(preset('mixtral-8x7b'))
    expect((active + byPart.embedding) / 1e9).toBeCloseTo(12.9, 1)
  })

  it('a dense model is active but for its input embedding; a tied one whole', () => {
    const { total, active, byPart } = countParameters(preset('llama-3-8b'))
    expect(active).toBe(total - byPart.embedding)
    const tied = countParameters({ ...preset('llama-3-8b'), tiedEmbeddings: true })
    expect(tied.active).toBe(tied.total)
  })
})

describe('parts', () => {
  it('add up to the total, none negative, and active is at most the total', () => {
    fc.assert(
      fc.property(architecture, (model) => {
        const { total, active, byPart } = countParameters(model)
        const parts = Object.values(byPart)
        expect(parts.every((part) => part >= 0)).toBe(true)
        expect(parts.reduce((a, b) => a + b, 0)).toBe(total)
        expect(active).toBeGreaterThan(0)
        expect(active).toBeLessThanOrEqual(total)
      }),
    )
  })

  it('are the sum over layers one by one and the two ends', () => {
    fc.assert(
      fc.property(architecture, (model) => {
        const vectors = model.norm === 'layer' ? 2 : 1
        let sum = (model.vocab + model.learnedPositions) * model.hidden + vectors * model.hidden
        if (!model.tiedEmbeddings) sum += model.vocab * model.hidden
        for (let i = 0; i < model.layers + model.mtpLayers; i++) {
          sum += Object.values(layerParameters(model, layerKind(model, i))).reduce((a, b) => a + b, 0)
        }
        sum += model.mtpLayers * (2 * model.hidden ** 2 + 3 * vectors * model.hidden)
        expect(countParameters(model).total).toBe(sum)
      }),
    )
  })

  it('a mixture has experts in every second layer after the dense ones where it says so', () => {
    const moe = { ...MIXTURE_DEFAULTS, experts: 4, topK: 1, expertFfn: 8, firstDense: 1, every: 2 }
    const model = { ...preset('llama-3-8b'), layers: 6, moe }
    expect([0, 1, 2, 3, 4, 5].map((i) => layerKind(model, i).mixture)).toEqual([false, false, true, false, true, false])
  })

  it('gpt-oss alternates local and global layers', () => {
    expect([0, 1, 2, 3].map((i) => layerKind(preset('gpt-oss-120b'), i).local)).toEqual([true, false, true, false])
  })
})

describe('parameters of single parts', () => {
  it('latent attention of DeepSeek-V3 has 187.1M a layer (matrices and norms of the released layer)', () => {
    // q down 7168·1536 + norm 1536, q up 1536·128·192, kv down 7168·576, norm 512, kv up 512·128·256, out 128·128·7168
    const expected = 7168 * 1536 + 1536 + 1536 * 128 * 192 + 7168 * 576 + 512 + 512 * 128 * 256 + 128 * 128 * 7168
    expect(layerParameters(preset('deepseek-v3'), { mixture: false, local: false }).attention).toBe(expected)
  })

  it('multi-token prediction of DeepSeek-V3 adds about 11.5B of own weights (14B with shared embedding and head)', () => {
    // Released checkpoint: 685B in all, 671B main and 14B of the prediction module with its copies of embedding and head.
    const added =
      countParameters({ ...preset('deepseek-v3'), mtpLayers: 1 }).total - countParameters(preset('deepseek-v3')).total
    expect((added + 2 * 129_280 * 7168) / 1e9).toBeCloseTo(13.5, 0)
  })
})

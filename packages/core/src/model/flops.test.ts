import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Architecture } from './architecture.ts'
import { forwardFlopsPerToken, meanKeys, modelFlopsPerStep, totalFlops } from './flops.ts'
import { countParameters } from './parameters.ts'
import { MODEL_PRESETS } from './presets.ts'

function preset(id: string): Architecture {
  const model = MODEL_PRESETS[id]
  if (model === undefined) throw new Error(`no model ${id}`)
  return model
}

const presets = Object.values(MODEL_PRESETS).map((model) => [model.id, model] as const)

describe('a GPT', () => {
  it('needs 72·B·L·s·h²·(1 + s/6h + V/12hL) FLOPs a step with full attention (Narayanan et al. 2021, section 5.1)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 128 }),
        fc.integer({ min: 1, max: 256 }),
        fc.integer({ min: 1, max: 8192 }),
        fc.integer({ min: 1, max: 3072 }),
        (layers, width, sequence, batch) => {
          const hidden = 128 * width
          const vocab = 51_200
          const model = {
            ...preset('gpt-3-175b'),
            ...{ layers, hidden, ffnHidden: 4 * hidden, heads: width, kvHeads: width, headDim: 128, vocab },
          }
          const forwardAndBackward =
            72 *
            batch *
            sequence *
            layers *
            hidden ** 2 *
            (1 + sequence / (6 * hidden) + vocab / (12 * hidden * layers))
          expect(modelFlopsPerStep(model, sequence, batch, 'full') / forwardAndBackward).toBeCloseTo(1, 10)
        },
      ),
    )
  })

  it('GPT-3 takes 3.14e23 FLOPs for 300B tokens by 6·N·D (Brown et al. 2020, table D.1)', () => {
    const steps = 300e9 / (2048 * 1536)
    const flops = steps * modelFlopsPerStep(preset('gpt-3-175b'), 2048, 1536)
    expect(flops / 3.14e23).toBeGreaterThan(0.99)
    expect(flops / 3.14e23).toBeLessThan(1.03)
  })
})

describe('Llama 3.1 405B', () => {
  it('takes 3.8e25 FLOPs for 15.6T tokens (arXiv:2407.21783, section 3.2.1)', () => {
    const perToken = modelFlopsPerStep(preset('llama-3.1-405b'), 8192, 1) / 8192
    expect(Math.abs((perToken * 15.6e12) / 3.8e25 - 1)).toBeLessThan(0.04)
  })
})

describe.each(presets)('%s', (_, model) => {
  it('counts causal attention at half of the full one or less, everything else alike', () => {
    for (const sequence of [1024, 8192, 131_072]) {
      const causal = forwardFlopsPerToken(model, sequence, 'causal')
      const full = forwardFlopsPerToken(model, sequence, 'full')
      expect(causal.attention).toBeLessThan(full.attention)
      if (model.slidingWindow === null) expect(causal.attention * 2).toBeCloseTo(full.attention, 0)
      expect({ ...causal, attention: 0 }).toEqual({ ...full, attention: 0 })
    }
  })

  it('needs three forwards a step', () => {
    const forward = totalFlops(forwardFlopsPerToken(model, 4096, 'causal'))
    expect(modelFlopsPerStep(model, 4096, 8) / (3 * forward * 4096 * 8)).toBeCloseTo(1, 12)
  })

  it('needs about two FLOPs for each active parameter of its matrices', () => {
    const { attention, ...matrices } = forwardFlopsPerToken(model, 4096, 'causal')
    const products = Object.values(matrices).reduce((a, b) => a + b, 0)
    const { active } = countParameters(model)
    expect(attention).toBeGreaterThan(0)
    expect(products / (2 * active)).toBeGreaterThan(0.99)
    expect(products / (2 * active)).toBeLessThanOrEqual(1)
  })
})

describe('mean keys of a query', () => {
  it('equals the average over the queries, within one key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.option(fc.integer({ min: 1, max: 500 })), (sequence, window) => {
        let keys = 0
        for (let q = 1; q <= sequence; q++) keys += Math.min(q, window ?? sequence)
        expect(Math.abs(meanKeys(sequence, window, 'causal') - keys / sequence)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is the window, or the whole sequence, where all are counted', () => {
    expect(meanKeys(4096, null, 'full')).toBe(4096)
    expect(meanKeys(4096, 128, 'full')).toBe(128)
    expect(meanKeys(100, 128, 'full')).toBe(100)
  })
})

describe('multi-token prediction', () => {
  it('adds a layer, a projection of 2·hidden to hidden and an output product', () => {
    const model = preset('llama-3-8b')
    const plain = forwardFlopsPerToken(model, 4096, 'causal')
    const more = forwardFlopsPerToken({ ...model, mtpLayers: 1 }, 4096, 'causal')
    const layer = (plain.projections + plain.attention + plain.mlp) / 32
    const added = layer + 2 * 2 * 4096 * 4096 + 2 * 4096 * 128_256
    expect((totalFlops(more) - totalFlops(plain)) / added).toBeCloseTo(1, 10)
  })
})

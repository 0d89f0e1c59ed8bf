import { describe, expect, it } from 'vitest'
import { CHIPS, type MeasuredChip } from './chips.ts'
import { denseConstants, fitGemms, KEPT } from './gemm.ts'
import { gemmPart, joinTimes, waveFactor } from './gemm-form.ts'
import type { GemmSamples } from './gemm-samples.ts'

const H100 = CHIPS.find(({ table }) => table === 'h100_sxm') as MeasuredChip
const TRUTH: Readonly<Record<string, number>> = {
  share: 0.8,
  launch: 12e-6,
  memoryShare: 0.75,
  kRamp: 250,
  waveExponent: 0.4,
  quantiseShare: 0.6,
}

/** Products whose times follow the form exactly. */
function synthetic(): GemmSamples {
  const sizes = [128, 384, 1024, 1536, 3072, 8192, 16384]
  const shapes = sizes.flatMap((m) => sizes.flatMap((n) => sizes.map((k) => ({ m, n: n + 256, k: k + 256 }))))
  const blank: GemmSamples = {
    chip: H100,
    precision: 'fp8',
    m: Float64Array.from(shapes, ({ m }) => m),
    n: Float64Array.from(shapes, ({ n }) => n),
    k: Float64Array.from(shapes, ({ k }) => k),
    seconds: new Float64Array(shapes.length).fill(1),
    groups: Float64Array.from(shapes, ({ n, k }) => n * 131072 + k),
  }
  const part = gemmPart(KEPT, blank)
  const out = new Float64Array(part.count)
  part.residuals(
    Float64Array.from(part.keys, (key) => TRUTH[key.split(':')[0] as string] as number),
    out,
  )
  return { ...blank, seconds: out.map(Math.exp) }
}

describe('products', () => {
  it('recovers the constants of synthetic times', () => {
    const samples = synthetic()
    const fitted = denseConstants([samples], fitGemms([samples]))('h100_sxm', 'fp8')
    for (const [term, value] of Object.entries(TRUTH)) {
      expect(fitted[term as keyof typeof fitted] / value, term).toBeCloseTo(1, 2)
    }
  })

  it('counts whole waves of tiles', () => {
    const tiles = [[128, 256]] as const
    expect(waveFactor(128 * 132, 256, 132, tiles, true)).toBe(1)
    expect(waveFactor(128 * 133, 256, 132, tiles, true)).toBeCloseTo(264 / 133, 12)
    expect(waveFactor(64, 256, 1, tiles, true)).toBe(2)
    expect(waveFactor(64, 256, 1, tiles, false)).toBe(1)
    expect(waveFactor(256, 128, 1, [...tiles, [256, 128]], true)).toBe(1)
  })

  it('joins compute and memory by a norm', () => {
    expect(joinTimes(3, 4, 2)).toBeCloseTo(5, 12)
    expect(joinTimes(3, 4, Number.POSITIVE_INFINITY)).toBe(4)
    expect(joinTimes(0, 4, 4)).toBe(4)
  })
})

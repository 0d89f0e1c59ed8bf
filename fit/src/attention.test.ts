import { describe, expect, it } from 'vitest'
import { attentionPart, fitAttention } from './attention.ts'
import { longestTile, workedPairs } from './attention-form.ts'
import type { AttentionSample, AttentionSamples } from './attention-samples.ts'
import { CHIPS, type MeasuredChip } from './chips.ts'
import { fitPublished } from './published-fit.ts'

const H100 = CHIPS.find(({ table }) => table === 'h100_sxm') as MeasuredChip
const OPTIONS = { extraKeys: 200, tail: true, preparation: true, widths: true }
const TRUTH: Readonly<Record<string, number>> = { share: 0.6, launch: 15e-6, tail: 0.5, passes: 2, width: 0.7 }

function synthetic(): AttentionSamples {
  const rows: AttentionSample[] = []
  for (const sequence of [256, 1024, 4096, 16384]) {
    for (const heads of [4, 8, 32, 96]) {
      for (const batch of [1, 4, 16]) {
        for (const width of [64, 128]) {
          for (const keyValueHeads of [1, heads]) {
            rows.push({
              batch,
              heads,
              sequence,
              window: sequence,
              keyWidth: width,
              valueWidth: width,
              bytes: 4 * batch * sequence * (heads + keyValueHeads) * width,
              seconds: 1,
              group: heads * 1000 + width + keyValueHeads,
            })
          }
        }
      }
    }
  }
  const blank = { chip: H100, precision: 'bf16', rows } as const
  const part = attentionPart(blank, OPTIONS, 'bf16')
  const out = new Float64Array(part.count)
  part.residuals(
    Float64Array.from(part.keys, (key) => TRUTH[key.split(':')[0] as string] as number),
    out,
  )
  return { ...blank, rows: rows.map((row, i) => ({ ...row, seconds: Math.exp(out[i] as number) })) }
}

describe('attention', () => {
  it('recovers the constants of synthetic times', () => {
    const fitted = fitAttention([synthetic()], OPTIONS, 'bf16')
    for (const [key, { value }] of fitted) {
      expect(value / (TRUTH[key.split(':')[0] as string] as number), key).toBeCloseTo(1, 1)
    }
  })

  it('counts pairs in sight, half tiles on the diagonal and work of each query', () => {
    const shape = { batch: 2, heads: 3, sequence: 1024, window: 1024, causal: true }
    expect(workedPairs(shape, 0)).toBe(6 * (1024 * 512 + 64 * 1024))
    expect(workedPairs(shape, 10) - workedPairs(shape, 0)).toBe(6 * 10 * 1024)
    expect(workedPairs({ ...shape, causal: false }, 0)).toBe(6 * 1024 * 1024)
    expect(workedPairs({ ...shape, window: 256 }, 0)).toBe(6 * (256 * 1024 - 128 * 256 + 128 * 1024))
    expect(longestTile(shape)).toBe(128 * 1024)
    expect(longestTile({ ...shape, window: 256 })).toBe(128 * 384)
  })

  it('follows the published kernels within a few percent by one share each', () => {
    const { errors } = fitPublished()
    expect(errors.mean).toBeLessThan(0.04)
  })
})

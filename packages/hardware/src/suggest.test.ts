import { describe, expect, it } from 'vitest'
import { didYouMean } from './suggest.ts'

const names = ['h100-sxm', 'h100-pcie', 'h200-sxm', 'b200-sxm', 'trn2']

describe('didYouMean', () => {
  it.each([
    ['h100-smx', 'h100-sxm'],
    ['h100sxm', 'h100-sxm'],
    ['H200-SXM', 'h200-sxm'],
    ['h100', 'h100-sxm'],
    ['tnr2', 'trn2'],
    ['tpu-v5p', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s: %s', (name, near) => {
    expect(didYouMean(name, names)).toBe(near)
  })

  it('prefers the name that differs in case alone', () => {
    expect(didYouMean('gb', ['Gb', 'GB', 'MB'])).toBe('Gb')
    expect(didYouMean('TFLOPs', ['GFLOPS', 'TFLOPS'])).toBe('TFLOPS')
  })
})

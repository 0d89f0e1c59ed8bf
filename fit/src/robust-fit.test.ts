import { describe, expect, it } from 'vitest'
import { type FitPart, fitConstants } from './robust-fit.ts'
import { hash } from './split.ts'
import { fitWithSpread } from './spread.ts'

/** y = a + b·x with outliers, as log residuals. */
function linePart(a: number, b: number, key: string): FitPart & { groups: number[] } {
  const x = Array.from({ length: 200 }, (_, i) => 1 + i)
  const y = x.map((at, i) => (a + b * at) * (i % 17 === 0 ? 3 : 1 + 0.02 * (hash(i, 3) - 0.5)))
  return {
    keys: ['shared', key],
    count: x.length,
    groups: x,
    residuals(values, out) {
      x.forEach((at, i) => {
        out[i] = Math.log(((values[0] as number) + (values[1] as number) * at) / (y[i] as number))
      })
    },
  }
}

describe('fitConstants', () => {
  it('recovers constants that parts share, outliers or not', () => {
    const fitted = fitConstants([linePart(5, 0.3, 'first'), linePart(5, 0.7, 'second')], () => 1)
    expect(fitted.get('shared')).toBeCloseTo(5, 1)
    expect(fitted.get('first')).toBeCloseTo(0.3, 2)
    expect(fitted.get('second')).toBeCloseTo(0.7, 2)
  })

  it('gives the same constants again', () => {
    const run = () => [...fitConstants([linePart(5, 0.3, 'one')], () => 2)]
    expect(run()).toEqual(run())
  })

  it('ignores what is held out', () => {
    const part = linePart(5, 0.3, 'one')
    const spoiled: FitPart = {
      ...part,
      use: Uint8Array.from({ length: part.count }, (_, i) => (i < 100 ? 1 : 0)),
      residuals(values, out) {
        part.residuals(values, out)
        for (let i = 100; i < part.count; i++) out[i] = (out[i] as number) + 5
      },
    }
    expect(fitConstants([spoiled], () => 1).get('one')).toBeCloseTo(0.3, 2)
  })

  it('states a spread of the size of the noise', () => {
    const spread = fitWithSpread([linePart(5, 0.3, 'one')], () => 1).get('one')?.spread ?? Number.NaN
    expect(spread).toBeGreaterThan(0)
    expect(spread).toBeLessThan(0.05)
  })
})

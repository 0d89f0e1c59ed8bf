import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalQuantile } from './normal-quantile.ts'
import { exponential, normalScore, trialStreams } from './rng.ts'
import { PLAIN } from './statistics.fixture.ts'

describe('normal quantile', () => {
  // The check values of AS 241 itself (p = 0.25, 0.001, 1e-20), and 95 %.
  test.each([
    [0.25, -0.6744897501960817],
    [0.001, -3.090232306167814],
    [1e-20, -9.2623400897984],
    [0.95, 1.6448536269514722],
    [0.5, 0],
  ])('of %d is %d', (p, z) => {
    expect(normalQuantile(p)).toBeCloseTo(z, 13)
  })

  test('rises but for rounding', () => {
    const p = fc.double({ min: 1e-12, max: 1 - 1e-12, noNaN: true })
    fc.assert(
      fc.property(p, p, (a, b) => normalQuantile(Math.min(a, b)) <= normalQuantile(Math.max(a, b)) + 1e-14),
      {
        numRuns: 1000,
      },
    )
  })
})

describe('draws', () => {
  test('stay finite at both ends of the generator', () => {
    expect([exponential(0), exponential(1 - 2 ** -32)]).toEqual([-0, expect.closeTo(22.18, 2)])
    expect(normalScore(0)).toBeCloseTo(-6.3379, 3)
    expect(normalScore(1 - 2 ** -32)).toBe(-normalScore(0))
  })

  test('of a trial are those of its seed and index', () => {
    const ten = (trial: number) => {
      const { constants, events } = trialStreams('a', trial, PLAIN)
      return Array.from({ length: 5 }, () => [constants(), events()]).flat()
    }
    expect(ten(3)).toEqual(ten(3))
    expect(new Set([...ten(3), ...ten(4), ...ten(34)]).size).toBe(30)
  })
})

import { Z95 } from '@walltime/hardware'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { conditionSpread } from './condition.ts'

const prior = { p5: 0.8, p50: 1, p95: 1.25, law: 'lognormal' } as const

it('leaves the law alone where nothing was measured', () => {
  expect(conditionSpread(prior, 'a', [])).toEqual(prior)
})

it('moves nearly all the way to a step measured with the same layout, and narrows', () => {
  const law = conditionSpread(prior, 'a', [{ logError: Math.log(1.2), layout: 'a' }])
  expect(law.p50).toBeGreaterThan(1.15)
  expect(law.p50).toBeLessThan(1.2)
  expect(law.p95 / law.p5).toBeLessThan(1.25)
})

// One observation, closed form: prior variance s², covariance c·s², noise t²: mean = c·s²/(s² + t²)·r, variance = s² − (c·s²)²/(s² + t²).
it('carries half of the error of another layout over', () => {
  const s2 = (Math.log(1.25) / Z95) ** 2
  const gain = (0.5 * s2) / (s2 + 0.03 ** 2)
  const law = conditionSpread(prior, 'a', [{ logError: 0.1, layout: 'b' }])
  expect(Math.log(law.p50)).toBeCloseTo(gain * 0.1, 12)
  const left = s2 - gain * 0.5 * s2 + 0.03 ** 2
  expect(Math.log(law.p95 / law.p50)).toBeCloseTo(Z95 * Math.sqrt(left), 12)
})

it('never widens with more measurements, and stays between what they say and the prior', () => {
  const observation = fc.record({
    logError: fc.double({ min: -0.5, max: 0.5, noNaN: true }),
    layout: fc.constantFrom('a', 'b', 'c'),
  })
  fc.assert(
    fc.property(fc.array(observation, { minLength: 1, maxLength: 12 }), observation, (some, one) => {
      const before = conditionSpread(prior, 'a', some)
      const after = conditionSpread(prior, 'a', [...some, one])
      expect(after.p95 / after.p5).toBeLessThanOrEqual((before.p95 / before.p5) * (1 + 1e-9))
      const errors = some.map((o) => o.logError)
      expect(Math.log(before.p50)).toBeGreaterThanOrEqual(Math.min(0, ...errors) - 1e-9)
      expect(Math.log(before.p50)).toBeLessThanOrEqual(Math.max(0, ...errors) + 1e-9)
    }),
  )
})

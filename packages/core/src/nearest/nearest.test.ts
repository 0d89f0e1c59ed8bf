import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { parseScenario } from '../scenario/read.ts'
import { isFar, nearestSteps, regionDistance, widening } from './nearest.ts'
import type { Place } from './place.ts'

/** A step that ships: Llama 3 70B on 64 H100 with context parallelism (NeMo AutoModel's summary). */
const MEASURED: Place = {
  ...{ family: 'hopper', chip: 'h100-sxm', bits: 16, experts: false, context: true },
  ...{ chips: 64, parameters: 71e9, sequence: 8192 },
}

describe('distance to the nearest measured step', () => {
  it('is 0 where one was measured', () => {
    expect(regionDistance(MEASURED)).toBe(0)
    expect(nearestSteps(MEASURED)[0]).toMatchObject({ chip: 'h100-sxm', chips: 64, distance: 0, differs: [] })
  })

  it('is that of the first of the nearest, which come in order', () => {
    const chip = fc.constantFrom(['hopper', 'h100-sxm'], ['blackwell', 'gb300'], ['cdna3', 'mi300x'], ['own', 'own'])
    const place = fc.record({
      chip,
      bits: fc.constantFrom(16, 8, 4),
      experts: fc.boolean(),
      context: fc.boolean(),
      chips: fc.integer({ min: 1, max: 1e6 }),
      parameters: fc.double({ min: 1e8, max: 1e14, noNaN: true }),
      sequence: fc.integer({ min: 128, max: 1e7 }),
    })
    fc.assert(
      fc.property(place, ({ chip: [family = '', id = ''], ...rest }) => {
        const at = { ...rest, family, chip: id }
        const steps = nearestSteps(at)
        expect(steps).toHaveLength(3)
        expect(steps[0]?.distance).toBeCloseTo(regionDistance(at), 12)
        const distances = steps.map(({ distance }) => distance)
        expect(distances).toEqual([...distances].sort((a, b) => a - b))
        for (const { distance, differs } of steps) expect(differs.length > 0 || distance < 1).toBe(true)
      }),
    )
  })

  it('is 1 for a factor of 8, and grows with each difference', () => {
    expect(regionDistance({ ...MEASURED, chips: 64 * 2 ** 30 })).toBeGreaterThan(6)
    const alone = { ...MEASURED, parameters: 71e9 * 8 ** 5 }
    const further = { ...alone, parameters: alone.parameters * 8 }
    expect(regionDistance(further) - regionDistance(alone)).toBeGreaterThan(0.8)
    expect(regionDistance({ ...MEASURED, family: 'none', chip: 'none' })).toBe(3)
  })

  it('widens nothing near, and at most twofold', () => {
    expect([0, 1, 1.5].map(widening)).toEqual([1, 1, 1])
    expect(widening(2.5)).toBeCloseTo(1.4, 12)
    expect(widening(Number.POSITIVE_INFINITY)).toBe(2)
  })

  it('takes a few microseconds', () => {
    const begin = performance.now()
    for (let i = 0; i < 1000; i++) nearestSteps({ ...MEASURED, chips: 1 + i })
    expect((performance.now() - begin) / 1000).toBeLessThan(0.2)
  })
})

const scenario = (system: string, chips: number, more = '') =>
  parseScenario(`model: llama-3-70b
cluster: {system: ${system}, chips: ${chips}}
training: {tokens: 1T, sequenceLength: 8192, globalBatch: 2048}
parallelism: {tp: 8}
cost: {price: 2 USD/chip-hour}
${more}`)

const warned = (text: ReturnType<typeof scenario>) =>
  estimate(text).warnings.find(({ code }) => code === 'measured.far')

describe('an estimate', () => {
  it('names the nearest steps and does not warn where they are near', () => {
    const result = estimate(scenario('dgx-h100', 512))
    expect(result.nearest[0]).toMatchObject({ chip: 'h100-sxm', experts: false })
    expect(warned(scenario('dgx-h100', 512))).toBeUndefined()
  })

  it('warns of another family of chips, unless the user measured steps or overrides', () => {
    expect(warned(scenario('mi300x-8', 512))?.message).toMatch(/unlike the nearest .*another family of chips/)
    expect(warned(scenario('mi300x-8', 512, 'override: {stepSeconds: 60}'))).toBeUndefined()
    const own = 'measured: [{parallelism: {tp: 8}, chips: 512, stepSeconds: 60}]'
    expect(warned(scenario('mi300x-8', 512, own))).toBeUndefined()
    expect(isFar(regionDistance({ ...MEASURED, family: 'cdna3', chip: 'mi300x' }))).toBe(true)
  })
})

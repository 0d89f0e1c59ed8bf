import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { quantity, uncertain } from './quantity-schema.ts'

function issues(schema: z.ZodType, input: unknown): { path: PropertyKey[]; message: string; code: unknown }[] {
  const parsed = schema.safeParse(input)
  if (parsed.success) throw new Error('accepted')
  return parsed.error.issues.map((issue) => ({
    path: issue.path,
    message: issue.message,
    code: issue.code === 'custom' ? issue.params?.code : issue.code,
  }))
}

describe('quantity', () => {
  it('turns text and numbers into SI', () => {
    expect(quantity('bandwidth').parse('400 Gb/s')).toBe(50e9)
    expect(quantity('bandwidth').parse(50e9)).toBe(50e9)
  })

  it('reports the code and message of the QuantityError', () => {
    expect(issues(quantity('bandwidth'), '5 GB')).toMatchObject([
      { code: 'quantity.dimension', message: expect.stringContaining('not a bandwidth') },
    ])
    expect(issues(quantity('time'), {})).toMatchObject([{ code: 'quantity.syntax' }])
    expect(issues(z.strictObject({ t: quantity('time') }), {})).toMatchObject([{ path: ['t'] }])
    expect(z.strictObject({ t: quantity('time').optional() }).parse({})).toEqual({})
  })

  it('holds its bounds', () => {
    expect(issues(quantity('time', { min: 1 }), 0.5)).toMatchObject([
      { code: 'quantity.range', message: '500 ms is below 1.00 s, the least allowed' },
    ])
    expect(issues(quantity('fraction', { exclusiveMin: 0, max: 1 }), '0 %')).toMatchObject([{ code: 'quantity.range' }])
    expect(issues(quantity('fraction', { exclusiveMin: 0, max: 1 }), 1.2)).toMatchObject([{ code: 'quantity.range' }])
  })

  it('prints as JSON Schema', () => {
    const schema = z.strictObject({ rate: quantity('bandwidth', { describe: 'Rate of a port' }) })
    expect(z.toJSONSchema(schema, { io: 'input' })).toMatchObject({
      properties: {
        rate: {
          type: ['string', 'number'],
          description: expect.stringContaining('Rate of a port'),
          examples: ['50 GB/s', '400 Gb/s', '3.35 TB/s'],
        },
      },
      required: ['rate'],
    })
  })
})

describe('uncertain', () => {
  it('takes one value as certain', () => {
    expect(uncertain('time').parse('2 min')).toEqual({ p5: 120, p50: 120, p95: 120, law: 'fixed' })
  })

  it('takes a spread, lognormal unless given', () => {
    const spread = { p5: '5 min', p50: 600, p95: '20 min' }
    expect(uncertain('time').parse(spread)).toEqual({ p5: 300, p50: 600, p95: 1200, law: 'lognormal' })
    expect(uncertain('time').parse({ ...spread, law: 'normal' }).law).toBe('normal')
  })

  it.each([
    [{ p5: 3, p50: 2, p95: 4 }, 'spread.order', []],
    [{ p5: 0, p50: 2, p95: 4 }, 'spread.positive', ['p5']],
    [{ p5: 1, p50: 2 }, 'spread.missing', ['p95']],
    [{ p5: 1, p50: 2, p95: 3, law: 'cauchy' }, 'spread.law', ['law']],
    [{ p5: 1, p50: 2, p95: 3, p99: 4 }, 'spread.key', ['p99']],
    [{ p5: 1, p50: '2 GB', p95: 3 }, 'quantity.dimension', ['p50']],
    ['2 GB', 'quantity.dimension', []],
    [[1, 2], 'quantity.syntax', []],
    [null, 'quantity.syntax', []],
  ])('refuses %j with %s', (input, code, path) => {
    expect(issues(uncertain('time'), input)).toMatchObject([{ code, path }])
  })

  it('takes a normal spread that reaches below zero', () => {
    expect(uncertain('time').parse({ p5: -1, p50: 0, p95: 1, law: 'normal' }).p5).toBe(-1)
  })

  it('prints as JSON Schema', () => {
    const printed = z.toJSONSchema(uncertain('time'), { io: 'input' })
    expect(printed).toMatchObject({
      anyOf: [{ type: ['string', 'number'] }, { type: 'object', required: ['p5', 'p50', 'p95'] }],
    })
  })
})

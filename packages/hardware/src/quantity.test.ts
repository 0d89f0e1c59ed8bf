import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DIMENSIONS, type Dimension } from './dimension.ts'
import { formatQuantity } from './format-quantity.ts'
import { parseQuantity, parseQuantityPer, QuantityError } from './quantity.ts'

const YEAR = 365.25 * 86400

function refusal(input: string | number, dimension: Dimension): QuantityError {
  try {
    parseQuantity(input, dimension)
  } catch (error) {
    if (error instanceof QuantityError) return error
    throw error
  }
  throw new Error(`${input} was accepted`)
}

describe('parseQuantity', () => {
  it.each<[string | number, Dimension, number]>([
    ['6.48 s', 'time', 6.48],
    ['30 min', 'time', 1800],
    ['1.5 h', 'time', 5400],
    ['54 days', 'time', 4665600],
    ['16.4 us', 'time', 16.4e-6],
    ['2 d', 'time', 172800],
    ['1 year', 'time', YEAR],
    [90, 'time', 90],
    ['90', 'time', 90],
    ['80 GiB', 'bytes', 80 * 2 ** 30],
    ['80 GB', 'bytes', 80e9],
    ['1 KB', 'bytes', 1000],
    ['8 Gbit', 'bytes', 1e9],
    ['400 Gb/s', 'bandwidth', 50e9],
    ['400 Gbps', 'bandwidth', 50e9],
    ['400 Gbit/s', 'bandwidth', 50e9],
    ['50 GB/s', 'bandwidth', 50e9],
    ['1.6 TB/s', 'bandwidth', 1.6e12],
    ['3.35 TB/s', 'bandwidth', 3.35e12],
    ['3.8e25 FLOP', 'flop', 3.8e25],
    ['989 TFLOP/s', 'flopRate', 989e12],
    ['989 TFLOPS', 'flopRate', 989e12],
    ['10.2 kW', 'power', 10200],
    ['5 kWh', 'energy', 18e6],
    ['2 MWh', 'energy', 7.2e9],
    ['12.3M USD', 'money', 12.3e6],
    ['$80M', 'money', 80e6],
    ['USD 25000', 'money', 25000],
    ['25000 USD/chip', 'money', 25000],
    ['2.50 USD/chip-hour', 'price', 2.5 / 3600],
    ['2.5 USD/GPU-hour', 'price', 2.5 / 3600],
    ['2.50 USD/h', 'price', 2.5 / 3600],
    ['$2.50/h', 'price', 2.5 / 3600],
    ['2.5 USD per GPU-hour', 'price', 2.5 / 3600],
    ['0.08 USD/kWh', 'energyPrice', 0.08 / 3.6e6],
    ['$80/MWh', 'energyPrice', 80 / 3.6e9],
    ['1/(16.4 years)', 'rate', 1 / (16.4 * YEAR)],
    ['0.87/day', 'rate', 0.87 / 86400],
    ['6.1 %/year', 'rate', 0.061 / YEAR],
    ['419/(54 days)', 'rate', 419 / (54 * 86400)],
    ['2 Hz', 'rate', 2],
    ['16384', 'count', 16384],
    ['16_384', 'count', 16384],
    ['8K', 'count', 8000],
    ['8Ki', 'count', 8192],
    ['405B', 'count', 405e9],
    ['15.6T tokens', 'tokens', 15.6e12],
    ['15.6T', 'tokens', 15.6e12],
    ['16M tokens', 'tokens', 16e6],
    ['300B', 'tokens', 300e9],
    ['15.6 trillion tokens', 'tokens', 15.6e12],
    ['34 %', 'fraction', 0.34],
    [0.34, 'fraction', 0.34],
    ['1830 MHz', 'frequency', 1830e6],
  ])('reads %s as %s', (input, dimension, expected) => {
    const value = parseQuantity(input, dimension)
    expect(Math.abs(value - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-14)
  })

  it.each<[string, Dimension, string, RegExp]>([
    ['5 GB', 'bandwidth', 'quantity.dimension', /an amount of bytes, not a bandwidth/],
    ['5 kW', 'energy', 'quantity.dimension', /a power, not an energy/],
    ['30 m', 'time', 'quantity.dimension', /minutes are "min"/],
    ['6.1 %', 'rate', 'quantity.dimension', /a share/],
    ['$2.50', 'price', 'quantity.dimension', /an amount of money/],
    ['$5', 'time', 'quantity.dimension', /an amount of money/],
    ['20 USD/node-hour', 'price', 'quantity.dimension', /per node; give it per chip/],
    ['5 minuts', 'time', 'quantity.unit', /did you mean "minutes"/],
    ['50 gb/s', 'bandwidth', 'quantity.unit', /"GB" is bytes and "Gb" bits/],
    ['989 tflops', 'flopRate', 'quantity.unit', /did you mean "TFLOPS"/],
    ['3 GB/s', 'tokens', 'quantity.dimension', /a bandwidth, not an amount of tokens/],
    ['3 GB', 'tokens', 'quantity.dimension', /an amount of bytes, not an amount of tokens/],
    ['5 kW-h', 'count', 'quantity.dimension', /an energy, not a count/],
    ['3 tokens/s', 'tokens', 'quantity.syntax', /cannot be read as an amount of tokens/],
    ['4 tokns', 'tokens', 'quantity.unit', /did you mean "tokens"/],
    ['2 EUR/h', 'price', 'quantity.unit', /unknown unit "EUR"/],
    ['GB GB', 'bytes', 'quantity.syntax', /does not start with a number/],
    ['5 GB GB', 'bytes', 'quantity.dimension', /is not an amount of bytes/],
    ['', 'time', 'quantity.syntax', /nothing is given/],
    ['16,384', 'count', 'quantity.syntax', /write 16384/],
    ['1.5.2', 'count', 'quantity.syntax', /1\.5 with a point/],
    ['1e999 GB', 'bytes', 'quantity.number', /not a finite number/],
    ['1/(0 s)', 'rate', 'quantity.number', /not a finite number/],
    ['1/', 'rate', 'quantity.syntax', /cannot be read/],
    ["import('x')", 'time', 'quantity.syntax', /does not start with a number/],
    ["1 import('x')", 'time', 'quantity.syntax', /cannot be read/],
    ['1 createUnit("q")', 'time', 'quantity.syntax', /cannot be read/],
    ['1 constructor', 'time', 'quantity.unit', /unknown unit "constructor"/],
    ['1 __proto__', 'time', 'quantity.syntax', /cannot be read/],
  ])('refuses %s as %s with %s', (input, dimension, code, message) => {
    const error = refusal(input, dimension)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('refuses NaN and infinities', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(refusal(value, 'time').code).toBe('quantity.number')
    }
  })

  it('refuses very long text at once', () => {
    const start = performance.now()
    for (const text of ['9'.repeat(1e6), `1 ${'('.repeat(1e6)}`, `1 ${'s*'.repeat(1e6)}`]) {
      const error = refusal(text, 'time')
      expect(error.code).toBe('quantity.syntax')
      expect(error.message.length).toBeLessThan(200)
    }
    expect(performance.now() - start).toBeLessThan(200)
  })

  it('tells what a rate is stated for', () => {
    expect(parseQuantityPer('0.0065/node-day', 'rate')).toEqual({ value: 0.0065 / 86400, per: 'node' })
    expect(parseQuantityPer('1/(50000 GPU-hours)', 'rate')).toEqual({ value: 1 / (50000 * 3600), per: 'chip' })
    expect(parseQuantityPer('6.5 per 1000 node-days', 'rate').per).toBe('node')
    expect(parseQuantityPer('0.87/day', 'rate')).not.toHaveProperty('per')
  })

  it('accepts its own examples', () => {
    for (const [dimension, { examples }] of Object.entries(DIMENSIONS)) {
      for (const example of examples) expect(Number.isFinite(parseQuantity(example, dimension as Dimension))).toBe(true)
    }
  })

  it('answers any text with a number or a QuantityError', () => {
    const dimensions = fc.constantFrom(...(Object.keys(DIMENSIONS) as Dimension[]))
    const texts = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.tuple(fc.double({ noNaN: true }), fc.string({ maxLength: 30 })).map(([n, unit]) => `${n} ${unit}`),
      fc
        .array(
          fc.constantFrom('1', '2.5', ' ', '/', '(', ')', '^', '-', '*', 'GB', 's', 'chip', 'USD', '$', '%', 'k'),
          { maxLength: 10 },
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(texts, dimensions, (text, dimension) => {
        try {
          return Number.isFinite(parseQuantity(text, dimension))
        } catch (error) {
          return error instanceof QuantityError
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('formatQuantity', () => {
  it.each<[number, Dimension, string]>([
    [6.48, 'time', '6.48 s'],
    [54 * 86400, 'time', '54.0 days'],
    [5400, 'time', '1.50 h'],
    [59.99, 'time', '1.00 min'],
    [22e-6, 'time', '22.0 us'],
    [74.3 * 2 ** 30, 'bytes', '74.3 GiB'],
    [450e9, 'bandwidth', '450 GB/s'],
    [999.9e9, 'bandwidth', '1.00 TB/s'],
    [989e12, 'flopRate', '989 TFLOP/s'],
    [3.8e25, 'flop', '3.80e25 FLOP'],
    [10200, 'power', '10.2 kW'],
    [36.7e9 * 3600, 'energy', '36.7 GWh'],
    [12.3e6, 'money', '$12.3M'],
    [-12.3e6, 'money', '-$12.3M'],
    [2.5 / 3600, 'price', '2.50 USD/chip-hour'],
    [0.08 / 3.6e6, 'energyPrice', '0.0800 USD/kWh'],
    [15.6e12, 'tokens', '15.6T tokens'],
    [16384, 'count', '16384'],
    [0.34, 'fraction', '34.0 %'],
    [0.87 / 86400, 'rate', '0.870/day'],
    [0, 'bytes', '0 B'],
    [0, 'money', '$0'],
    [Number.NaN, 'time', 'NaN'],
  ])('prints %d as %s: %s', (value, dimension, expected) => {
    expect(formatQuantity(value, dimension)).toBe(expected)
  })

  it('prints what can be read again', () => {
    const value = fc.double({ min: 1e-6, max: 1e18, noNaN: true })
    const dimensions = fc.constantFrom(...(Object.keys(DIMENSIONS) as Dimension[]))
    fc.assert(
      fc.property(value, dimensions, (x, dimension) => {
        const back = parseQuantity(formatQuantity(x, dimension, { digits: 8 }), dimension)
        return Math.abs(back - x) <= x * 1e-7
      }),
      { numRuns: 500 },
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { findSize, type SizePoint, type SizeScale } from './size.ts'
import { judge } from './size-judge.ts'

const whole = (count: number): SizeScale => ({ count, valueAt: (i) => i, stride: 1 })

/** A point at which an exact number meets a condition. */
const exact = (condition: (y: number) => boolean, of: (x: number) => number) => (value: number) =>
  Promise.resolve({ value, ...judge([{ value: of(value), error: 0 }], ([y]) => condition(y as number)) })

describe('judge', () => {
  it('certainty is the normal law of the distance in standard errors', () => {
    const at = (value: number) => judge([{ value, error: 2 }], ([y]) => (y as number) <= 10)
    expect(at(10 - 2 * 1.6448536269514722)).toMatchObject({ meets: true, certainty: expect.closeTo(0.95, 9) })
    expect(at(12)).toMatchObject({ meets: false, certainty: expect.closeTo(0.8413447460685429, 9) })
    expect(at(12).factor).toBeCloseTo(1.2, 9)
  })

  it('an exact number is certain; what no factor mends says so', () => {
    const none = judge([{ value: 5, error: 0 }], () => false)
    expect(none).toEqual({ meets: false, certainty: 1, factor: Infinity })
  })

  it('two conditions: both must go right', () => {
    const readings = [
      { value: 2, error: 1 },
      { value: 4, error: 1 },
    ]
    const { meets, factor } = judge(readings, ([a = 0, b = 0]) => a <= 1 && b <= 3)
    expect(meets).toBe(false)
    expect(factor).toBeCloseTo(2, 9)
  })
})

test('equals the scan of all values, in both directions and with holes', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 120 }),
    fc.integer({ min: -2, max: 125 }),
    fc.boolean(),
    fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { maxLength: 100 }),
    fc.constantFrom(undefined, 'smallest', 'largest'),
    async (count, bound, rising, holes, wanted) => {
      const meets = (x: number) => (rising ? x >= bound : x <= bound)
      const compute = async (value: number) =>
        holes.includes(value)
          ? { refused: 'a hole' }
          : exact(
              (y) => (rising ? y >= bound + 1 : y <= bound + 1),
              (x) => x + 1,
            )(value)
      const result = await findSize<SizePoint>(whole(count), compute, wanted as 'smallest')
      const usable = Array.from({ length: count }, (_, i) => i).filter((i) => !holes.includes(i))
      const good = usable.filter(meets)
      expect(result.answer?.value).toBe(result.direction === 'smallest' ? good[0] : good.at(-1))
      if (wanted === undefined && good.length > 0 && good.length < usable.length)
        expect(result.direction).toBe(rising ? 'smallest' : 'largest')
      if (result.answer === undefined) {
        expect(result.nearest?.value).toBe(rising ? usable.at(-1) : usable[0])
      } else {
        const { value } = result.answer
        expect(result.interval).toEqual([value, value])
        expect(result.smaller?.value).toBe(usable.findLast((x) => x < value))
        expect(result.larger?.value).toBe(usable.find((x) => x > value))
      }
    },
  )
  await fc.assert(property)
})

test('a window between two ends that fail', async () => {
  const compute = exact(
    (y) => y <= 400,
    (x) => (x - 700) ** 2,
  )
  expect((await findSize(whole(1000), compute)).answer?.value).toBe(680)
  expect((await findSize(whole(1000), compute, 'largest')).answer?.value).toBe(720)
})

test('values within chance of the bound are told', async () => {
  const compute = async (value: number) => ({
    value,
    ...judge([{ value, error: 10 }], ([y]) => (y as number) <= 500),
  })
  const { answer, interval } = await findSize<SizePoint>(whole(1000), compute)
  expect(answer?.value).toBe(500)
  // 1.645 standard errors on either side.
  expect(interval).toEqual([484, 516])
})

test('an answer that chance may undo, in a window of one value: the values that fail on both sides are told from it', async () => {
  const of = [90, 70, 59, 80, 400]
  const compute = async (value: number) => ({
    value,
    ...judge([{ value: of[value] ?? 0, error: 1 }], ([y]) => (y as number) <= 60),
  })
  const { answer, interval } = await findSize<SizePoint>(whole(of.length), compute)
  expect(answer).toMatchObject({ value: 2, certainty: expect.closeTo(0.8413, 4) })
  expect(interval).toEqual([2, 2])
})

import { expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import { crossed, sampled, zipped } from './design.ts'
import { sobol } from './sobol.ts'
import { readAxis } from './vary.ts'

const points = ({ points: count, at }: ReturnType<typeof crossed>) =>
  Array.from({ length: count }, (_, i) => at(i).join(''))

test('a grid has every combination once, the last axis fastest', () => {
  expect(points(crossed([readAxis('a=1,2'), readAxis('b=x,y,z')]))).toEqual(['1x', '1y', '1z', '2x', '2y', '2z'])
})

test('zipped axes go together, and must be as long', () => {
  expect(points(zipped([readAxis('a=1,2'), readAxis('b=x,y')]))).toEqual(['1x', '2y'])
  expect(() => zipped([readAxis('a=1,2'), readAxis('b=x,y,z')])).toThrow(/a has 2, b 3/)
})

test('too many points are refused with their count', () => {
  const axes = Array.from({ length: 4 }, (_, i) => readAxis(`a${i}=1..1000+1`))
  expect(() => crossed(axes)).toThrow('the grid has 1,000,000,000,000 points; at most 100,000,000 are computed')
  expect(() => crossed([readAxis('a=1..2')])).toThrow(/has no steps/)
})

const AXES = [readAxis('a=0..1'), readAxis('b=0..1')]

test('samples depend on the seed and the index alone', () => {
  for (const kind of ['random', 'latin-hypercube', 'sobol'] as const) {
    const one = sampled(AXES, kind, 64, 'a')
    expect(one.at(17)).toEqual(sampled(AXES, kind, 64, 'a').at(17))
    expect(one.at(17)).not.toEqual(sampled(AXES, kind, 64, 'b').at(17))
  }
})

test('random points fill the square evenly', () => {
  const { at } = sampled(AXES, 'random', 10_000, 'a')
  const counts = new Array<number>(16).fill(0)
  for (let i = 0; i < 10_000; i++) {
    const [x, y] = at(i) as [number, number]
    const cell = 4 * Math.floor(4 * x) + Math.floor(4 * y)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  // Chi squared of 15 degrees of freedom: below 37.7 with probability 0.999.
  expect(counts.reduce((sum, count) => sum + (count - 625) ** 2 / 625, 0)).toBeLessThan(37.7)
})

test('a Latin hypercube has one point in each slice of each axis', () => {
  const { at } = sampled(AXES, 'latin-hypercube', 100, 'a')
  for (const axis of [0, 1]) {
    const slices = Array.from({ length: 100 }, (_, i) => Math.floor(100 * Number(at(i)[axis])))
    expect(slices.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  }
})

test('Sobol points are those of Joe and Kuo', () => {
  // First points of dimensions 1 to 3 of their generator (sobol.cc, new-joe-kuo-6.21201).
  const point = sobol([0, 0, 0])
  const first = Array.from({ length: 8 }, (_, i) => [0, 1, 2].map((dimension) => point(i, dimension)))
  expect(first).toEqual([
    [0, 0, 0],
    [0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25],
    [0.25, 0.75, 0.75],
    [0.375, 0.375, 0.625],
    [0.875, 0.875, 0.125],
    [0.625, 0.125, 0.875],
    [0.125, 0.625, 0.375],
  ])
})

test('every dimension of Sobol points has one of 256 in each slice', () => {
  const point = sobol(new Array<number>(16).fill(123_456_789))
  for (let dimension = 0; dimension < 16; dimension++) {
    const slices = new Set(Array.from({ length: 256 }, (_, i) => Math.floor(256 * point(i, dimension))))
    expect(slices.size).toBe(256)
  }
  const many = Array.from({ length: 17 }, (_, i) => readAxis(`a${i}=0..1`))
  expect(() => sampled(many, 'sobol', 8, 'a')).toThrow(UserError)
})

import { expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import { countPoints, pointAt, readAxis } from './vary.ts'

const values = (text: string) => readAxis(`a.b=${text}`).values

test('a list is read as YAML, value by value', () => {
  expect(values('1,2,4')).toEqual([1, 2, 4])
  expect(values('2.5 USD/chip-hour, 3 USD/chip-hour')).toEqual(['2.5 USD/chip-hour', '3 USD/chip-hour'])
  expect(values('none,{modules: [norm, activation]}')).toEqual(['none', { modules: ['norm', 'activation'] }])
  expect(values('"a, b",true')).toEqual(['a, b', true])
})

test('an arithmetic range includes its end', () => {
  expect(values('1024..4096+1024')).toEqual([1024, 2048, 3072, 4096])
  expect(values('0.1..0.3+0.1')).toEqual([0.1, 0.2, 0.3])
  expect(values('1..1+1')).toEqual([1])
})

test('a geometric range multiplies', () => {
  expect(values('1..16x2')).toEqual([1, 2, 4, 8, 16])
  expect(values('1..20x2')).toEqual([1, 2, 4, 8, 16])
  expect(values('1e3..1e6x10')).toEqual([1e3, 1e4, 1e5, 1e6])
})

test.each(['4..1+1', '1..4+0', '1..4x1', '0..4x2', '1..4', '1..1e9+1', '1..4+-1', '', '[1', '1,,2'])(
  '%s is refused',
  (text) => {
    expect(() => values(text)).toThrow(UserError)
  },
)

test('paths that are none are refused', () => {
  for (const text of ['a', '=1', 'a..b=1', '__proto__.x=1']) expect(() => readAxis(text)).toThrow(UserError)
})

test('a grid has every combination once, the last axis fastest', () => {
  const axes = [readAxis('a=1,2'), readAxis('b=x,y,z')]
  expect(countPoints(axes)).toBe(6)
  const points = Array.from({ length: 6 }, (_, i) => pointAt(axes, i).join(''))
  expect(points).toEqual(['1x', '1y', '1z', '2x', '2y', '2z'])
})

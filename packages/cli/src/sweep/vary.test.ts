import { expect, test } from 'vitest'
import { UserError } from '../user-error.ts'
import { readAxis } from './vary.ts'

function values(text: string): readonly unknown[] {
  const axis = readAxis(`a.b=${text}`)
  return Array.from({ length: axis.count }, (_, i) => axis.at(i))
}

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

test('a logarithmic range has so many values of equal ratio, both ends with them', () => {
  expect(values('1..1000log4')).toEqual([1, 10, 100, 1000])
  expect(values('1..4log3')).toEqual([1, 2, 4])
  expect(values('0.5..0.5log2')).toEqual([0.5, 0.5])
})

test('a stretch without steps is for samples', () => {
  expect(readAxis('a=0..10')).toMatchObject({ count: 0, type: 'number' })
  expect([0, 0.25, 1].map(readAxis('a=0..10').draw)).toEqual([0, 2.5, 10])
  expect([0, 0.5, 1].map(readAxis('a=1..100log').draw)).toEqual([1, 10, 100])
  expect([0, 0.3, 0.999].map(readAxis('a=1..4+1').draw)).toEqual([1, 2, 4])
  expect([0, 0.5, 0.999].map(readAxis('a=x,y').draw)).toEqual(['x', 'y', 'y'])
})

test('a column is numbers, conditions or text', () => {
  expect(['1,2', 'true,false', '1,a', '1..4x2'].map((text) => readAxis(`a=${text}`).type)).toEqual([
    ...['number', 'condition', 'text', 'number'],
  ])
})

test('a long range takes no memory', () => {
  const axis = readAxis('a=1..1e8+1')
  expect([axis.count, axis.at(99_999_999)]).toEqual([1e8, 1e8])
})

test.each([
  ...['4..1+1', '1..4+0', '1..4x1', '0..4x2', '1..1e9+1', '1..4+-1', '', '[1', '1,,2'],
  ...['0..4log3', '1..4log1', '1..4log2.5', '1..4x', '1..4+'],
])('%s is refused', (text) => {
  expect(() => values(text)).toThrow(UserError)
})

test('paths that are none are refused', () => {
  for (const text of ['a', '=1', 'a..b=1', '__proto__.x=1']) expect(() => readAxis(text)).toThrow(UserError)
})

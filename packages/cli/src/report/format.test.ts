import { expect, test } from 'vitest'
import { decimalsOf, inUnit, percent, plural, unitOf, withError, words } from './format.ts'

test('numbers of a column share a unit', () => {
  const days = unitOf.time(6e6)
  expect(inUnit(6e6, days, 1)).toBe('69.4')
  expect(days.suffix).toBe(' days')
  expect(unitOf.time(50).suffix).toBe(' s')
  expect(inUnit(71.8e6, unitOf.money(71.8e6), 1)).toBe('$71.8')
  expect(unitOf.energy(1e14).suffix).toBe(' GWh')
})

test('a mean is printed to the first digit of its error', () => {
  expect(withError(6e6, 5800, unitOf.time(6e6), '±')).toBe('69.44 ± 0.07')
  expect(withError(540.4, 2.7, unitOf.count(), '±')).toBe('540 ± 3')
  expect(withError(540.4, Number.NaN, unitOf.count(), '±')).toBe('540')
  expect(withError(5, 0, unitOf.count(), '±')).toBe('5.00')
})

test('three significant digits', () => {
  expect([0, 0.0123, 1.5, 71.5, 163, 1e9].map(decimalsOf)).toEqual([0, 4, 2, 1, 0, 0])
})

test('what would round to nothing says so', () => {
  expect(percent(0.0004)).toBe('<0.1 %')
  expect(percent(0)).toBe('0.0 %')
  expect(percent(0.0042, 0)).toBe('<1 %')
  expect(percent(0.427)).toBe('42.7 %')
})

test('words', () => {
  expect(words('waitForSpare')).toBe('wait for spare')
  expect(plural(1, 'node')).toBe('1 node')
  expect(plural(2048, 'node')).toBe('2,048 nodes')
})

import { expect, test } from 'vitest'
import { cell, csvLine, ndjsonLine, parseCsvLine, parseNdjsonLine } from './format-row.ts'

const VALUES = [8, 'plain', 'with "quotes", and commas', { modules: ['norm', 'mlp'] }, true, '', 1e-9, 'two\nlines']

test('a line of CSV reads back as its cells', () => {
  expect(parseCsvLine(csvLine(VALUES))).toEqual(VALUES.map(cell))
  expect(parseCsvLine(csvLine(['', '', 'x']))).toEqual(['', '', 'x'])
})

test('a line of NDJSON reads back as its cells', () => {
  const names = VALUES.map((_, i) => `c${i}`)
  expect(parseNdjsonLine(ndjsonLine(names, VALUES), names)).toEqual(VALUES.map(cell))
})

test('a line of other columns is none', () => {
  expect(parseNdjsonLine('{"a":1}', ['b'])).toBeNull()
  expect(parseNdjsonLine('{"a":1,"b":2}', ['b'])).toBeNull()
  expect(parseNdjsonLine('{"a":', ['a'])).toBeNull()
  expect(parseNdjsonLine('null', ['a'])).toBeNull()
})

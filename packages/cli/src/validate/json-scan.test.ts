import { expect, test } from 'vitest'
import { jsonFault, jsonPlace } from './json-scan.ts'

test.each([
  ['', 1, 1],
  ['[1,]', 1, 4],
  ['{"a": 1,}', 1, 9],
  ['{"a" 1}', 1, 6],
  ['{a: 1}', 1, 2],
  ['[1 2]', 1, 4],
  ['[1}', 1, 3],
  ['[01]', 1, 3],
  ['"a\nb"', 1, 1],
  ['["\\x"]', 1, 2],
  ['{\n  "a": tru\n}', 2, 8],
  ['[] []', 1, 4],
  ['[1, 2', 1, 6],
  [':', 1, 1],
])('%j breaks at %i:%i', (text, line, column) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(jsonFault(text)).toEqual({ line, column })
})

test.each(['1', '[]', '{}', ' {"a": [1, -2.5e+3, "x\\u00e9\\"", null, true], "b": {"c": {}}} ', '"\u2028é"'])(
  '%j is JSON',
  (text) => {
    JSON.parse(text)
    expect(jsonFault(text)).toBeNull()
  },
)

test('the place of a value, or of its nearest parent', () => {
  const text = '[\n {"a": {"b": [1, 2]}, "c": 3},\n {"a": 4}\n]'
  expect(jsonPlace(text, [0, 'a', 'b', 1])).toEqual({ line: 2, column: 18 })
  expect(jsonPlace(text, [0, 'c'])).toEqual({ line: 2, column: 28 })
  expect(jsonPlace(text, [1, 'a'])).toEqual({ line: 3, column: 8 })
  expect(jsonPlace(text, [1, 'none'])).toEqual({ line: 3, column: 2 })
  expect(jsonPlace(text, [])).toEqual({ line: 1, column: 1 })
})

import { expect, test } from 'vitest'
import { style } from './style.ts'
import { beside, clip, labelled, padEnd, visibleLength, wrap } from './text.ts'

test('colour has no width', () => {
  expect(visibleLength(style(true).bold('abc'))).toBe(3)
  expect(visibleLength(padEnd(style(true).red('abc'), 8))).toBe(8)
})

test('wrapped lines are never longer than asked for, and lose no letter', () => {
  const text = `one two ${'x'.repeat(50)} three four five`
  const lines = wrap(text, 20, 2)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(20)
  expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''))
})

test('labels stand in a column of their own', () => {
  expect(labelled('Model', 'a b c', 9, 6)).toEqual(['Model a b', '      c'])
})

test('blocks of different height stand side by side', () => {
  expect(beside(['a', 'b'], ['c'], 4)).toEqual(['a   c', 'b'])
})

test('a long text is cut and says so', () => {
  expect(clip('abcdefgh', 6)).toBe('abc...')
  expect(clip('abc', 6)).toBe('abc')
})

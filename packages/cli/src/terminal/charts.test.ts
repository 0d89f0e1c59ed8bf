import { expect, test } from 'vitest'
import { bar, columns } from './charts.ts'
import { glyphs } from './glyphs.ts'

const unicode = glyphs({ LANG: 'en_US.UTF-8' })
const ascii = glyphs({ LANG: 'C' })

test('blocks unless the locale is without them; LC_ALL goes before LANG', () => {
  expect(glyphs({})).toBe(unicode)
  expect(glyphs({ LC_ALL: 'C', LANG: 'en_US.UTF-8' })).toBe(ascii)
  expect(glyphs({ LC_ALL: 'C.utf8', LANG: 'C' })).toBe(unicode)
})

test('a bar is as long as its share', () => {
  expect(bar(1, 4, unicode)).toBe('████')
  expect(bar(0.5, 4, ascii)).toBe('##')
  expect(bar(0.53125, 4, unicode)).toBe('██▏')
  expect(bar(0, 4, unicode)).toBe('')
  expect(bar(7, 4, ascii)).toBe('####')
})

test('the tallest column is as high as asked for, a rare one can still be seen', () => {
  expect(columns([1, 1000, 0], 2, unicode)).toEqual([' █ ', '▁█ '])
  expect(columns([0, 0], 2, ascii)).toEqual(['  ', '  '])
})

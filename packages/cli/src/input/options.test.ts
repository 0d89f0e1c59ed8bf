import { expect, test } from 'vitest'
import { splitSwap } from '../compare/candidates.ts'
import { EXIT, worst } from '../exit-code.ts'
import { describeMistake, errorDocument, UserError } from '../user-error.ts'
import { decode } from './read-text.ts'
import { readSetting } from './settings.ts'
import { splitList } from './split-list.ts'
import { chooseThreads } from './threads.ts'
import { wholeNumber } from './whole-number.ts'

test('whole numbers as people write them', () => {
  expect(['10000', '10_000', '1e4', '1.5e3'].map((text) => wholeNumber(text, 1, 1e8))).toEqual([
    10_000, 10_000, 10_000, 1500,
  ])
  for (const text of ['', 'NaN', '-1', '0', '1.5', '1e99', 'Infinity', '0x10', '1 000', 'ten']) {
    expect(wholeNumber(text, 1, 1e8)).toBeUndefined()
  }
})

test('threads: the option goes before the variable, and a wrong variable is refused', () => {
  expect(chooseThreads(3, '7')).toBe(3)
  expect(chooseThreads(undefined, '7')).toBe(7)
  expect(chooseThreads(undefined, '')).toBeUndefined()
  expect(chooseThreads(undefined, undefined)).toBeUndefined()
  for (const value of ['0', '-1', 'many', '1e9']) expect(() => chooseThreads(undefined, value)).toThrow(UserError)
})

test('a setting is a path and a YAML value', () => {
  expect(readSetting('--set', 'parallelism.recompute={modules: [norm]}')).toMatchObject({
    path: ['parallelism', 'recompute'],
    value: { modules: ['norm'] },
  })
  expect(readSetting('--set', 'cost.price=2.5 USD/chip-hour').value).toBe('2.5 USD/chip-hour')
  expect(readSetting('--set', 'name="a=b"').value).toBe('a=b')
  for (const text of ['x', '=1', 'a.b=', 'a=[1', 'a..b=1', 'constructor.x=1'])
    expect(() => readSetting('--set', text)).toThrow(UserError)
})

test('commas inside brackets and quotes do not split', () => {
  expect(splitList(`[1,2],{a: 'x,y'},z`)).toEqual(['[1,2]', `{a: 'x,y'}`, 'z'])
})

test('a comma starts another setting of a swap only where a path follows', () => {
  expect(splitSwap('cluster.system=dgx-b200,cost.price=b200-reserved')).toEqual([
    'cluster.system=dgx-b200',
    'cost.price=b200-reserved',
  ])
  expect(splitSwap('parallelism.layerSplit=[1,2],parallelism.pp=2')).toEqual([
    'parallelism.layerSplit=[1,2]',
    'parallelism.pp=2',
  ])
  expect(splitSwap('name=a, b')).toEqual(['name=a,b'])
})

test('text that is not UTF-8 is refused where it stops being so', () => {
  const bytes = Buffer.concat([Buffer.from('name: a\nmodel: '), Buffer.from([0xff, 0xfe])])
  expect(() => decode('f', bytes)).toThrow('f:2:8: not UTF-8')
  expect(decode('f', Buffer.from('\ufeffname: é'))).toBe('name: é')
})

test('a mistake says where it is; scripts get the first one and all', () => {
  const mistake = { code: 'c', message: 'wrong', file: 'f', line: 3, column: 5, path: 'a.b' }
  expect(describeMistake(mistake)).toBe('f:3:5: a.b: wrong')
  expect(describeMistake({ code: 'c', message: 'wrong', option: '--set a=1' })).toBe('--set a=1: wrong')
  expect(errorDocument([mistake])).toMatchObject({
    error: { code: 'c', message: 'wrong', path: 'a.b', line: 3, column: 5 },
  })
})

test('several scenarios end with the worst of their codes', () => {
  expect(worst([])).toBe(EXIT.done)
  expect(worst([EXIT.done, EXIT.no, EXIT.done])).toBe(EXIT.no)
})

import { expect, test } from 'vitest'
import { style, wantsColour } from './style.ts'

test.each([
  [true, true, {}, true],
  [true, false, {}, false],
  [false, true, { FORCE_COLOR: '1' }, false],
  [true, true, { NO_COLOR: '1' }, false],
  [true, true, { NO_COLOR: '' }, true],
  [true, true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [true, false, { FORCE_COLOR: '1' }, true],
  [true, true, { FORCE_COLOR: '0' }, false],
  [true, true, { TERM: 'dumb' }, false],
] as const)('option %s, terminal %s, %j: %s', (option, terminal, env, colour) => {
  expect(wantsColour(option, terminal, env)).toBe(colour)
})

test('without colour a text stays as it is', () => {
  expect(style(false).red('x')).toBe('x')
  expect(style(true).red('x')).toBe('\u001b[31mx\u001b[39m')
})

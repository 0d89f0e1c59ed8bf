import { expect, test } from 'vitest'
import { dateOption } from './date.ts'
import { shareOption } from './share.ts'

test.each([
  ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ['2026-03-01T09:30', '2026-03-01T09:30:00.000Z'],
  ['2026-03-01 09:30:15+02:00', '2026-03-01T07:30:15.000Z'],
])('%s is a date', (text, iso) => expect(dateOption(text).toISOString()).toBe(iso))

test.each(['2026-02-30', '2026-13-01', '01.03.2026', '2026-03-01T25:00', ''])('%j is none', (text) => {
  expect(() => dateOption(text)).toThrow('It must be a date')
})

test.each([
  ['1%', 0.01],
  ['0.5 %', 0.005],
  ['.01', 0.01],
  ['1e-3', 0.001],
])('%s is a share', (text, share) => expect(shareOption(text)).toBeCloseTo(share, 12))

test.each(['0', '1', '100%', '-1%', 'few', ''])('%j is no share', (text) => {
  expect(() => shareOption(text)).toThrow('It must be a share')
})

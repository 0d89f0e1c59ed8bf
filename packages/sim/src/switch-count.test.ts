import { expect, test } from 'vitest'
import { switchCount } from './switch-count.ts'

const full = { oversubscription: 1 }

test('a network of one tier has as many switches as hold its ports', () => {
  expect(switchCount({ ...full, switchRadix: 64, tiers: 1 }, 65)).toBe(2)
})

// A fat tree of k-port switches joins k²/2 ends in two tiers with 3k/2 switches and k³/4 in three with 5k²/4.
test('full trees of two and three tiers have 3k/2 and 5k²/4 switches', () => {
  expect(switchCount({ ...full, switchRadix: 64, tiers: 2 }, 64 ** 2 / 2)).toBe(96)
  expect(switchCount({ ...full, switchRadix: 48, tiers: 3 }, 48 ** 3 / 4)).toBe(2880)
})

test('oversubscription thins the top tier alone', () => {
  expect(switchCount({ oversubscription: 8, switchRadix: 64, tiers: 2 }, 2048)).toBe(64 + 4)
})

import { builtinCatalog } from '@walltime/hardware'
import { expect, it } from 'vitest'
import { nodesOfRadius } from './blast-radius.ts'

const system = (id: string) => {
  const found = builtinCatalog.systems[id]
  if (found === undefined) throw new Error(id)
  return found
}
const pool = (id: string, fabric = {}) => ({
  ...{ id: 'main', site: 'main', system: system(id), chips: 16_384, pue: 1 },
  fabric: { ...system(id).fabric, ...fabric },
})

it.each([
  ['dgx-h100', 'node', 1],
  ['dgx-h100', 'domain', 1],
  ['gb200-nvl72', 'tray', 1],
  ['gb200-nvl72', 'domain', 18],
  ['dgx-h100', 'cluster', Number.POSITIVE_INFINITY],
] as const)('on %s a %s is %f nodes', (id, radius, nodes) => {
  expect(nodesOfRadius(radius, pool(id), 4)).toBe(nodes)
})

it('a leaf switch of 64 ports has 32 down: a card of 32 nodes with rails (ByteRobust, table 5), or all eight of four', () => {
  expect(nodesOfRadius('leaf-switch', pool('dgx-h100', { switchRadix: 64, tiers: 3, rails: true }), 4)).toBe(32)
  expect(nodesOfRadius('leaf-switch', pool('dgx-h100', { switchRadix: 64, tiers: 3, rails: false }), 4)).toBe(4)
  expect(nodesOfRadius('leaf-switch', pool('dgx-h100', { switchRadix: 64, tiers: 1, rails: false }), 4)).toBe(8)
  const tapered = { switchRadix: 64, tiers: 2, rails: true, leafOversubscription: 3 }
  expect(nodesOfRadius('leaf-switch', pool('dgx-h100', tapered), 4)).toBe(48)
})

it('a rack is what is said of it, a pod that of the network, a number itself', () => {
  expect(nodesOfRadius('rack', pool('dgx-h100'), 4)).toBe(4)
  expect(nodesOfRadius('pod', pool('dgx-h100', { podChips: 3072 }), 4)).toBe(384)
  expect(nodesOfRadius(7, pool('dgx-h100'), 4)).toBe(7)
})

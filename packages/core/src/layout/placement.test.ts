import { builtinCatalog } from '@walltime/hardware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GroupName, type GroupSizes, membersPerBlock, placeGroups, usedDomainChips } from './placement.ts'

/** Every group of a layout, member by member, from Megatron's nested rank order: tp fastest, then cp, dp, pp. */
function enumerateGroups(sizes: GroupSizes): Readonly<Record<GroupName, readonly (readonly number[])[]>> {
  const { tp, cp, dp, pp, ep, etp, shardGroup = cp * dp } = sizes
  const rankOf = (t: number, c: number, d: number, p: number) => t + tp * (c + cp * (d + dp * p))
  const edp = (tp * cp * dp) / (ep * etp)
  const shards = (cp * dp) / shardGroup
  const expertShard = edp / shards
  const denseRank = (t: number, i: number, p: number) => rankOf(t, i % cp, Math.floor(i / cp), p)
  const expertRankOf = (t: number, e: number, d: number, p: number) => t + etp * (e + ep * (d + edp * p))
  const range = (n: number) => Array.from({ length: n }, (_, i) => i)
  const groups = (outer: readonly number[], size: number, rank: (i: number, rest: readonly number[]) => number) => {
    const all = outer.reduce<number[][]>((lists, n) => lists.flatMap((l) => range(n).map((i) => [...l, i])), [[]])
    return all.map((rest) => range(size).map((i) => rank(i, rest)))
  }
  const at = (rest: readonly number[], i: number) => rest[i] ?? 0
  return {
    tp: groups([cp, dp, pp], tp, (i, r) => rankOf(i, at(r, 0), at(r, 1), at(r, 2))),
    cp: groups([tp, dp, pp], cp, (i, r) => rankOf(at(r, 0), i, at(r, 1), at(r, 2))),
    dp: groups([tp, cp, pp], dp, (i, r) => rankOf(at(r, 0), at(r, 1), i, at(r, 2))),
    pp: groups([tp, cp, dp], pp, (i, r) => rankOf(at(r, 0), at(r, 1), at(r, 2), i)),
    'dense-dp': groups([tp, shards, pp], shardGroup, (i, r) =>
      denseRank(at(r, 0), i + shardGroup * at(r, 1), at(r, 2)),
    ),
    'dense-replicas': groups([tp, shardGroup, pp], shards, (i, r) =>
      denseRank(at(r, 0), at(r, 1) + shardGroup * i, at(r, 2)),
    ),
    etp: groups([ep, edp, pp], etp, (i, r) => expertRankOf(i, at(r, 0), at(r, 1), at(r, 2))),
    ep: groups([etp, edp, pp], ep, (i, r) => expertRankOf(at(r, 0), i, at(r, 1), at(r, 2))),
    'expert-dp': groups([etp, ep, shards, pp], expertShard, (i, r) =>
      expertRankOf(at(r, 0), at(r, 1), i + expertShard * at(r, 2), at(r, 3)),
    ),
    'expert-replicas': groups([etp, ep, expertShard, pp], shards, (i, r) =>
      expertRankOf(at(r, 0), at(r, 1), at(r, 2) + expertShard * i, at(r, 3)),
    ),
  }
}

/** Size and stride of every group. */
function groupShapes(sizes: GroupSizes) {
  const system = builtinCatalog.systems['dgx-h100']
  if (system === undefined) throw new Error('no dgx-h100')
  const chips = sizes.tp * sizes.cp * sizes.dp * sizes.pp
  return Object.values(placeGroups(sizes, { id: 'main', site: 'main', system, chips, fabric: system.fabric, pue: 1 }))
}

const size = fc.constantFrom(1, 2, 3, 4, 6, 8)
const layouts: fc.Arbitrary<GroupSizes> = fc
  .record({
    ...{ tp: size, cp: size, dp: size, pp: fc.constantFrom(1, 2, 3, 4), ep: size, etp: fc.constantFrom(1, 2, 4) },
    shards: fc.constantFrom(1, 1, 2, 4),
  })
  .filter(({ tp, cp, dp, ep, etp, shards }) => (tp * cp * dp) % (ep * etp * shards) === 0 && (cp * dp) % shards === 0)
  .map(({ shards, ...sizes }) => (shards === 1 ? sizes : { ...sizes, shardGroup: (sizes.cp * sizes.dp) / shards }))

describe('groups of ranks', () => {
  it('are the progressions of Megatron order, and each name covers every rank exactly once', () => {
    fc.assert(
      fc.property(layouts, (sizes) => {
        const chips = sizes.tp * sizes.cp * sizes.dp * sizes.pp
        const enumerated = enumerateGroups(sizes)
        for (const { name, size, stride } of groupShapes(sizes)) {
          const members = enumerated[name]
          expect(members.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: chips }, (_, i) => i))
          for (const group of members) {
            expect(group).toHaveLength(size)
            const base = group[0] ?? 0
            expect(group).toEqual(Array.from({ length: size }, (_, i) => base + i * stride))
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('members of a group in one block', () => {
  /** How many members each block that a group touches holds. */
  function counts(group: readonly number[], span: number): readonly number[] {
    const blocks = new Map<number, number>()
    for (const rank of group) blocks.set(Math.floor(rank / span), (blocks.get(Math.floor(rank / span)) ?? 0) + 1)
    return [...blocks.values()]
  }

  it('are those of the enumeration where all groups lie alike, otherwise no more than any block holds', () => {
    let alike = 0
    fc.assert(
      fc.property(layouts, fc.constantFrom(4, 6, 8, 16, 24, 64, 72), (sizes, span) => {
        const enumerated = enumerateGroups(sizes)
        for (const { name, size, stride } of groupShapes(sizes)) {
          const perGroup = enumerated[name].map((group) => counts(group, span))
          const all = new Set(perGroup.flat())
          const members = membersPerBlock(size, stride, span)
          const fullest = Math.max(...all)
          const mostBlocks = Math.max(...perGroup.map((group) => group.length))
          expect(members).toBeGreaterThanOrEqual(1)
          expect(members).toBeLessThanOrEqual(fullest)
          expect(size / members).toBeGreaterThanOrEqual(mostBlocks)
          const linesUp = span % (size * stride) === 0 || ((size * stride) % span === 0 && span % stride === 0)
          if (linesUp) {
            alike++
            expect([...all]).toEqual([members])
          }
        }
      }),
      { numRuns: 50 },
    )
    expect(alike).toBeGreaterThan(100)
  })

  // Llama 3 405B (tp 8, pp 16, dp 128 on nodes of 8): arXiv:2407.21783, section 3.3.2.
  it.each([
    ['tp', 8, 1, 8],
    ['dp', 128, 8, 1],
    ['pp', 16, 1024, 1],
  ])('of %s in a node of eight, as Llama 3 405B lies', (_, size, stride, expected) => {
    expect(membersPerBlock(size, stride, 8)).toBe(expected)
  })
})

describe('chips used of a domain', () => {
  const one = { tp: 1, cp: 1, ep: 1, etp: 1, dp: 1, pp: 1 }

  it.each([
    [{ ...one, tp: 8 }, 72, 72],
    [{ ...one, tp: 16 }, 72, 64],
    [{ ...one, tp: 4, cp: 2 }, 72, 72],
    [{ ...one, ep: 64 }, 72, 64],
    [{ ...one, ep: 32, etp: 2 }, 72, 64],
    [{ ...one, ep: 72 }, 72, 72],
    [{ ...one, tp: 3 }, 8, 6],
    [{ ...one, ep: 64 }, 8, 8],
  ])('%o in a domain of %i: %i', (sizes, domain, expected) => {
    expect(usedDomainChips(sizes, domain)).toBe(expected)
  })
})

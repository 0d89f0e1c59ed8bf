import { describe, expect, it } from 'vitest'
import { type GroupName, type GroupSizes, placeGroups } from '../layout/placement.ts'
import { collectiveTime } from '../step/collectives.ts'
import { buildCluster } from './cluster.ts'
import { type Changes, machineOf, poolOf, sizesOf } from './interconnect.fixture.ts'
import { simulateTraffic } from './simulate.ts'
import { binaryTree, collectiveStreams, otherTree } from './streams.ts'

type Moved = 'allReduce' | 'allGather' | 'reduceScatter' | 'allToAll' | 'sendRecv'

/** A buffer so large that latencies vanish beside it. */
const BYTES = 1e16

/** Copies at no cost: the simulator knows links only. */
const wire = (changes: Changes): Changes => ({ ...changes, scaleUp: { copyBandwidth: 1e30, ...changes.scaleUp } })

/** Seconds of the simulator over those of the closed form, all groups of the name at once. */
function agreement(
  id: string,
  sizes: Partial<GroupSizes>,
  group: GroupName,
  collective: Moved,
  changes: Changes = {},
  draws = 1,
): number {
  const all = sizesOf(sizes)
  const pool = poolOf(id, all.tp * all.cp * all.dp * all.pp, wire(changes))
  const { seconds, algorithm } = collectiveTime(machineOf(pool), placeGroups(all, pool)[group], collective, BYTES)
  const [simulated = 0] = simulateTraffic(pool, all, [{ group, collective, algorithm, bytes: BYTES }], draws)
  return simulated / seconds
}

const RINGS = ['allReduce', 'allGather', 'reduceScatter', 'allToAll'] as const

describe('closed forms and the simulated flows agree within 2 %', () => {
  it.each<[string, Partial<GroupSizes>, GroupName]>([
    ['dgx-h100', { tp: 8, dp: 2 }, 'tp'],
    ['dgx-h100', { tp: 4, dp: 4 }, 'tp'],
    ['dgx-h100', { dp: 16 }, 'dp'],
    ['dgx-h100', { dp: 24 }, 'dp'],
    ['dgx-h100', { dp: 64 }, 'dp'],
    ['dgx-h100', { tp: 8, dp: 3 }, 'dp'],
    ['dgx-h100', { tp: 4, dp: 32 }, 'dp'],
    ['dgx-h100', { tp: 2, dp: 32, pp: 2 }, 'dp'],
    ['dgx-h100', { tp: 8, dp: 64 }, 'dp'],
    ['dgx-h100', { dp: 64, ep: 32 }, 'ep'],
    ['dgx-a100', { dp: 64 }, 'dp'],
    ['dgx-a100', { tp: 4, dp: 16 }, 'dp'],
    ['p4d', { dp: 64 }, 'dp'],
    ['p5', { dp: 64 }, 'dp'],
    ['gb200-nvl72', { tp: 72 }, 'tp'],
    ['pcie-h100', { tp: 8, dp: 2 }, 'tp'],
    ['pcie-h100', { dp: 32 }, 'dp'],
    ['gh200-node', { dp: 16 }, 'dp'],
    ['mi300x-8', { tp: 8 }, 'tp'],
    ['mi300x-8', { tp: 2, dp: 8 }, 'tp'],
    ['mi300x-8', { dp: 32 }, 'dp'],
    ['trn2-ultra', { tp: 16, dp: 4 }, 'tp'],
    ['trn2-ultra', { tp: 4, dp: 16 }, 'tp'],
    ['trn2-ultra', { tp: 8, dp: 8 }, 'tp'],
    ['trn2-ultra', { tp: 2, dp: 32 }, 'tp'],
    ['trn2-ultra', { tp: 64 }, 'tp'],
    ['trn1', { dp: 64 }, 'dp'],
    ['tpu-v5e-pod', { dp: 256 }, 'dp'],
    ['tpu-v5e-pod', { dp: 512 }, 'dp'],
    ['tpu-v5p-pod', { dp: 64 }, 'dp'],
    ['tpu-v5p-pod', { dp: 128 }, 'dp'],
    ['tpu-v5p-pod', { tp: 4, dp: 16 }, 'dp'],
  ])('%s %j, %s', (id, sizes, group) => {
    for (const collective of RINGS) expect(agreement(id, sizes, group, collective)).toBeCloseTo(1, 1.4)
  })

  it.each<[Partial<GroupSizes>, GroupName, Moved, NonNullable<Changes['fabric']>]>([
    [{ tp: 8, dp: 64 }, 'dp', 'allReduce', { podChips: 64, oversubscription: 7 }],
    [{ dp: 128 }, 'dp', 'allGather', { podChips: 16, oversubscription: 4, switchRadix: 4 }],
    [{ tp: 8, dp: 8, pp: 8 }, 'dp', 'allReduce', { podChips: 256, oversubscription: 4 }],
    [{ tp: 8, dp: 8, pp: 8 }, 'pp', 'sendRecv', { podChips: 256, oversubscription: 4 }],
    [{ tp: 8, dp: 32, pp: 2 }, 'pp', 'sendRecv', { podChips: 256, oversubscription: 4 }],
    [{ dp: 128, ep: 64 }, 'ep', 'allToAll', { podChips: 32, oversubscription: 4, switchRadix: 4 }],
    [{ tp: 8, dp: 64 }, 'dp', 'allReduce', { leafOversubscription: 3 }],
    [{ tp: 8, dp: 2, pp: 8 }, 'pp', 'sendRecv', { switchRadix: 8, leafOversubscription: 4 }],
    [{ dp: 128, ep: 64 }, 'ep', 'allToAll', { switchRadix: 8, leafOversubscription: 4 }],
  ])('H100 %j, %s %s with %j', (sizes, group, collective, fabric) => {
    expect(agreement('dgx-h100', sizes, group, collective, { fabric })).toBeCloseTo(1, 1.4)
  })

  it('between racks, whose rings and trees use nine cards each', () => {
    const changes = { fabric: { switchRadix: 144 } }
    for (const collective of RINGS)
      expect(agreement('gb200-nvl72', { dp: 144 }, 'dp', collective, changes)).toBeCloseTo(1, 1.4)
  })

  it('with switches that add on the way, of a rail and of whole nodes', () => {
    for (const sizes of [{ tp: 8, dp: 16 }, { dp: 64 }]) {
      const fabric = { inSwitchReduction: true }
      expect(agreement('dgx-h100', sizes, 'dp', 'allReduce', { fabric })).toBeCloseTo(1, 1.4)
    }
  })
})

describe('hashed routes', () => {
  const hashed = [
    [{ tp: 8, dp: 8, pp: 4 }, 'pp', 'sendRecv', { extends: 'ethernet-100', switchRadix: 32 }],
    [{ tp: 8, dp: 4, pp: 4 }, 'pp', 'sendRecv', { extends: 'ethernet-100', switchRadix: 32, flowsPerPort: 16 }],
    [{ tp: 8, dp: 64 }, 'dp', 'allGather', { extends: 'roce-400', flowsPerPort: 4 }],
    [{ dp: 256 }, 'dp', 'allGather', { extends: 'roce-400', flowsPerPort: 4 }],
    [{ tp: 8, dp: 16, pp: 2 }, 'dp', 'allGather', { extends: 'ethernet-100', switchRadix: 16 }],
  ] as const
  const ratios = hashed.map(([sizes, group, collective, fabric]) =>
    agreement('dgx-h100', sizes, group, collective, { fabric }, 64),
  )

  it('cost in the simulated flows what the expected fullest link says: 2 % in the mean of layouts, 5 % in each', () => {
    for (const ratio of ratios) expect(Math.abs(ratio - 1)).toBeLessThan(0.05)
    expect(Math.abs(ratios.reduce((a, b) => a + b, 0) / ratios.length - 1)).toBeLessThan(0.02)
  })

  it('lose where flows climb, more with fewer of them; spread packets and flows below one switch do not', () => {
    const all = sizesOf({ tp: 8, dp: 8, pp: 4 })
    const seconds = (fabric: NonNullable<Changes['fabric']>) =>
      simulateTraffic(
        poolOf('dgx-h100', 256, { fabric: { extends: 'ethernet-100', ...fabric } }),
        all,
        [{ group: 'pp', collective: 'sendRecv', algorithm: 'direct', bytes: 1e9 }],
        4,
      )[0] ?? 0
    const below = seconds({ tiers: 1 })
    expect(seconds({ adaptiveRouting: true }) / below).toBeCloseTo(1 / 0.97, 6)
    expect(seconds({ flowsPerPort: 16 })).toBeGreaterThan(1.2 * below)
    expect(seconds({ flowsPerPort: 2 })).toBeGreaterThan(seconds({ flowsPerPort: 16 }))
  })

  it('are the same for the same draw', () => {
    const cluster = (draw: number) =>
      buildCluster(
        poolOf('dgx-h100', 64).system,
        poolOf('dgx-h100', 64, { fabric: { extends: 'ethernet-100' } }).fabric,
        64,
        'allGather',
        draw,
      )
    expect(cluster(1).route(0, 63, 5)).toEqual(cluster(1).route(0, 63, 5))
    const ways = new Set(Array.from({ length: 64 }, (_, draw) => cluster(draw).route(0, 63, 5).links.join()))
    expect(ways.size).toBeGreaterThan(16)
  })
})

describe('concurrent collectives', () => {
  it('of tensor groups of a node do not meet; of data groups and pipelines that share cards do', () => {
    const sizes = sizesOf({ tp: 4, dp: 8, pp: 2 })
    const pool = poolOf('dgx-h100', 64)
    const gather = { group: 'dp', collective: 'allGather', algorithm: 'ring', bytes: 1e9 } as const
    const send = { group: 'pp', collective: 'sendRecv', algorithm: 'direct', bytes: 1e9 } as const
    const tensor = { group: 'tp', collective: 'allGather', algorithm: 'ring', bytes: 1e9 } as const
    const alone = (traffic: Parameters<typeof simulateTraffic>[2][number]) =>
      simulateTraffic(pool, sizes, [traffic])[0] ?? 0
    const [both = 0, sent = 0] = simulateTraffic(pool, sizes, [gather, send])
    expect(both).toBeGreaterThan(1.2 * alone(gather))
    expect(sent).toBeGreaterThan(1.2 * alone(send))
    expect(Math.max(both, sent)).toBeLessThanOrEqual((alone(gather) + alone(send)) * 1.001)
    const [beside = 0] = simulateTraffic(pool, sizes, [send, tensor])
    expect(beside).toBeCloseTo(alone(send), 9)
  })

  it('never end later with more of anything: cards, uplinks, links of the domain', () => {
    const sizes = sizesOf({ tp: 2, dp: 16, pp: 2 })
    const seconds = (changes: Changes) =>
      simulateTraffic(poolOf('dgx-h100', 64, changes), sizes, [
        { group: 'dp', collective: 'allReduce', algorithm: 'tree', bytes: 1e9 },
        { group: 'pp', collective: 'sendRecv', algorithm: 'direct', bytes: 1e9 },
      ])
    const tight = { switchRadix: 4, leafOversubscription: 4, podChips: 32, oversubscription: 4 }
    const before = seconds({ fabric: tight })
    const more: Changes[] = [
      { fabric: { ...tight, leafOversubscription: 2 } },
      { fabric: { ...tight, oversubscription: 2 } },
      { fabric: { ...tight, linkBandwidth: 1e11 } },
      { fabric: tight, scaleUp: { bandwidth: 9e11 } },
      { fabric: { ...tight, switchRadix: 8 } },
    ]
    for (const changes of more)
      for (const [i, time] of seconds(changes).entries())
        expect(time).toBeLessThanOrEqual((before[i] ?? 0) * (1 + 1e-6))
  })
})

describe('double binary trees', () => {
  it.each([2, 3, 4, 5, 8, 13, 64, 100])('over %i nodes', (size) => {
    for (const parents of [binaryTree(size), otherTree(size)]) {
      expect(parents.filter((parent) => parent < 0)).toHaveLength(1)
      const depth = (node: number): number => ((parents[node] ?? -1) < 0 ? 0 : 1 + depth(parents[node] ?? 0))
      for (let node = 0; node < size; node++) expect(depth(node)).toBeLessThanOrEqual(Math.ceil(Math.log2(size)) + 1)
      for (let node = 0; node < size; node++)
        expect(parents.filter((parent) => parent === node).length).toBeLessThanOrEqual(2)
    }
    // Sanders, Speck and Träff 2009: what is inside the one tree is a leaf of the other, so that all send alike.
    const inner = (parents: readonly number[]) => new Set(parents.filter((parent) => parent >= 0))
    const both = [...inner(binaryTree(size))].filter((node) => inner(otherTree(size)).has(node))
    expect(both.length).toBeLessThanOrEqual(size < 4 ? 1 : 2)
  })
})

describe('volumes as published', () => {
  const sent = (id: string, collective: Moved, algorithm: Parameters<typeof collectiveStreams>[3], chips: number) => {
    const pool = poolOf(id, chips)
    const cluster = buildCluster(pool.system, pool.fabric, chips, collective)
    const members = Array.from({ length: chips }, (_, chip) => chip)
    const volumes = { cards: 0, ports: 0, sums: 0 }
    for (const { bytes, links, weights } of collectiveStreams(cluster, members, collective, algorithm, 1)) {
      links.forEach((link, i) => {
        const name = cluster.names[link] ?? ''
        const put = bytes * (weights[i] ?? 0)
        if (/^card \d+ out/.test(name)) volumes.cards += put
        if (/^chip \d+ to its switch/.test(name)) volumes.ports += put
        if (name.endsWith('sum')) volumes.sums += put
      })
    }
    return volumes
  }

  // Patarasuk and Yuan 2009: each of n members sends 2(n-1)/n of the buffer in an all-reduce, half of it in each part.
  it('of rings', () => {
    expect(sent('dgx-h100', 'allGather', 'ring', 8).ports).toBeCloseTo(8 * (7 / 8), 12)
    expect(sent('dgx-h100', 'reduceScatter', 'ring', 8).ports).toBeCloseTo(8 * (7 / 8), 12)
    expect(sent('dgx-a100', 'allReduce', 'ring', 8).ports).toBeCloseTo(8 * 2 * (7 / 8), 12)
    // A ring over nodes enters and leaves each node once.
    expect(sent('dgx-h100', 'allGather', 'ring', 64).cards).toBeCloseTo(8 * (63 / 64), 12)
  })

  it('of trees: 2(k-1) buffers between k nodes', () => {
    for (const nodes of [2, 3, 4, 8])
      expect(sent('dgx-h100', 'allReduce', 'tree', 8 * nodes).cards).toBeCloseTo(2 * (nodes - 1), 12)
  })

  it('of parallel aggregated trees: the bytes of a ring, over their share', () => {
    const pool = poolOf('dgx-h100', 128)
    const cluster = buildCluster(pool.system, pool.fabric, 128, 'allGather')
    const members = Array.from({ length: 16 }, (_, i) => 8 * i)
    const [stream] = collectiveStreams(cluster, members, 'allGather', 'pat', 1)
    const out = stream?.links.reduce(
      (sum, link, i) => sum + (/out$/.test(cluster.names[link] ?? '') ? (stream.weights[i] ?? 0) : 0),
      0,
    )
    expect(out).toBeCloseTo((16 * (15 / 16)) / 0.75, 12)
  })

  it('of an all-to-all: (n-1)/n of the bytes of each', () => {
    expect(sent('dgx-h100', 'allToAll', 'pairwise', 8).ports).toBeCloseTo(8 * (7 / 8), 12)
    expect(sent('dgx-h100', 'allToAll', 'pairwise', 32).cards).toBeCloseTo(32 * (24 / 32), 12)
  })
})

describe('torus identities', () => {
  const link = 100e9
  const achieved = { allReduce: 1, allGather: 1, reduceScatter: 1, allToAll: 1, sendRecv: 1 }
  const torus = (lengths: readonly number[], collective: Moved) => {
    const chips = lengths.reduce((a, b) => a * b, 1)
    const axes = lengths.map((length) => ({ chips: length, linkBandwidth: link }))
    const scaleUp = { axes, bandwidth: 2 * lengths.length * link, achieved, slices: false }
    const base = poolOf('tpu-v5p-pod', chips, { scaleUp })
    const pool = { ...base, system: { ...base.system, domainChips: chips, chipsPerNode: chips } }
    return (
      simulateTraffic(pool, sizesOf({ tp: chips }), [{ group: 'tp', collective, algorithm: 'ring', bytes: link }])[0] ??
      0
    )
  }

  // How to Scale Your Model, sharding: an all-gather over d axes of a torus has 2d links; an all-to-all on a ring of m takes m/8 of its bytes on one link.
  it('a ring, a square, a cube', () => {
    for (const [lengths, n] of [
      [[8], 8],
      [[4, 4], 16],
      [[4, 4, 4], 64],
    ] as const) {
      const whole = (n - 1) / n / (2 * lengths.length)
      expect(torus(lengths, 'allGather')).toBeCloseTo(whole, 3)
      expect(torus(lengths, 'allReduce')).toBeCloseTo(2 * whole, 3)
      expect(torus(lengths, 'allToAll')).toBeCloseTo(lengths[0] / 8, 6)
    }
  })

  it('unequal axes are busy alike while gathering; the longest sets the pace of an exchange', () => {
    expect(torus([4, 8], 'allGather')).toBeCloseTo(31 / 32 / 4, 3)
    expect(torus([4, 8], 'allToAll')).toBeCloseTo(1, 6)
  })
})

import { builtinCatalog, type Fabric, type ScaleUpLink, type System } from '@walltime/hardware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CALIBRATION } from '../calibration/calibration.ts'
import { type Group, type GroupSizes, placeGroups } from '../layout/placement.ts'
import type { Pool } from '../scenario/scenario.ts'
import { SOFTWARE_PRESETS } from '../scenario/software-presets.ts'
import { collectiveTime } from './collectives.ts'
import { buildMachine, type Machine } from './machine.ts'

const MiB = 2 ** 20
const GiB = 2 ** 30

interface Changes {
  readonly scaleUp?: Partial<ScaleUpLink>
  readonly fabric?: Partial<Fabric>
  readonly system?: Partial<System>
}

function pool(id: string, chips: number, changes: Changes = {}): Pool {
  const named = builtinCatalog.systems[id]
  if (named === undefined) throw new Error(`no system ${id}`)
  const system = { ...named, ...changes.system, scaleUp: { ...named.scaleUp, ...changes.scaleUp } }
  return { id: 'main', site: 'main', system, chips, fabric: { ...system.fabric, ...changes.fabric }, pue: 1 }
}

function machineOf(place: Pool): Machine {
  const software = SOFTWARE_PRESETS['megatron-core']
  if (software === undefined) throw new Error('no software')
  return buildMachine(place, 'bf16', software, CALIBRATION)
}

const sizesOf = (sizes: Partial<GroupSizes>): GroupSizes => ({ tp: 1, cp: 1, ep: 1, etp: 1, dp: 1, pp: 1, ...sizes })

/** Machine and one group of a layout on it. */
function setting(
  id: string,
  name: keyof ReturnType<typeof placeGroups>,
  sizes: Partial<GroupSizes>,
  changes?: Changes,
) {
  const all = sizesOf(sizes)
  const place = pool(id, all.tp * all.cp * all.dp * all.pp, changes)
  return { machine: machineOf(place), group: placeGroups(all, place)[name], domainChips: place.system.domainChips }
}

type Setting = { readonly machine: Machine; readonly group: Group }

const seconds = ({ machine, group }: Setting, collective: Parameters<typeof collectiveTime>[2], bytes: number) =>
  collectiveTime(machine, group, collective, bytes).seconds

/** Bus bandwidth as nccl-tests defines it (PERFORMANCE.md), GB/s. */
function busBandwidth(
  at: Setting,
  collective: 'allReduce' | 'allGather' | 'reduceScatter' | 'allToAll',
  bytes: number,
) {
  const n = at.group.size
  const factor = collective === 'allReduce' ? (2 * (n - 1)) / n : (n - 1) / n
  return (factor * bytes) / seconds(at, collective, bytes) / 1e9
}

const relativeError = (value: number, expected: number) => Math.abs(value / expected - 1)

describe('inside a node of eight H100', () => {
  const node = setting('dgx-h100', 'tp', { tp: 8 })

  // NVIDIA aiconfigurator (commit 095f58a), NCCL 2.29.2 on 8 H100, 512 MiB.
  it.each([
    ['allReduce', 445],
    ['allGather', 336],
    ['reduceScatter', 335],
    ['allToAll', 317],
  ] as const)('%s of 512 MiB reaches %i GB/s within 12 %%', (collective, measured) => {
    expect(relativeError(busBandwidth(node, collective, 512 * MiB), measured)).toBeLessThan(0.12)
  })

  // The same: the smallest message, microseconds.
  it.each([
    ['allGather', 10.4],
    ['reduceScatter', 10.4],
    ['allToAll', 8.7],
  ] as const)('a tiny %s takes %d us within a factor of two', (collective, measured) => {
    const predicted = seconds(node, collective, 512) * 1e6
    expect(predicted).toBeGreaterThan(measured / 2)
    expect(predicted).toBeLessThan(measured * 2)
  })

  it('a tiny all-reduce takes 15.6 us within a factor of two', () => {
    const predicted = seconds(node, 'allReduce', 512) * 1e6
    expect(predicted).toBeGreaterThan(15.6 / 2)
    expect(predicted).toBeLessThan(15.6 * 2)
  })

  // NVIDIA aiconfigurator, NCCL 2.29.2, 512 MiB on 2 and 4 ranks.
  it.each([
    [2, 318],
    [4, 350],
  ])('an all-reduce of 512 MiB on %i chips reaches %i GB/s within 12 %%', (tp, measured) => {
    expect(
      relativeError(busBandwidth(setting('dgx-h100', 'tp', { tp }), 'allReduce', 512 * MiB), measured),
    ).toBeLessThan(0.12)
  })
})

describe('inside other nodes', () => {
  // aiconfigurator, 512 MiB, 8 ranks: A100 NCCL 2.27.3, B200 NCCL 2.28.9.
  it.each([
    ['dgx-a100', 'allReduce', 222],
    ['dgx-a100', 'allGather', 205],
    ['dgx-b200', 'allReduce', 685],
    ['dgx-b200', 'allGather', 610],
    ['dgx-b200', 'allToAll', 532],
  ] as const)('%s: %s of 512 MiB reaches %i GB/s within 12 %%', (id, collective, measured) => {
    expect(relativeError(busBandwidth(setting(id, 'tp', { tp: 8 }), collective, 512 * MiB), measured)).toBeLessThan(
      0.12,
    )
  })

  it('a ring all-reduce of a large buffer takes two all-gathers where no switch adds', () => {
    const ring = setting('dgx-h100', 'tp', { tp: 8 }, { scaleUp: { inSwitchReduction: false, copyBandwidth: 1e14 } })
    const ratio = seconds(ring, 'allReduce', 16 * GiB) / seconds(ring, 'allGather', 16 * GiB)
    expect(relativeError(ratio, 2)).toBeLessThan(0.01)
  })

  it('takes its own start, hops, filled chunks and copy: none of them speeds it up', () => {
    const whole = setting('dgx-h100', 'tp', { tp: 8 })
    const changes: readonly Partial<ScaleUpLink>[] = [
      { baseLatency: 0, allToAllLatency: 0 },
      { hopLatency: 0 },
      { chunkBytes: 0, allToAllChunkBytes: 0 },
      { copyBandwidth: 1e14 },
    ]
    for (const scaleUp of changes) {
      const less = setting('dgx-h100', 'tp', { tp: 8 }, { scaleUp })
      for (const collective of ['allReduce', 'allGather', 'reduceScatter', 'allToAll'] as const)
        expect(seconds(less, collective, 4 * MiB)).toBeLessThan(seconds(whole, collective, 4 * MiB))
    }
  })
})

describe('over the network', () => {
  // NVLSTree of H100 nodes with NDR at 16 GiB: 367 to 380 GB/s from 32 to 8,192 chips (NVIDIA GTC 2024, S62129).
  it.each([32, 128, 256])('an all-reduce of 16 GiB on %i H100 has 360 to 390 GB/s of bus bandwidth', (chips) => {
    const bandwidth = busBandwidth(setting('dgx-h100', 'dp', { dp: chips }), 'allReduce', 16 * GiB)
    expect(bandwidth).toBeGreaterThan(360)
    expect(bandwidth).toBeLessThan(390)
  })

  // NCCL's default algorithm at 16 GiB: 340 and 347 GB/s (chart of arXiv:2411.13055); the NVLSTree of GTC 2024 reaches 369.
  it.each([
    [2048, 340],
    [4096, 347],
  ])('an all-reduce of 16 GiB on %i H100 has the %i GB/s of the default algorithm within 5 %%', (chips, measured) => {
    const bandwidth = busBandwidth(setting('dgx-h100', 'dp', { dp: chips }), 'allReduce', 16 * GiB)
    expect(relativeError(bandwidth, measured)).toBeLessThan(0.05)
  })

  // NCCL default algorithm, 1 MiB, chart of arXiv:2411.13055: 16, 8 and 6 GB/s.
  it.each([
    [32, 16],
    [128, 8],
    [1024, 6],
  ])('an all-reduce of 1 MiB on %i H100 is within a factor of three of the %i GB/s measured', (chips, measured) => {
    const bandwidth = busBandwidth(setting('dgx-h100', 'dp', { dp: chips }), 'allReduce', MiB)
    expect(bandwidth / measured).toBeGreaterThan(1 / 3)
    expect(bandwidth / measured).toBeLessThan(3)
  })

  it('is slower than scale-up for the same group size and bytes', () => {
    for (const collective of ['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'sendRecv'] as const) {
      const near = setting('dgx-h100', 'tp', { tp: 8 })
      const far = setting('dgx-h100', 'dp', { tp: 8, dp: 8 })
      for (const bytes of [1024, MiB, GiB]) {
        expect(seconds(far, collective, bytes)).toBeGreaterThan(seconds(near, collective, bytes))
      }
    }
  })

  it('puts the cards of a domain side by side: 64 ranks on 8 nodes move as 8 cards, one rank a node on 32 as one', () => {
    const whole = setting('dgx-h100', 'dp', { dp: 64 })
    const single = setting('dgx-h100', 'dp', { tp: 8, dp: 32 })
    const { machine } = single
    const card = machine.nicBandwidth / 1e9
    expect(card).toBeCloseTo(0.92 * 50, 6)
    expect(relativeError(busBandwidth(single, 'allGather', 16 * GiB), card)).toBeLessThan(0.02)
    // Eight cards carry 368 GB/s, and the ring inside the node 404.
    expect(relativeError(busBandwidth(whole, 'allGather', 16 * GiB), 8 * card)).toBeLessThan(0.02)
    expect(relativeError(busBandwidth(whole, 'allReduce', 16 * GiB), 8 * card)).toBeLessThan(0.02)
  })

  it('takes the tree for small all-reduces of many nodes and the ring for large ones of few', () => {
    const many = setting('dgx-h100', 'dp', { tp: 8, dp: 512 })
    const few = setting('dgx-h100', 'dp', { tp: 8, dp: 2 })
    expect(collectiveTime(many.machine, many.group, 'allReduce', MiB).algorithm).toBe('tree')
    expect(collectiveTime(few.machine, few.group, 'allReduce', GiB).algorithm).toBe('ring')
  })

  it('adds in the switch where it can, and gains', () => {
    const plain = setting('dgx-h100', 'dp', { tp: 8, dp: 64 })
    const sharp = setting('dgx-h100', 'dp', { tp: 8, dp: 64 }, { fabric: { inSwitchReduction: true } })
    expect(collectiveTime(sharp.machine, sharp.group, 'allReduce', GiB).algorithm).toBe('in-switch')
    expect(seconds(sharp, 'allReduce', GiB)).toBeLessThan(seconds(plain, 'allReduce', GiB))
  })

  it('an all-to-all sends what stays outside the node over one card a chip', () => {
    const at = setting('dgx-h100', 'ep', { ep: 64, dp: 64 })
    const expected = ((56 / 64) * GiB) / at.machine.nicBandwidth
    expect(relativeError(seconds(at, 'allToAll', GiB), expected)).toBeLessThan(0.02)
  })
})

describe('oversubscription', () => {
  const slow = (sizes: Partial<GroupSizes>, name: 'dp' | 'pp' | 'tp' | 'ep', podChips: number, factor: number) => {
    const collective = name === 'pp' ? 'sendRecv' : name === 'ep' ? 'allToAll' : 'allReduce'
    const at = (oversubscription: number) =>
      seconds(setting('dgx-h100', name, sizes, { fabric: { podChips, oversubscription } }), collective, GiB)
    return at(factor) / at(1)
  }

  it('matters only where traffic leaves a pod', () => {
    expect(slow({ tp: 8, dp: 16 }, 'dp', 128, 7)).toBe(1)
    expect(slow({ tp: 8, dp: 16 }, 'tp', 128, 7)).toBe(1)
    expect(slow({ ep: 64, dp: 128 }, 'ep', 64, 7)).toBe(1)
  })

  it('slows a ring whose every hop leaves its pod by its factor, and one that leaves it seldom not at all', () => {
    expect(relativeError(slow({ tp: 8, dp: 64 }, 'dp', 8, 7), 7)).toBeLessThan(0.05)
    expect(slow({ tp: 8, dp: 64 }, 'dp', 256, 7)).toBe(1)
  })

  it('slows pipeline hops and all-to-alls by the share that leaves the pod', () => {
    expect(slow({ tp: 8, dp: 16, pp: 4 }, 'pp', 128, 7)).toBeCloseTo(7, 1)
    expect(slow({ tp: 8, dp: 8, pp: 4 }, 'pp', 256, 8)).toBeCloseTo(2, 1)
    // 48 of 64 parts at a quarter of the rate, against 56 that leave the node at the whole.
    expect(relativeError(slow({ ep: 64, dp: 64 }, 'ep', 16, 4), (4 * 48) / 56)).toBeLessThan(0.01)
  })

  it('slows a ring through whole nodes by the share of its hops between nodes', () => {
    // Two nodes a pod: every other hop between nodes leaves it, on eight of the pod's sixteen cards; a quarter is there for them.
    expect(relativeError(slow({ dp: 64 }, 'dp', 16, 4), 2)).toBeLessThan(0.3)
  })

  it('never speeds anything up', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8),
        fc.constantFrom(2, 3, 8, 64),
        fc.constantFrom(8, 24, 64, 3072),
        fc.double({ min: 1, max: 20, noNaN: true }),
        (tp, dp, podChips, factor) => {
          expect(slow({ tp, dp }, 'dp', podChips, factor)).toBeGreaterThanOrEqual(1)
        },
      ),
    )
  })
})

describe('a torus', () => {
  it('of 16 Trainium2 uses both axes: four links of 128 GB/s at the achieved share', () => {
    const { machine, group } = setting('trn2-ultra', 'tp', { tp: 16 })
    const expected = (4 * 128 * machine.scaleUp.achieved.allGather * 1e9) / 1e9
    expect(relativeError(busBandwidth({ machine, group }, 'allGather', 16 * GiB), expected)).toBeLessThan(0.02)
  })

  it('on one axis has two links, on all three all six', () => {
    const bandwidth = (tp: number) => busBandwidth(setting('trn2-ultra', 'tp', { tp }), 'allGather', 64 * GiB)
    expect(relativeError(bandwidth(4), 0.7 * 256)).toBeLessThan(0.02)
    expect(relativeError(bandwidth(64), 0.7 * 640)).toBeLessThan(0.02)
  })

  it('between two neighbours is one link of 128 GB/s', () => {
    const bandwidth = busBandwidth(setting('trn2-ultra', 'tp', { tp: 2 }), 'allGather', 64 * GiB)
    expect(relativeError(bandwidth, 0.7 * 128)).toBeLessThan(0.05)
  })

  it('an all-to-all goes hop by hop: slower than the same bytes gathered', () => {
    const at = setting('trn2-ultra', 'ep', { ep: 64, dp: 64 })
    expect(seconds(at, 'allToAll', GiB)).toBeGreaterThan(2 * seconds(at, 'allGather', GiB))
  })

  it('a pipeline of three with a stride of sixteen has a finite hop', () => {
    expect(Number.isFinite(seconds(setting('trn2-ultra', 'pp', { tp: 16, pp: 3 }), 'sendRecv', GiB))).toBe(true)
  })
})

describe('a ring of sends that leaves the node', () => {
  it('of context parallelism runs at the speed of the network', () => {
    const at = setting('dgx-h100', 'cp', { tp: 4, cp: 4 })
    expect(at.group.perDomain).toBe(2)
    expect(seconds(at, 'sendRecv', GiB)).toBeGreaterThan(GiB / 50e9)
  })
})

describe('any collective on any system', () => {
  const anything = fc.record({
    id: fc.constantFrom(...Object.keys(builtinCatalog.systems)),
    collective: fc.constantFrom(
      'allReduce' as const,
      'allGather' as const,
      'reduceScatter' as const,
      'allToAll' as const,
    ),
    name: fc.constantFrom('tp' as const, 'dp' as const, 'dense-dp' as const, 'pp' as const, 'cp' as const),
    sizes: fc.record({
      tp: fc.constantFrom(1, 2, 3, 4, 8, 16),
      cp: fc.constantFrom(1, 2),
      dp: fc.constantFrom(1, 2, 3, 8, 64),
      pp: fc.constantFrom(1, 2, 4),
    }),
  })

  it('takes no time alone or without bytes, otherwise a finite and positive one', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 2 ** 40 }), ({ id, collective, name, sizes }, bytes) => {
        const at = setting(id, name, sizes)
        const time = seconds(at, collective, bytes)
        if (at.group.size === 1 || bytes === 0) expect(time).toBe(0)
        else {
          expect(time).toBeGreaterThan(0)
          expect(Number.isFinite(time)).toBe(true)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes longer for more bytes', () => {
    fc.assert(
      fc.property(
        anything,
        fc.integer({ min: 1, max: 2 ** 36 }),
        fc.integer({ min: 1, max: 2 ** 36 }),
        ({ id, collective, name, sizes }, a, b) => {
          const at = setting(id, name, sizes)
          expect(seconds(at, collective, Math.min(a, b))).toBeLessThanOrEqual(
            seconds(at, collective, Math.max(a, b)) * (1 + 1e-12),
          )
        },
      ),
      { numRuns: 300 },
    )
  })

  it('takes no less than the bytes need on all of a chip’s links', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1, max: 2 ** 36 }), ({ id, collective, name, sizes }, bytes) => {
        const at = setting(id, name, sizes)
        const { size } = at.group
        if (size === 1) return
        const { machine } = at
        const most = machine.scaleUp.bandwidth + machine.nicBandwidth * at.domainChips
        const moved =
          machine.scaleUp.inSwitchReduction || collective !== 'allReduce' ? (size - 1) / size : (2 * (size - 1)) / size
        expect(seconds(at, collective, bytes)).toBeGreaterThanOrEqual((moved * bytes) / most)
      }),
      { numRuns: 200 },
    )
  })
})

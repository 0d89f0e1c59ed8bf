import { readFileSync } from 'node:fs'
import type { Collective } from '@walltime/hardware'
import { describe, expect, it } from 'vitest'
import { placeGroups } from '../layout/placement.ts'
import { collectiveTime } from '../step/collectives.ts'
import { machineOf, poolOf, sizesOf } from './interconnect.fixture.ts'

/** A row of data/collectives/measured.json. */
interface Measured {
  readonly id: string
  readonly chip: string
  readonly system: string
  readonly changes?: {
    readonly chipsPerNode: number
    readonly domainChips: number
    readonly nicsPerNode: number
    readonly fabric: string
  }
  readonly collective: Collective
  readonly ranks: number
  readonly copySeconds?: number
  readonly points: readonly (readonly [bytes: number, seconds: number])[]
}

const rows = JSON.parse(
  readFileSync(new URL('../../../../data/collectives/measured.json', import.meta.url), 'utf8'),
) as readonly Measured[]

interface Point {
  readonly row: Measured
  readonly inside: boolean
  /** Predicted over measured, less 1. */
  readonly error: number
  /** Predicted over what the bytes need on the links as built. */
  readonly overWire: number
}

const points: readonly Point[] = rows.flatMap((row) => {
  const { fabric, ...system } = row.changes ?? {}
  const base = poolOf(row.system, row.ranks, fabric === undefined ? {} : { fabric: { extends: fabric } })
  const pool = { ...base, system: { ...base.system, ...system } }
  const machine = machineOf(pool)
  const group = placeGroups(sizesOf({ dp: row.ranks }), pool).dp
  const { ranks, collective } = row
  const inside = group.perDomain >= ranks
  const domains = Math.ceil(ranks / group.perDomain)
  const cards = (machine.nicBandwidth / pool.fabric.achieved) * group.perDomain
  const peers = machine.scaleUp.topology === 'mesh' ? (ranks - 1) / (pool.system.domainChips - 1) : 1
  const sums = machine.scaleUp.inSwitchReduction && collective === 'allReduce'
  return row.points.map(([bytes, seconds]) => {
    const predicted = collectiveTime(machine, group, collective, bytes).seconds
    const once = collective === 'allReduce' && !sums ? 2 : 1
    const wire = inside
      ? (once * ((ranks - 1) / ranks) * bytes) / (machine.scaleUp.bandwidth * peers)
      : ((collective === 'allReduce' ? 2 : 1) * ((domains - 1) / domains) * bytes) / cards
    return {
      row,
      inside,
      error: (predicted + (row.copySeconds ?? 0)) / seconds - 1,
      overWire: predicted / (collective === 'allToAll' && !inside ? 0 : wire),
    }
  })
})

function medianError(of: (point: Point) => boolean): number {
  const errors = points
    .filter(of)
    .map(({ error }) => Math.abs(error))
    .sort((a, b) => a - b)
  return errors[Math.floor(errors.length / 2)] ?? Number.NaN
}

const inside = [...new Set(points.filter((point) => point.inside).map(({ row }) => `${row.chip} ${row.collective}`))]

describe('inside a node or a rack, from 64 KiB', () => {
  it('seven chips with four collectives and a mesh were measured', () => {
    expect(inside).toHaveLength(7 * 4 + 1)
  })

  it.each(inside)('%s: median error below 10 %%', (name) => {
    const [chip, collective] = name.split(' ')
    const own = (point: Point) => point.inside && point.row.chip === chip && point.row.collective === collective
    expect(medianError(own)).toBeLessThan(0.1)
  })
})

describe('between nodes, from 64 KiB', () => {
  const across = (collective: Collective) => (point: Point) => !point.inside && point.row.collective === collective
  const slingshot = ({ row }: Point) => row.changes !== undefined

  it('all-reduces: median error below 15 %, with the shared dragonfly and without', () => {
    expect(medianError(across('allReduce'))).toBeLessThan(0.15)
    expect(medianError((point) => across('allReduce')(point) && !slingshot(point))).toBeLessThan(0.15)
  })

  it.each(['dgx-h100', 'dgx-a100', 'p6-b200', 'p5en', 'p4de', 'gb200-nvl72'])(
    'all-reduces of %s: median error below 15 %%',
    (system) => {
      const own = (point: Point) => across('allReduce')(point) && point.row.system === system && !slingshot(point)
      expect(medianError(own)).toBeLessThan(0.15)
    },
  )

  it('all-gathers and reduce-scatters on EFA and InfiniBand: median error below 15 %', () => {
    for (const collective of ['allGather', 'reduceScatter'] as const)
      expect(medianError((point) => across(collective)(point) && !slingshot(point))).toBeLessThan(0.15)
  })
})

describe('any of them', () => {
  it('is never faster than its bytes on the links as built', () => {
    for (const { row, overWire } of points) expect(overWire, row.id).toBeGreaterThanOrEqual(1)
  })

  it('grows with its bytes and never gets slower on faster links', () => {
    for (const row of rows) {
      if (row.changes !== undefined) continue
      const seconds = (factor: number) => {
        const pool = poolOf(row.system, row.ranks)
        const { scaleUp, fabric } = { scaleUp: pool.system.scaleUp, fabric: pool.fabric }
        const faster = {
          ...pool,
          system: { ...pool.system, scaleUp: { ...scaleUp, bandwidth: scaleUp.bandwidth * factor } },
          fabric: { ...fabric, linkBandwidth: fabric.linkBandwidth * factor },
        }
        const group = placeGroups(sizesOf({ dp: row.ranks }), faster).dp
        return row.points.map(([bytes]) => collectiveTime(machineOf(faster), group, row.collective, bytes).seconds)
      }
      const [before, after] = [seconds(1), seconds(1.5)]
      before.forEach((value, i) => {
        expect(after[i], row.id).toBeLessThanOrEqual(value)
        expect(value, row.id).toBeGreaterThan(before[i - 1] ?? 0)
      })
    }
  })
})

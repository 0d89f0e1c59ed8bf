/** What a guess without any model reaches: one median utilisation per chip and precision, taken from the same rows. */

import type { Judged } from './groups.ts'
import { rowPrecision } from './row-precision.ts'
import { type Pair, type Score, scorePairs } from './score.ts'
import { groupBy, median } from './statistics.ts'

export interface Baseline extends Score {
  /** The same with each row's own collection left out; its own cell where the group has no other collection. */
  readonly leaveOut: Score
}

/** What the baseline says of a row that ran: seconds of a step, null where it knows none. */
export interface BaselinePair extends Pair {
  readonly id: string
}

interface Rated {
  readonly id: string
  readonly cell: string
  readonly collection: string
  readonly group: string
  readonly measured: number
  /** Model FLOPs of a step and chip. */
  readonly work: number
}

/** Rows that ran and whose model FLOPs are known, from the row or else from the model. */
function rate({ row, result }: Judged): readonly Rated[] {
  const flops = row.modelFlopsPerStepCausal ?? result.modelFlops
  const measured = row.measured.stepSeconds
  if (flops === undefined || measured == null) return []
  const group = `${row.hardware.chip} ${rowPrecision(row.precision) ?? row.precision}`
  return [{ id: row.id, cell: row.cell, collection: row.collection, group, measured, work: flops / row.hardware.chips }]
}

const speed = (rows: readonly Rated[]): number => median(rows.map(({ work, measured }) => work / measured))

/** Others from which a left-out row's speed is taken. */
function others(row: Rated, group: readonly Rated[]): readonly Rated[] {
  const elsewhere = group.filter((other) => other.collection !== row.collection)
  return elsewhere.length > 0 ? elsewhere : group.filter((other) => other.cell !== row.cell)
}

function pairs(
  groups: ReadonlyMap<string, readonly Rated[]>,
  from: (row: Rated, group: readonly Rated[]) => number,
): readonly BaselinePair[] {
  return [...groups.values()].flatMap((group) => {
    const known = new Map<string, number>()
    return group.map((row) => {
      const key = `${row.collection}\n${row.cell}`
      const value = known.get(key) ?? from(row, group)
      known.set(key, value)
      return {
        id: row.id,
        cell: row.cell,
        measured: row.measured,
        predicted: Number.isFinite(value) ? row.work / value : null,
      }
    })
  })
}

/** Rows by one median utilisation per chip and precision: of all rows, and of those outside each row's collection. */
export function baselinePairs(judged: readonly Judged[]): {
  readonly all: readonly BaselinePair[]
  readonly leftOut: readonly BaselinePair[]
} {
  const groups = groupBy(judged.flatMap(rate), ({ group }) => group)
  return {
    all: pairs(groups, (_, group) => speed(group)),
    leftOut: pairs(groups, (row, group) => speed(others(row, group))),
  }
}

/** The score of one median utilisation per chip and precision: with all rows, and with each row's collection left out. */
export function scoreBaseline(judged: readonly Judged[]): Baseline {
  const { all, leftOut } = baselinePairs(judged)
  return { ...scorePairs(all), leaveOut: scorePairs(leftOut) }
}

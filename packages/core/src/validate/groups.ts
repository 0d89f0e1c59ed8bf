import type { RowResult } from './evaluate-row.ts'
import type { Row } from './row.ts'
import { rowPrecision } from './row-precision.ts'
import { type Score, scorePairs } from './score.ts'
import { groupBy } from './statistics.ts'

/** The score of rows that have something in common. */
export interface GroupScore extends Score {
  readonly by: GroupName
  readonly value: string
}

export type GroupName = 'chip' | 'precision' | 'moe' | 'contextParallel' | 'atLeast1024Chips' | 'collection'

/** A row and what the model made of it. */
export interface Judged {
  readonly row: Row
  readonly result: RowResult
}

const MANY_CHIPS = 1024
const yesNo = (value: boolean) => (value ? 'yes' : 'no')

const KEYS: Readonly<Record<GroupName, (row: Row) => string>> = {
  chip: (row) => row.hardware.chip,
  precision: (row) => rowPrecision(row.precision) ?? row.precision,
  moe: (row) => yesNo(row.model.moe != null),
  contextParallel: (row) => yesNo((row.parallelism.cp ?? 1) > 1),
  atLeast1024Chips: (row) => yesNo(row.hardware.chips >= MANY_CHIPS),
  collection: (row) => row.collection,
}

/** Scores by chip, precision, mixture of experts, context parallelism, scale and collection; names in alphabetic order. */
export function scoreGroups(judged: readonly Judged[]): readonly GroupScore[] {
  return (Object.keys(KEYS) as GroupName[]).flatMap((by) =>
    [...groupBy(judged, ({ row }) => KEYS[by](row))]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([value, members]) => ({ by, value, ...scorePairs(members.map(({ result }) => result)) })),
  )
}

/** Splits that depend on the sample alone: running again changes nothing. */

/** Uniform number in [0, 1) from integers. */
export function hash(...values: readonly number[]): number {
  let h = 0x9e3779b9
  for (const value of values) {
    h = Math.imul(h ^ (value | 0), 0x85ebca6b)
    h ^= h >>> 13
    h = Math.imul(h, 0xc2b2ae35)
    h ^= h >>> 16
  }
  return (h >>> 0) / 2 ** 32
}

/** Rows in the order of their hash, at most `limit` of them. */
export function sample(rows: readonly number[], limit: number): number[] {
  if (rows.length <= limit) return [...rows]
  return rows
    .map((row) => ({ row, at: hash(row, 7) }))
    .sort((a, b) => a.at - b.at || a.row - b.row)
    .slice(0, limit)
    .map(({ row }) => row)
    .sort((a, b) => a - b)
}

/** Mask of the samples whose group is not held out. */
export function training(groups: ArrayLike<number>, heldOut: (group: number) => boolean): Uint8Array {
  return Uint8Array.from(groups, (group) => (heldOut(group) ? 0 : 1))
}

/** One third of the groups. */
export const TEST_GROUP = (group: number): boolean => hash(group, 11) < 1 / 3

export interface Split {
  readonly fitted: (group: number) => boolean
  readonly measured: (group: number) => boolean
}

const choosing = (group: number): boolean => hash(group, 31) < 1 / 3

/** Chooses among forms: the test groups are out of sight. */
export const CHOOSE: Split = {
  fitted: (group) => !TEST_GROUP(group) && !choosing(group),
  measured: (group) => !TEST_GROUP(group) && choosing(group),
}

/** Measures the form that was chosen. */
export const REPORT: Split = { fitted: (group) => !TEST_GROUP(group), measured: TEST_GROUP }

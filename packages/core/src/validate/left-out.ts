/** The model held against rows that its free constants did not see. */

import { REGION_SPREAD } from '../calibration/fitted.ts'
import type { Region } from '../calibration/regions.ts'
import type { RowResult } from './evaluate-row.ts'
import { type GroupScore, scoreGroups } from './groups.ts'
import type { Row } from './row.ts'
import { regionOfRow } from './row-region.ts'
import { type Score, scorePairs } from './score.ts'
import { median } from './statistics.ts'

/** Predicted seconds by row id, each by constants fitted without the row's collection (its cell, where its chip has no other). */
export type LeftOutSeconds = Readonly<Record<string, number>>

export interface LeftOut {
  readonly score: Score
  readonly groups: readonly GroupScore[]
  readonly intervals: {
    readonly rows: number
    /** Share of rows whose measured step lies within the 90 % interval of its region. */
    readonly coverage: number
    /** Half of the way from end to end of those intervals, as a share of the step: the median over rows. */
    readonly medianHalfWidth: number
  }
}

/** Results with other predictions; rows without one keep their own. */
export function repredicted(results: readonly RowResult[], seconds: LeftOutSeconds): readonly RowResult[] {
  return results.map((result) => {
    const predicted = seconds[result.id]
    if (predicted === undefined || result.measured === null) return result
    return { ...result, predicted, error: Math.abs(predicted / result.measured - 1) }
  })
}

/**
 * Scores the rows that have a left-out prediction; null where none has. `results[i]` belongs to `rows[i]`.
 *
 * @param spreads half-widths of the regions' 90 % intervals, in the logarithm
 */
export function scoreLeftOut(
  rows: readonly Row[],
  results: readonly RowResult[],
  seconds: LeftOutSeconds,
  spreads: Readonly<Record<Region, number>> = REGION_SPREAD,
): LeftOut | null {
  const judged = repredicted(results, seconds).flatMap((result, i) => {
    const row = rows[i]
    return row === undefined || row.grid != null || seconds[row.id] === undefined ? [] : [{ row, result }]
  })
  if (judged.length === 0) return null
  const halves = judged.map(({ row }) => spreads[regionOfRow(row)])
  const inside = judged.filter(({ result: { predicted, measured } }, i) => {
    return Math.abs(Math.log((predicted ?? Number.NaN) / (measured ?? Number.NaN))) <= (halves[i] ?? 0)
  })
  return {
    score: scorePairs(judged.map(({ result }) => result)),
    groups: scoreGroups(judged),
    intervals: {
      rows: judged.length,
      coverage: inside.length / judged.length,
      medianHalfWidth: Math.sinh(median(halves)),
    },
  }
}

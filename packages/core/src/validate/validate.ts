import type { Calibration } from '../calibration/calibration.ts'
import type { Profiles } from '../scenario/profiles.ts'
import { type Baseline, scoreBaseline } from './baseline.ts'
import { type WorstRow, worstRows } from './causes.ts'
import { evaluateRow, type RowResult } from './evaluate-row.ts'
import { type GridMeans, type GridScore, meanGrids, scoreGrids } from './grids.ts'
import { type GroupScore, type Judged, scoreGroups } from './groups.ts'
import type { Row } from './row.ts'
import { type Score, scorePairs } from './score.ts'

/** The score of peak memory, and how many rows that ran are said not to fit. */
export interface MemoryScore extends Score {
  readonly ranNotFitting: number
}

/** The model held against measured rows. */
export interface Validation {
  /** In the order of the input. */
  readonly rows: readonly RowResult[]
  /** Of rows outside grids; of all where every row is in a grid. */
  readonly score: Score
  readonly groups: readonly GroupScore[]
  readonly baseline: Baseline
  readonly memory: MemoryScore
  /** The worst rows of those scored, one a cell. */
  readonly worst: readonly WorstRow[]
  readonly grids: readonly GridScore[]
  readonly gridMeans: readonly GridMeans[]
  /** Share of all rows that the model cannot express. */
  readonly refusedShare: number
}

/** Most refused rows, as a share, with which a model can still be said to cover them. */
export const MOST_REFUSED = 0.02

function scoreMemory(judged: readonly Judged[]): MemoryScore {
  const pairs = judged.flatMap(({ result }) =>
    result.measuredPeakBytes === undefined
      ? []
      : [{ cell: result.cell, predicted: result.predictedPeakBytes, measured: result.measuredPeakBytes }],
  )
  const ranNotFitting = judged.filter(({ result }) => result.measured !== null && result.fits === false).length
  return { ...scorePairs(pairs), ranNotFitting }
}

/** Scores results against their rows; `results[i]` belongs to `rows[i]`. */
export function scoreResults(rows: readonly Row[], results: readonly RowResult[]): Validation {
  const judged = rows.flatMap((row, i): Judged[] => {
    const result = results[i]
    return result === undefined ? [] : [{ row, result }]
  })
  const single = judged.filter(({ row }) => row.grid == null)
  const scored = single.length > 0 ? single : judged
  const grids = scoreGrids(judged)
  return {
    rows: results,
    score: scorePairs(scored.map(({ result }) => result)),
    groups: scoreGroups(scored),
    baseline: scoreBaseline(scored),
    memory: scoreMemory(scored),
    worst: worstRows(scored),
    grids,
    gridMeans: meanGrids(grids),
    refusedShare: results.filter((result) => result.refused !== undefined).length / Math.max(1, results.length),
  }
}

export interface ValidateOptions {
  readonly profiles?: Profiles
  /** Other free constants than the model's own. */
  readonly calibration?: Calibration
  /** Told after each row how many are done. */
  readonly progress?: (done: number, total: number) => void
}

/** Estimates every row and scores the estimates. */
export function validateRows(rows: readonly Row[], options: ValidateOptions = {}): Validation {
  const results = rows.map((row, i) => {
    const result = evaluateRow(row, options.profiles, options.calibration)
    options.progress?.(i + 1, rows.length)
    return result
  })
  return scoreResults(rows, results)
}

/** The door to core's validation. Becomes `export … from '@walltime/core'` once core's index exports it. */

import type { Path, StepPart } from '@walltime/core'

export interface RowResult {
  readonly id: string
  readonly cell: string
  readonly collection: string
  readonly grid?: string
  readonly predicted: number | null
  readonly measured: number | null
  readonly error: number | null
  readonly fits: boolean | null
  readonly predictedPeakBytes: number | null
  readonly measuredPeakBytes?: number
  readonly memoryError?: number
  readonly largest?: { readonly part: StepPart; readonly share: number }
  readonly modelFlops?: number
  readonly notes?: readonly string[]
  readonly refused?: string
}

export interface Score {
  readonly rows: number
  readonly cells: number
  readonly cellMean: number | null
  readonly cellMedian: number | null
  readonly rowMean: number | null
  readonly rowMedian: number | null
  readonly rowP90: number | null
  readonly bias: number | null
  readonly refused: number
}

export interface GroupScore extends Score {
  readonly by: string
  readonly value: string
}

export interface GridMeans {
  readonly collection: string
  readonly grids: number
  readonly pairs: number
  readonly order: number | null
  readonly regret: number | null
  readonly ranFits: number | null
  readonly oomRefused: number | null
  readonly stepError: number | null
  readonly ruleRegret: number | null
}

export interface Validation {
  readonly rows: readonly RowResult[]
  readonly score: Score
  readonly groups: readonly GroupScore[]
  readonly baseline: Score & { readonly leaveOut: Score }
  readonly memory: Score & { readonly ranNotFitting: number }
  readonly grids: readonly object[]
  readonly gridMeans: readonly GridMeans[]
  readonly refusedShare: number
}

/** A row that core has checked. */
export type Row = { readonly id: string }

interface RowIssue {
  readonly code: string
  readonly path: Path
  readonly message: string
}

interface CoreValidation {
  readonly MOST_REFUSED: number
  readonly readRows: (
    data: unknown,
  ) =>
    | { readonly ok: true; readonly rows: readonly Row[] }
    | { readonly ok: false; readonly issues: readonly RowIssue[] }
  readonly evaluateRow: (row: Row) => RowResult
  readonly scoreResults: (rows: readonly Row[], results: readonly RowResult[]) => Validation
}

/** Core's validation, loaded beside core's index in whichever form (source or build) that resolves to. */
export async function coreValidation(): Promise<CoreValidation> {
  const index = import.meta.resolve('@walltime/core')
  return await import(new URL(index.endsWith('.ts') ? './validate/index.ts' : './validate/index.js', index).href)
}

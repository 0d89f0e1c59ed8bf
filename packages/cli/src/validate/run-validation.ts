import { setImmediate } from 'node:timers/promises'
import { evaluateRow, type Row, type RowResult, scoreResults, type Validation } from '@walltime/core/validate'
import { progressBar } from '../terminal/progress.ts'

/** Rows between looks at the signals: a few milliseconds each. */
const BATCH = 20

export interface Run {
  readonly validation: Validation
  /** Rows that were evaluated: fewer than all where Ctrl-C came. */
  readonly done: number
}

/** Evaluates the rows with progress; where `signal` aborts, scores those that are done. */
export async function runValidation(rows: readonly Row[], quiet: boolean, signal: AbortSignal): Promise<Run> {
  const progress = await progressBar('rows', quiet)
  const results: RowResult[] = []
  try {
    for (const row of rows) {
      results.push(evaluateRow(row))
      if (results.length % BATCH !== 0) continue
      progress.update(results.length, rows.length)
      await setImmediate()
      if (signal.aborted) break
    }
  } finally {
    progress.stop()
  }
  return { validation: scoreResults(rows.slice(0, results.length), results), done: results.length }
}

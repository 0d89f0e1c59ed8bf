import type { ProgressBar } from '../terminal/progress.ts'
import { evaluatePoint, type SweepBase } from './evaluate.ts'
import { cell, csvLine, ndjsonLine, type SweepFormat } from './format-row.ts'
import { type Finished, keyOf } from './resume.ts'
import { columnNames, resultsOf } from './row.ts'
import type { Sink } from './sink.ts'
import { type Axis, countPoints, pointAt } from './vary.ts'

export interface SweepOutcome {
  /** Rows written now. */
  readonly written: number
  /** Rows that stood in the file before. */
  readonly kept: number
  /** Of the rows written now, those that do not fit in memory. */
  readonly tooLarge: number
  readonly refused: ReadonlyMap<string, number>
  readonly interrupted: boolean
}

export interface SweepRequest {
  readonly base: SweepBase
  readonly axes: readonly Axis[]
  readonly format: SweepFormat
  readonly sink: Sink
  readonly finished: Finished | null
  readonly signal: AbortSignal
  readonly progress: ProgressBar
}

/** Milliseconds between two looks at the clock's owner: rows are written and Ctrl-C is noticed this often. */
const TURN = 100

/** Evaluates every point that is not in the file yet. */
export async function runSweep({
  base,
  axes,
  format,
  sink,
  finished,
  signal,
  progress,
}: SweepRequest): Promise<SweepOutcome> {
  const names = columnNames(axes.map((axis) => axis.name))
  const points = countPoints(axes)
  const refused = new Map<string, number>()
  const waiting: string[] = format === 'csv' && finished === null ? [csvLine(names)] : []
  let written = 0
  let kept = 0
  let tooLarge = 0
  let turn = performance.now()

  const flush = async () => {
    if (waiting.length > 0) await sink.write(waiting.splice(0))
  }
  try {
    for (let i = 0; i < points && !signal.aborted; i++) {
      const values = pointAt(axes, i)
      if (finished?.keys.has(keyOf(values.map(cell))) === true) kept++
      else {
        const result = evaluatePoint(base, axes, values)
        if (result.ok) {
          const row = [...values, ...resultsOf(result.estimate)]
          waiting.push(format === 'csv' ? csvLine(row) : ndjsonLine(names, row))
          written++
          if (!result.estimate.memory.fits) tooLarge++
        } else refused.set(result.reason, (refused.get(result.reason) ?? 0) + 1)
      }
      if (performance.now() - turn > TURN) {
        await flush()
        progress.update(i + 1, points)
        await new Promise((resolve) => setImmediate(resolve))
        turn = performance.now()
      }
    }
    return { written, kept, tooLarge, refused, interrupted: signal.aborted }
  } finally {
    await flush()
    progress.stop()
  }
}

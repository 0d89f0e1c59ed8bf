import type { ProgressBar } from '../terminal/progress.ts'
import type { Criteria, Outcome } from './criteria.ts'
import type { Design } from './design.ts'
import type { PointResult } from './evaluate.ts'
import type { RowSink } from './row-sink.ts'
import type { Tracker } from './tracker.ts'

export interface SweepOutcome {
  /** Points that were looked at now. */
  readonly looked: number
  /** Rows written now. */
  readonly written: number
  /** Rows that stood in the file before. */
  readonly kept: number
  /** Of the rows written now, those that do not fit in memory, and those of points that failed. */
  readonly tooLarge: number
  readonly failed: number
  /** Points that `--where` left out. */
  readonly left: number
  readonly refused: ReadonlyMap<string, number>
  readonly interrupted: boolean
}

export interface SweepRequest {
  readonly design: Design
  readonly criteria: Criteria
  /** Evaluates a point; undefined where it was interrupted. */
  readonly evaluate: (values: readonly unknown[]) => PointResult | Promise<PointResult | undefined>
  /** The results of an outcome as a row has them. */
  readonly resultsOf: (outcome: Outcome) => readonly unknown[]
  readonly results: number
  readonly sink: RowSink
  readonly tracker: Tracker
  readonly signal: AbortSignal
  readonly progress: ProgressBar
}

/** Milliseconds between two looks at the clock's owner: rows are written and Ctrl-C is noticed this often. */
const TURN = 100

/** Evaluates every point that is not in the file yet. */
export async function runSweep(request: SweepRequest): Promise<SweepOutcome> {
  const { design, criteria, evaluate, resultsOf, sink, tracker, signal, progress } = request
  const { points, axes } = design
  const { objective } = criteria
  const nothing = new Array<null>(request.results + (objective.given ? 1 : 0)).fill(null)
  const refused = new Map<string, number>()
  const counts = { looked: 0, written: 0, tooLarge: 0, failed: 0, left: 0 }
  let turn = performance.now()

  const write = (point: number, values: readonly unknown[], result: PointResult) => {
    if (result.kind === 'refused') {
      refused.set(result.code, (refused.get(result.code) ?? 0) + 1)
      return
    }
    if (result.kind === 'failed') {
      sink.add([...values, ...nothing, result.error, point])
      counts.failed++
      counts.written++
      return
    }
    const { outcome } = result
    if (!criteria.keeps(outcome)) {
      counts.left++
      return
    }
    const value = objective.of(outcome)
    const row = [...values, ...resultsOf(outcome)]
    if (objective.given) row.push(value)
    row.push(null, point)
    sink.add(row)
    counts.written++
    if (outcome.results.memory.fits) tracker.add(point, values, value)
    else counts.tooLarge++
  }

  try {
    for (let point = sink.next; point < points && !signal.aborted; point++) {
      const values = design.at(point)
      const pending = evaluate(values)
      const result = pending instanceof Promise ? await pending : pending
      if (result === undefined) break
      write(point, values, result)
      counts.looked++
      if (performance.now() - turn > TURN) {
        await sink.flush(true)
        progress.update(point + 1, points)
        await new Promise((resolve) => setImmediate(resolve))
        turn = performance.now()
      }
    }
    await sink.flush(true)
  } finally {
    progress.stop()
  }
  const interrupted = sink.next + counts.looked < points
  return { ...counts, kept: sink.kept, refused, interrupted: interrupted && axes.length > 0 }
}

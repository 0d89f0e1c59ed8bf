import { COLUMN, COLUMNS, CONSTANTS, columnCount } from './columns.ts'
import { type CompiledRun, MAX_FAILURES } from './compile.ts'
import { constantsAt, drawScores } from './constants.ts'
import { trialStreams } from './rng.ts'
import { SparePool } from './spare-pool.ts'
import { type ClassTables, runTrial } from './trial.ts'

/** Trials `first` to `first + count − 1` of a run. Plain data. */
export interface TrialBatch {
  readonly run: CompiledRun
  readonly seed: string | number
  readonly first: number
  readonly count: number
}

/** What came of a batch. Plain data: an error crosses threads without losing its code. */
export type BatchResult =
  | { readonly ok: true; readonly first: number; readonly count: number; readonly columns: Float64Array }
  | { readonly ok: false; readonly code: 'cannot-finish'; readonly message: string }

/** The trials of a batch, column after column, `count` numbers each. A pure function of its argument. */
export function runBatch({ run, seed, first, count }: TrialBatch): BatchResult {
  const columns = new Float64Array(columnCount(run.classes.length) * count)
  const tables = classTables(run)
  const spares = run.spareNodes === undefined ? undefined : new SparePool(run.spareNodes)
  for (let row = 0; row < count; row++) {
    const streams = trialStreams(seed, first + row)
    const scores = drawScores(streams.constants)
    const sink = { data: columns, stride: count, row }
    if (!runTrial(run, tables, spares, constantsAt(run, scores), streams.events, sink)) {
      return { ok: false, code: 'cannot-finish', message: stuck(first + row) }
    }
    for (const [i, name] of CONSTANTS.entries()) columns[COLUMN[`score.${name}`] * count + row] = scores[i] as number
    for (let c = 0; c < run.classes.length; c++)
      columns[(COLUMNS.length + c) * count + row] = tables.failures[c] as number
  }
  return { ok: true, first, count, columns }
}

export function classTables(run: CompiledRun): ClassTables {
  const { classes, rate } = run
  const upTo = (last: number) => classes.slice(0, last + 1).reduce((sum, c) => sum + c.rate, 0)
  return {
    cumulative: Float64Array.from(classes, (_, i) => upTo(i) / rate),
    detection: Float64Array.from(classes, (c) => c.detectionSeconds),
    losesNode: Uint8Array.from(classes, (c) => (c.losesNode ? 1 : 0)),
    automaticShare: Float64Array.from(classes, (c) => c.automaticShare),
    automaticSeconds: Float64Array.from(classes, (c) => c.automaticSeconds),
    manualSeconds: Float64Array.from(classes, (c) => c.manualSeconds),
    failures: new Float64Array(classes.length),
  }
}

function stuck(trial: number): string {
  return `trial ${trial} failed more than ${MAX_FAILURES} times without getting through: its failures come faster than a restart and an interval take`
}

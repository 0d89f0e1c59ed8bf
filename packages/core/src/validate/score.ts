import { groupBy, mean, median, quantile } from './statistics.ts'

/** One prediction held against one measurement; both null where the model refused. */
export interface Pair {
  readonly cell: string
  readonly predicted: number | null
  readonly measured: number | null
}

/** How far predictions lie from measurements. Errors are shares; null where there is nothing to score. */
export interface Score {
  readonly rows: number
  readonly cells: number
  /** Mean and median over cells of the mean error of a cell's rows. */
  readonly cellMean: number | null
  readonly cellMedian: number | null
  readonly rowMean: number | null
  readonly rowMedian: number | null
  readonly rowP90: number | null
  /** Mean over rows of predicted/measured − 1, with its sign. */
  readonly bias: number | null
  readonly refused: number
}

const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Scores predictions of what was measured: row error |predicted/measured − 1|, cell error the mean of its rows. */
export function scorePairs(pairs: readonly Pair[]): Score {
  const measured = pairs.filter((pair) => pair.measured !== null)
  const signed = measured.flatMap(({ cell, predicted, measured: seconds }) =>
    predicted === null || seconds === null ? [] : [{ cell, error: predicted / seconds - 1 }],
  )
  const rows = signed.map(({ error }) => Math.abs(error))
  const cells = [...groupBy(signed, ({ cell }) => cell).values()].map((group) =>
    mean(group.map(({ error }) => Math.abs(error))),
  )
  return {
    rows: rows.length,
    cells: cells.length,
    cellMean: orNull(mean(cells)),
    cellMedian: orNull(median(cells)),
    rowMean: orNull(mean(rows)),
    rowMedian: orNull(median(rows)),
    rowP90: orNull(quantile(rows, 0.9)),
    bias: orNull(mean(signed.map(({ error }) => error))),
    refused: measured.length - signed.length,
  }
}

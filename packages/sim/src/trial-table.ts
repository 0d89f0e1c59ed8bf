import { isSpread } from '@walltime/hardware'
import {
  COLUMN,
  COLUMNS,
  CONSTANTS,
  type ColumnName,
  type Constant,
  columnCount,
  OUTCOMES,
  type Outcome,
  SINGLES,
  SUMMED,
  type Summed,
} from './columns.ts'
import type { CompiledRun } from './compile/compiled.ts'
import { type ScoredSource, type VarianceShares, VarianceSums } from './variance-shares.ts'

/** Trials whose sums are added up one after the other; the sums of blocks are then added in order. Shards are whole blocks. */
export const BLOCK_TRIALS = 1024

/** Outcomes of a block of trials: what a shard hands over besides the numbers of each trial. */
export interface BlockSums {
  readonly trials: number
  /** Sums of `SUMMED`, of the failures by class and of the checkpoints by tier; then of their squares. */
  readonly sums: Float64Array
  readonly variance: Float64Array
}

export type Numbers = Float64Array | Float32Array

/** What each unknown constant counts as in the decomposition of variance. */
const SOURCES: Readonly<Record<Constant, ScoredSource>> = {
  stepError: 'model',
  fleet: 'fleet',
  restart: 'fleet',
  downtime: 'fleet',
  price: 'price',
}

/** Outcomes whose variance is decomposed. */
const DECOMPOSED = ['wallClockSeconds', 'costUsd'] as const
export type Decomposed = (typeof DECOMPOSED)[number]

/**
 * Finished trials: the outcomes of each (56 bytes), and sums of everything else. Batches come in any order; they are added
 * in the order of their trials, so that the sums are the same bits however the trials were divided.
 */
export class TrialTable {
  outcomes: Readonly<Record<Outcome, Numbers>>
  /** All columns, where they were asked for. */
  private columns: Readonly<Record<ColumnName, Float64Array>> | undefined
  completed = 0
  /** Blocks that are complete or were closed, in order. */
  readonly blocks: BlockSums[] = []

  private readonly run: CompiledRun
  private readonly inputs: readonly number[]
  private readonly sources: readonly ScoredSource[]
  private readonly centres: readonly number[]
  private readonly waiting = new Map<number, { readonly columns: Float64Array; readonly count: number }>()
  private next: number
  /** Where rows and trials run on together. */
  private readonly runs: { readonly row: number; readonly trial: number }[]
  private sums: Float64Array
  private variance: VarianceSums
  private inBlock = 0

  /** A table of `trials` trials from `first` on. */
  constructor(run: CompiledRun, first: number, trials: number, keepTrials: boolean) {
    this.run = run
    this.next = first
    this.runs = [{ row: 0, trial: first }]
    this.outcomes = fromNames(OUTCOMES, (name) =>
      SINGLES.has(name) ? new Float32Array(trials) : new Float64Array(trials),
    )
    this.columns = keepTrials ? fromNames(COLUMNS, () => new Float64Array(trials)) : undefined
    const uncertain = CONSTANTS.filter((c) => isSpread(run.constants[c]))
    this.inputs = uncertain.map((c) => COLUMN[`score.${c}`])
    this.sources = uncertain.map((c) => SOURCES[c])
    this.centres = centresOf(run)
    this.sums = this.emptySums()
    this.variance = new VarianceSums(this.sources, this.centres)
  }

  /** Room for so many trials more. */
  grow(more: number): void {
    this.outcomes = fromNames(OUTCOMES, (name) => longer(this.outcomes[name], more))
    const { columns } = this
    if (columns !== undefined) this.columns = fromNames(COLUMNS, (name) => longer(columns[name], more))
  }

  /** A batch of trials, column after column. */
  add(first: number, count: number, columns: Float64Array): void {
    this.waiting.set(first, { columns, count })
    for (;;) {
      const batch = this.waiting.get(this.next)
      if (batch === undefined) return
      this.waiting.delete(this.next)
      this.take(batch.columns, batch.count)
    }
  }

  /** No more batches will come: those behind a gap are taken as they are, and the table is cut to what it has. */
  close(): void {
    for (const [first, { columns, count }] of [...this.waiting].sort(([a], [b]) => a - b)) {
      this.next = first
      this.runs.push({ row: this.completed, trial: first })
      this.take(columns, count)
    }
    this.waiting.clear()
    if (this.inBlock > 0) this.closeBlock()
  }

  /** Index of the trial in a row: other than the row's where batches are missing before it. */
  trialOf(row: number): number {
    const { row: from, trial } = this.runs.findLast((run) => run.row <= row) as { row: number; trial: number }
    return trial + row - from
  }

  /** Every column of the trials that were finished, where they were kept. */
  kept(): Readonly<Record<ColumnName, Float64Array>> | undefined {
    const { columns, completed } = this
    return columns === undefined ? undefined : fromNames(COLUMNS, (name) => columns[name].slice(0, completed))
  }

  /** Outcomes of the trials that were finished. */
  outcome(name: Outcome): Numbers {
    return this.outcomes[name].subarray(0, this.completed)
  }

  private take(batch: Float64Array, count: number): void {
    for (let row = 0; row < count; row++) {
      const at = (column: number) => batch[column * count + row] as number
      const trial = this.completed++
      for (const name of OUTCOMES) this.outcomes[name][trial] = at(COLUMN[name])
      if (this.columns !== undefined) for (const name of COLUMNS) this.columns[name][trial] = at(COLUMN[name])
      this.sum(at)
      if (this.next++ % BLOCK_TRIALS === BLOCK_TRIALS - 1) this.closeBlock()
    }
  }

  private sum(at: (column: number) => number): void {
    const { sums, inputs } = this
    this.inBlock++
    const summed = SUMMED.length
    const all = sums.length / 2
    for (let i = 0; i < all; i++) {
      const value = at(i < summed ? COLUMN.productiveSeconds + i : COLUMNS.length + i - summed)
      sums[i] = (sums[i] as number) + value
      sums[all + i] = (sums[all + i] as number) + value * value
    }
    this.variance.add(
      (i) => at(inputs[i] as number),
      (o) => at(COLUMN[DECOMPOSED[o] as Decomposed]),
    )
  }

  private closeBlock(): void {
    this.blocks.push({ trials: this.inBlock, sums: this.sums, variance: this.variance.toArray() })
    this.sums = this.emptySums()
    this.variance = new VarianceSums(this.sources, this.centres)
    this.inBlock = 0
  }

  private emptySums(): Float64Array {
    return new Float64Array(2 * (SUMMED.length + columnCount(this.run) - COLUMNS.length))
  }

  /** Everything that was summed, over all blocks in order. */
  totals(): Totals {
    const sums = this.emptySums()
    const variance = new VarianceSums(this.sources, this.centres)
    const part = new VarianceSums(this.sources, this.centres)
    for (const block of this.blocks) {
      for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (block.sums[i] as number)
      part.restore(block.variance)
      variance.merge(part)
    }
    const n = this.completed
    const { classes, tiers } = this.run
    const mean = (i: number) => (sums[i] as number) / n
    const standardError = (i: number) => {
      const square = (sums[sums.length / 2 + i] as number) / n - mean(i) ** 2
      return Math.sqrt(Math.max(0, square) / (n - 1))
    }
    const tabulate = (of: (i: number) => number): Means => ({
      seconds: fromNames(SUMMED, (_, i) => of(i)),
      byClass: classes.map((_, i) => of(SUMMED.length + i)),
      byTier: tiers.map((_, i) => of(SUMMED.length + classes.length + i)),
    })
    return {
      means: tabulate(mean),
      standardErrors: tabulate(standardError),
      variance: fromNames(DECOMPOSED, (_, o) => variance.shares(o)),
    }
  }
}

export interface Means {
  readonly seconds: Readonly<Record<Summed, number>>
  /** Failures. */
  readonly byClass: readonly number[]
  /** Checkpoints. */
  readonly byTier: readonly number[]
}

export interface Totals {
  readonly means: Means
  readonly standardErrors: Means
  readonly variance: Readonly<Record<Decomposed, VarianceShares>>
}

/** Values near which the decomposed outcomes lie: the run without failures. */
function centresOf({ phases, constants }: CompiledRun): readonly number[] {
  const seconds = phases.map((p) => p.workSeconds * constants.stepError.p50)
  const wall = seconds.reduce((a, b) => a + b, 0)
  const chipSeconds = phases.reduce((sum, p, i) => sum + p.chips * (seconds[i] as number), 0)
  return [wall, (chipSeconds / 3600) * constants.price.p50]
}

function longer<T extends Numbers>(numbers: T, more: number): T {
  const Kind = numbers.constructor as new (length: number) => T
  const all = new Kind(numbers.length + more)
  all.set(numbers)
  return all
}

/** One value a name. */
export function fromNames<N extends string, T>(
  names: readonly N[],
  make: (name: N, i: number) => T,
): Readonly<Record<N, T>> {
  return Object.fromEntries(names.map((name, i) => [name, make(name, i)])) as Record<N, T>
}

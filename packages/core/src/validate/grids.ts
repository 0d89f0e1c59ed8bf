/** Layout grids: the same work under many layouts. Does the model put them in the right order, and choose well? */

import type { Judged } from './groups.ts'
import type { Row } from './row.ts'
import { groupBy, mean } from './statistics.ts'

/** How the model chooses among the layouts of a grid. Shares; null where there is nothing to judge. */
export interface GridScore {
  readonly grid: string
  readonly collection: string
  /** Pairs that ran and differ by more than 5 %. */
  readonly pairs: number
  /** Share of those pairs that the model orders right. */
  readonly order: number | null
  /** Measured time of the layout the model picks over the best measured, less 1; a pick that ran out of memory counts as twice the best: 1. */
  readonly regret: number | null
  /** Share of rows that ran said to fit. */
  readonly ranFits: number | null
  /** Share of rows that ran out of memory said not to fit. */
  readonly oomRefused: number | null
  /** Mean error of the step time. */
  readonly stepError: number | null
  /** Regret of the rule without a model: smallest tp·pp, largest micro-batch, no recompute, the first that is said to fit. */
  readonly ruleRegret: number | null
}

/** Means over the grids of a collection that have anything to order. */
export interface GridMeans extends Omit<GridScore, 'grid'> {
  readonly grids: number
}

const DIFFERENT = 1.05
const OUT_OF_MEMORY = 2

const share = (part: number, of: number): number | null => (of === 0 ? null : part / of)
const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

function countPairs(ran: readonly Judged[]): { readonly pairs: number; readonly right: number } {
  let pairs = 0
  let right = 0
  ran.forEach(({ result: a }, i) => {
    for (const { result: b } of ran.slice(i + 1)) {
      if (a.measured === null || b.measured === null) continue
      if (Math.max(a.measured, b.measured) <= DIFFERENT * Math.min(a.measured, b.measured)) continue
      pairs++
      if (a.predicted === null || b.predicted === null) continue
      if ((a.predicted - b.predicted) * (a.measured - b.measured) > 0) right++
    }
  })
  return { pairs, right }
}

/** The first by a list of keys; the id decides ties, so that the order of rows does not matter. */
function first(judged: readonly Judged[], keys: (judged: Judged) => readonly number[]): Judged | undefined {
  const compare = (a: Judged, b: Judged): number => {
    const [x, y] = [keys(a), keys(b)]
    const at = x.findIndex((value, i) => value !== y[i])
    return at < 0 ? (a.row.id < b.row.id ? -1 : 1) : (x[at] ?? 0) - (y[at] ?? 0)
  }
  return [...judged].sort(compare)[0]
}

/** Megatron's rule of thumb as keys: as little splitting and as much batch as fits. */
function ruleKeys({ row }: Judged): readonly number[] {
  const { tp, pp } = row.parallelism
  return [(tp ?? 1) * (pp ?? 1), -(row.microBatch ?? 1), recomputes(row) ? 1 : 0]
}

function recomputes({ recompute }: Row): boolean {
  return recompute?.mode != null && recompute.mode !== 'none'
}

function regretOf(pick: Judged | undefined, best: number): number | null {
  if (!Number.isFinite(best)) return null
  const measured = pick?.result.measured ?? null
  return (measured === null ? OUT_OF_MEMORY : measured / best) - 1
}

function scoreGrid(grid: string, members: readonly Judged[]): GridScore {
  const ran = members.filter(({ result }) => result.measured !== null)
  const failed = members.filter(({ result }) => result.measured === null)
  const fitting = members.filter(({ result }) => result.fits === true)
  const { pairs, right } = countPairs(ran)
  const best = Math.min(...ran.map(({ result }) => result.measured ?? Number.POSITIVE_INFINITY))
  const errors = ran.flatMap(({ result }) => (result.error === null ? [] : [result.error]))
  return {
    grid,
    collection: members[0]?.row.collection ?? '',
    pairs,
    order: share(right, pairs),
    regret: regretOf(
      first(fitting, ({ result }) => [result.predicted ?? Number.POSITIVE_INFINITY]),
      best,
    ),
    ranFits: share(ran.filter(({ result }) => result.fits === true).length, ran.length),
    oomRefused: share(failed.filter(({ result }) => result.fits === false).length, failed.length),
    stepError: orNull(mean(errors)),
    ruleRegret: regretOf(first(fitting, ruleKeys), best),
  }
}

/** Scores every grid, in the order in which grids first come. */
export function scoreGrids(judged: readonly Judged[]): readonly GridScore[] {
  const inGrid = judged.filter(({ row }) => row.grid != null)
  return [...groupBy(inGrid, ({ row }) => row.grid ?? '')].map(([grid, members]) => scoreGrid(grid, members))
}

/**
 * Means over the grids of each collection. Grids without a pair to order (a single layout that ran) do not count, nor
 * does a grid in a column where it has nothing to judge.
 */
export function meanGrids(grids: readonly GridScore[]): readonly GridMeans[] {
  return [
    ...groupBy(
      grids.filter(({ pairs }) => pairs > 0),
      ({ collection }) => collection,
    ),
  ].map(([collection, members]) => {
    const over = (value: (grid: GridScore) => number | null) =>
      orNull(mean(members.map(value).filter((v) => v !== null)))
    return {
      collection,
      grids: members.length,
      pairs: members.reduce((sum, { pairs }) => sum + pairs, 0),
      order: over((grid) => grid.order),
      regret: over((grid) => grid.regret),
      ranFits: over((grid) => grid.ranFits),
      oomRefused: over((grid) => grid.oomRefused),
      stepError: over((grid) => grid.stepError),
      ruleRegret: over((grid) => grid.ruleRegret),
    }
  })
}

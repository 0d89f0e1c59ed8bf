/** Published runs predicted one after the other, those that cannot be are listed with the reason. */

import {
  type GapConstants,
  isInside,
  PRODUCTION_GAP,
  publishedChipHours,
  runError,
  type WholeRun,
} from '@walltime/core/validate'
import { type BenchmarkRun, benchmarkRun, type Interval, productionChipHours, type RunOptions } from './chip-hours.ts'

export interface PredictedRun {
  readonly id: string
  /** Chip-hours. */
  readonly predicted: Interval
  /** As published. */
  readonly measured: number
  /** |predicted median / measured − 1|. */
  readonly error: number
  /** The published chip-hours lie within the 90 % interval. */
  readonly inside: boolean
  /** Where the architecture comes from. */
  readonly architecture: string
  /** The same run without what production pays on top. */
  readonly benchmark: BenchmarkRun
}

export interface ExcludedRun {
  readonly id: string
  readonly why: string
}

/** A benchmark run under a gap, held against what was published. */
export function judgeRun(id: string, measured: number, benchmark: BenchmarkRun, gap: GapConstants): PredictedRun {
  const judged = { predicted: productionChipHours(benchmark, gap), measured }
  return {
    id,
    ...judged,
    error: runError(judged),
    inside: isInside(judged),
    architecture: benchmark.origin,
    benchmark,
  }
}

/** Predicts one run; `why` where it cannot be. */
export async function predictRun(run: WholeRun, options: RunOptions = {}): Promise<PredictedRun | ExcludedRun> {
  const result = await benchmarkRun(run, options)
  const measured = publishedChipHours(run)
  if (!result.ok) return { id: run.id, why: result.reason }
  if (measured === null) return { id: run.id, why: 'no chip-hours' }
  return judgeRun(run.id, measured, result.run, PRODUCTION_GAP)
}

export const isPredicted = (run: PredictedRun | ExcludedRun): run is PredictedRun => 'predicted' in run

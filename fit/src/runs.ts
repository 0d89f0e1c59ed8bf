/** The gap of production runs fitted to the whole runs that ship, each also predicted by the gap of the others. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type GapConstants, publishedChipHours, readWholeRuns, type WholeRun } from '@walltime/core/validate'
import { Z95 } from '@walltime/hardware'
import {
  type BenchmarkRun,
  benchmarkRun,
  type ExcludedRun,
  judgeRun,
  type PredictedRun,
} from '@walltime/sim/whole-runs'
import { type Covariate, fitGap, type GapFit, type GapPoint, KEPT, leftOutError } from './gap.ts'

interface RunPoint extends GapPoint {
  readonly run: WholeRun
  readonly measured: number
  readonly benchmark: BenchmarkRun
}

export interface FittedRun {
  readonly run: WholeRun
  readonly inSample: PredictedRun
  /** Under the gap of the other runs. */
  readonly left: PredictedRun
  readonly leftConstants: GapConstants
}

export interface RunsFit extends GapFit {
  readonly runs: readonly FittedRun[]
  readonly excluded: readonly ExcludedRun[]
  /** Left-out median error by what the gap may depend on. */
  readonly covariates: readonly { readonly name: string; readonly error: number }[]
}

const SHIPPED = new URL('../../data/validation/whole-runs.json', import.meta.url)

export function readShippedRuns(): readonly WholeRun[] {
  const read = readWholeRuns(JSON.parse(readFileSync(fileURLToPath(SHIPPED), 'utf8')))
  if (!read.ok) throw new Error('data/validation/whole-runs.json does not read')
  return read.runs
}

const active = ({ run }: RunPoint): number => run.active_params_b ?? run.params_b ?? Number.NaN

/** What the gap was tried on, the kept one first. */
const COVARIATES: readonly Covariate<RunPoint>[] = [
  KEPT,
  { name: 'nothing: one median for all', of: () => 0 },
  { name: 'tokens per parameter, shorter runs too', of: ({ tokensPerParameter }) => Math.log(tokensPerParameter) },
  { name: 'active parameters', of: (point) => Math.log(active(point)) },
  { name: 'FLOP of the run', of: (point) => Math.log(active(point) * (point.run.tokens_t ?? Number.NaN)) },
  { name: 'year', of: ({ run }) => run.year ?? Number.NaN },
  { name: 'experts or not', of: ({ run }) => (run.active_params_b == null ? 0 : 1) },
]

function pointOf(run: WholeRun, benchmark: BenchmarkRun, measured: number): RunPoint {
  const { p5, p50, p95 } = benchmark.interval
  return {
    run,
    measured,
    benchmark,
    tokensPerParameter: benchmark.tokensPerParameter,
    residual: Math.log(measured / p50),
    spread: Math.log(p95 / p5) / (2 * Z95),
  }
}

/** Predicts the runs that ship and fits the gap to those that can be. */
export async function fitRuns(runs: readonly WholeRun[]): Promise<RunsFit> {
  const points: RunPoint[] = []
  const excluded: ExcludedRun[] = []
  for (const run of runs) {
    const result = await benchmarkRun(run)
    const measured = publishedChipHours(run)
    if (result.ok && measured !== null) points.push(pointOf(run, result.run, measured))
    else excluded.push({ id: run.id, why: result.ok ? 'no chip-hours' : result.reason })
  }
  const fit = fitGap(points)
  return {
    ...fit,
    excluded,
    runs: points.map(({ run, measured, benchmark }, i) => {
      const leftConstants = fit.left[i] as GapConstants
      return {
        run,
        leftConstants,
        inSample: judgeRun(run.id, measured, benchmark, fit.constants),
        left: judgeRun(run.id, measured, benchmark, leftConstants),
      }
    }),
    covariates: COVARIATES.map((covariate) => ({ name: covariate.name, error: leftOutError(points, covariate) })),
  }
}

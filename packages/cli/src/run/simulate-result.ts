import {
  type MlGoodputType,
  mlGoodput,
  playTimeline,
  type RunDistribution,
  type RunSpec,
  slidingEttr,
} from '@walltime/sim'
import type { RunOptions } from '../input/options.ts'
import { type Finish, finishOf } from './finish.ts'
import { type Precision, precisionOf } from './precision.ts'

/** What `simulate` reports beyond the distributions. */
export interface SimulateResult extends RunDistribution {
  /** Mean seconds under the names of ml-goodput-measurement; they add up to the mean wall clock. */
  readonly mlGoodput: Readonly<Record<MlGoodputType, number>>
  /** The worst window of the median trial. */
  readonly slidingEttr: {
    readonly trial: number
    readonly windowSeconds: number
    readonly worst: number
    readonly worstAtSeconds: number
  }
  readonly finish?: Finish
  readonly precision?: Precision
}

export function simulateResult(
  spec: RunSpec,
  result: RunDistribution,
  { start, untilError }: Pick<RunOptions, 'start' | 'untilError'>,
): SimulateResult {
  const trial = result.typicalTrials.p50
  const { windowSeconds, worst, worstAt } = slidingEttr(playTimeline(spec, { seed: result.seed, trial }))
  return {
    ...result,
    mlGoodput: mlGoodput(result),
    slidingEttr: { trial, windowSeconds, worst, worstAtSeconds: worstAt },
    ...(start === undefined ? {} : { finish: finishOf(start, result.wallClockSeconds) }),
    ...(untilError === undefined ? {} : { precision: precisionOf(result, untilError) }),
  }
}

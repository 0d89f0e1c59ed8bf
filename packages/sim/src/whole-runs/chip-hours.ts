/** Chip-hours of a published run: what is not published and what fails drawn, then the gap of production on top. */

import { type Estimate, estimate, type Scenario, trainerPool } from '@walltime/core'
import { type GapConstants, gapLaw, runScenarios, type WholeRun } from '@walltime/core/validate'
import { type Uncertain, valueAt } from '@walltime/hardware'
import { type Distribution, QUANTILES, type QuantileName, quantile } from '../distribution.ts'
import { normalQuantile } from '../normal-quantile.ts'
import { simulate } from '../simulate.ts'
import { SimulationError } from '../simulation-error.ts'

export interface RunOptions {
  /** Trials of a run, shared by the draws of what it leaves open. Default 480. */
  readonly trials?: number
  /** Default 'walltime'. */
  readonly seed?: string | number
}

/** 5 %, 50 % and 95 % quantiles, in chip-hours. */
export interface Interval {
  readonly p5: number
  readonly p50: number
  readonly p95: number
}

/** A run as it would go at benchmark steps: equally likely chip-hours, rising. */
export interface BenchmarkRun {
  readonly chipHours: Float64Array
  readonly interval: Interval
  readonly origin: string
  readonly tokensPerParameter: number
}

export type BenchmarkResult =
  | { readonly ok: true; readonly run: BenchmarkRun }
  | { readonly ok: false; readonly reason: string }

const DEFAULT_TRIALS = 480
const FEWEST_TRIALS = 40
/** Values by which a distribution is carried on: the middles of as many equal shares. */
const POINTS = 32
const MIDDLES = Array.from({ length: POINTS }, (_, i) => normalQuantile((i + 0.5) / POINTS))
const HOUR = 3600

const NAMES = Object.keys(QUANTILES) as readonly QuantileName[]
const SCORES = NAMES.map((name) => normalQuantile(QUANTILES[name]))

/** Value of a distribution at a normal score: between its quantiles linear in score and logarithm, beyond them likewise. */
function valueAtScore(distribution: Distribution, z: number): number {
  const above = SCORES.findIndex((score) => score >= z)
  const i = Math.min(Math.max(above === -1 ? SCORES.length - 1 : above, 1), SCORES.length - 1)
  const [left, right] = [SCORES[i - 1] as number, SCORES[i] as number]
  const low = Math.log(distribution[NAMES[i - 1] as QuantileName])
  const high = Math.log(distribution[NAMES[i] as QuantileName])
  return Math.exp(low + ((high - low) * (z - left)) / (right - left))
}

function intervalOf(sorted: Float64Array): Interval {
  return { p5: quantile(sorted, 0.05), p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) }
}

async function scenarioChipHours(
  scenario: Scenario,
  trials: number,
  seed: string | number,
): Promise<readonly number[]> {
  const answer: Estimate = estimate(scenario)
  const { wallClockSeconds } = await simulate(scenario, { trials, seed, estimate: answer })
  const { chips } = trainerPool(scenario)
  return MIDDLES.map((z) => (valueAtScore(wallClockSeconds, z) * chips) / HOUR)
}

/** A run at benchmark steps with failures, restarts and checkpoints, without the gap. */
export async function benchmarkRun(run: WholeRun, options: RunOptions = {}): Promise<BenchmarkResult> {
  const read = runScenarios(run)
  if (!read.ok) return read
  const trials = Math.max(FEWEST_TRIALS, Math.round((options.trials ?? DEFAULT_TRIALS) / read.scenarios.length))
  const values: number[] = []
  try {
    for (const scenario of read.scenarios) {
      values.push(...(await scenarioChipHours(scenario, trials, options.seed ?? 'walltime')))
    }
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error
    return { ok: false, reason: error.message }
  }
  const { origin, tokensPerParameter } = read
  const chipHours = Float64Array.from(values).sort()
  return { ok: true, run: { chipHours, interval: intervalOf(chipHours), origin, tokensPerParameter } }
}

/** Quantiles of a run's chip-hours times a law. */
function timesLaw({ chipHours }: Pick<BenchmarkRun, 'chipHours'>, law: Uncertain): Interval {
  const factors = MIDDLES.map((z) => valueAt(law, z))
  const products = new Float64Array(chipHours.length * POINTS)
  for (const [i, hours] of chipHours.entries()) {
    for (const [j, factor] of factors.entries()) products[i * POINTS + j] = hours * factor
  }
  return intervalOf(products.sort())
}

/** Predicted chip-hours of a run, the gap included. */
export function productionChipHours(run: BenchmarkRun, constants: GapConstants): Interval {
  return timesLaw(run, gapLaw(run.tokensPerParameter, constants))
}

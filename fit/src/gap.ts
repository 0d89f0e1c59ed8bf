/** The fit of what production runs pay over benchmark steps: two constants and a spread, and each run left out in turn. */

import { type GapConstants, overtraining, quantile } from '@walltime/core/validate'
import { Z95 } from '@walltime/hardware'

/** One run as the fit sees it. */
export interface GapPoint {
  readonly tokensPerParameter: number
  /** Logarithm of published over predicted chip-hours, the prediction's median without a gap. */
  readonly residual: number
  /** Standard deviation of the logarithm of the prediction without a gap. */
  readonly spread: number
}

export interface GapFit {
  readonly constants: GapConstants
  /** By run: constants fitted without it. */
  readonly left: readonly GapConstants[]
  /** Standard errors of the logarithm of `atOptimum` and of `overtraining`. */
  readonly errors: { readonly atOptimum: number; readonly overtraining: number }
}

interface Line {
  readonly intercept: number
  readonly slope: number
}

/** Share of runs that intervals are to hold. */
const COVERED = 0.9
const DIGITS = 4

/** What a gap may depend on, in the place of overtraining. */
export interface Covariate<Point> {
  readonly name: string
  readonly of: (point: Point) => number
}

/** What the gap depends on: the best left out of those tried. */
export const KEPT: Covariate<GapPoint> = {
  name: 'tokens per parameter over 20',
  of: ({ tokensPerParameter }) => overtraining(tokensPerParameter),
}

const deviation = <P extends GapPoint>(point: P, { intercept, slope }: Line, { of }: Covariate<P>): number =>
  point.residual - intercept - slope * of(point)

function without<T>(items: readonly T[], index: number): readonly T[] {
  return items.filter((_, i) => i !== index)
}

/** The line of least absolute deviations: one such goes through two of the points, or is flat through one. */
function leastAbsolute<P extends GapPoint>(points: readonly P[], covariate: Covariate<P>): Line {
  const { of } = covariate
  const lines = points.flatMap((one, i): Line[] => [
    { intercept: one.residual, slope: 0 },
    ...points.slice(i + 1).flatMap((other) => {
      const slope = (other.residual - one.residual) / (of(other) - of(one))
      return Number.isFinite(slope) ? [{ intercept: one.residual - slope * of(one), slope }] : []
    }),
  ])
  const cost = (line: Line) => points.reduce((sum, point) => sum + Math.abs(deviation(point, line, covariate)), 0)
  const [first, ...others] = lines.map((line) => ({ line, cost: cost(line) }))
  if (first === undefined) throw new Error('no runs to fit the gap to')
  return others.reduce((best, one) => (one.cost < best.cost - 1e-12 ? one : best), first).line
}

/** Median of |predicted/published - 1| over points, each with the line of the others: how a covariate is judged. */
export function leftOutError<P extends GapPoint>(points: readonly P[], covariate: Covariate<P>): number {
  const errors = points.map((point, i) => {
    const off = deviation(point, leastAbsolute(without(points, i), covariate), covariate)
    return Math.abs(Math.exp(-off) - 1)
  })
  return quantile(errors, 0.5)
}

/** The spread beside the prediction's own under which intervals of the runs, each left out, hold nine tenths of them. */
function sigmaOf(points: readonly GapPoint[]): number {
  const judged = points.map((point, i) => ({
    point,
    off: Math.abs(deviation(point, leastAbsolute(without(points, i), KEPT), KEPT)) / Z95,
  }))
  // The spread at which a run's deviation lies on the edge of its interval.
  const edges = judged.map(({ point, off }) => Math.sqrt(Math.max(0, off ** 2 - point.spread ** 2)))
  return quantile(edges, COVERED)
}

const round = (value: number): number => Number(value.toPrecision(DIGITS))

function constantsOf(points: readonly GapPoint[]): GapConstants {
  const { intercept, slope } = leastAbsolute(points, KEPT)
  return { atOptimum: round(Math.exp(intercept)), overtraining: round(slope), sigma: round(sigmaOf(points)) }
}

/** Standard error of a median over that of a mean, where deviations are normal. */
const MEDIAN_OVER_MEAN = Math.sqrt(Math.PI / 2)

/** Asymptotic standard errors of the line of least absolute deviations (Bassett and Koenker 1978) with deviations of a spread. */
function errorsOf(points: readonly GapPoint[], sigma: number): GapFit['errors'] {
  const values = points.map(KEPT.of)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const unit = MEDIAN_OVER_MEAN * sigma
  return {
    atOptimum: unit * Math.sqrt(1 / values.length + mean ** 2 / squares),
    overtraining: unit / Math.sqrt(squares),
  }
}

/** Fits the gap to runs. Deterministic. */
export function fitGap(points: readonly GapPoint[]): GapFit {
  const constants = constantsOf(points)
  return {
    constants,
    left: points.map((_, i) => constantsOf(without(points, i))),
    errors: errorsOf(points, constants.sigma),
  }
}

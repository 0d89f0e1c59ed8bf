/** Fit of the free constants to measured steps: robust, with priors, on logarithms. */

import { solveSymmetric } from './linear.ts'

/** One measured step as the fit sees it. */
export interface FitRow {
  readonly cell: string
  readonly collection: string
  readonly chip: string
  readonly measured: number
  /** Of its cell: below 1 where runs are noisy. */
  readonly weight: number
  /** Predicted seconds at the constants' values. */
  readonly seconds: (values: Float64Array) => number
}

export interface FreeConstants {
  readonly names: readonly string[]
  readonly prior: Float64Array
  /** Standard deviations of the priors' logarithms. */
  readonly spread: Float64Array
  readonly most: Float64Array
}

/** Log residual of one row that counts as one standard deviation: what repeated runs and unstated fields leave. */
const NOISE = 0.03

/** Log residual below which the loss is square rather than absolute. */
const SQUARE = 0.02

/** Log step of the finite differences: wide enough to see past the corners of maxima and overlaps. */
const DIFFERENCE = 0.03

/** Most that a constant moves in one iteration, in its logarithm. */
const STRIDE = 0.4

export interface StepProblem<R extends FitRow = FitRow> {
  readonly rows: readonly R[]
  readonly free: FreeConstants
  /** By row: one over the rows of its cell. */
  readonly weights: Float64Array
}

export function stepProblem<R extends FitRow>(rows: readonly R[], free: FreeConstants): StepProblem<R> {
  const members = new Map<string, number>()
  for (const { cell } of rows) members.set(cell, (members.get(cell) ?? 0) + 1)
  return { rows, free, weights: Float64Array.from(rows, ({ cell, weight }) => weight / (members.get(cell) ?? 1)) }
}

/** Log of predicted over measured, by row. */
export function residuals({ rows }: StepProblem, values: Float64Array, use?: (row: number) => boolean): Float64Array {
  return Float64Array.from(rows, (row, i) =>
    use === undefined || use(i) ? Math.log(row.seconds(values) / row.measured) : Number.NaN,
  )
}

function values(theta: Float64Array): Float64Array {
  return theta.map(Math.exp)
}

/** Derivatives of the residuals by the constants' logarithms: one column a constant. */
export function slopes(
  problem: StepProblem,
  theta: Float64Array,
  base: Float64Array,
  known?: readonly Float64Array[],
): readonly Float64Array[] {
  return problem.free.names.map((_, c) => {
    const before = known?.[c]
    const limit = Math.log(problem.free.most[c] as number)
    const step = (theta[c] as number) + DIFFERENCE > limit ? -DIFFERENCE : DIFFERENCE
    const moved = theta.slice()
    moved[c] = (moved[c] as number) + step
    // Most constants touch few rows: those of a chip or a stack.
    const touched = before === undefined ? undefined : (i: number) => before[i] !== 0
    return residuals(problem, values(moved), touched).map((r, i) =>
      Number.isNaN(r) ? 0 : (r - (base[i] as number)) / step,
    )
  })
}

function loss(problem: StepProblem, theta: Float64Array, r: Float64Array, use: (row: number) => boolean): number {
  let sum = 0
  for (let i = 0; i < r.length; i++) {
    if (use(i))
      sum += ((problem.weights[i] as number) * SQUARE * (Math.hypot(1, (r[i] as number) / SQUARE) - 1)) / NOISE
  }
  const { prior, spread } = problem.free
  for (let c = 0; c < theta.length; c++) {
    sum += 0.5 * (((theta[c] as number) - Math.log(prior[c] as number)) / (spread[c] as number)) ** 2
  }
  return sum
}

/** One Gauss-Newton step on reweighted squares. */
function gaussNewton(
  problem: StepProblem,
  theta: Float64Array,
  r: Float64Array,
  columns: readonly Float64Array[],
  use: (row: number) => boolean,
): { readonly step: Float64Array; readonly normal: Float64Array } {
  const n = theta.length
  const normal = new Float64Array(n * n)
  const gradient = new Float64Array(n)
  for (let i = 0; i < r.length; i++) {
    if (!use(i)) continue
    const weight = (problem.weights[i] as number) / (NOISE * SQUARE * Math.hypot(1, (r[i] as number) / SQUARE))
    for (let a = 0; a < n; a++) {
      const left = weight * ((columns[a] as Float64Array)[i] as number)
      if (left === 0) continue
      gradient[a] = (gradient[a] as number) + left * (r[i] as number)
      for (let b = 0; b < n; b++) {
        normal[a * n + b] = (normal[a * n + b] as number) + left * ((columns[b] as Float64Array)[i] as number)
      }
    }
  }
  for (let a = 0; a < n; a++) {
    const precision = 1 / (problem.free.spread[a] as number) ** 2
    normal[a * n + a] = (normal[a * n + a] as number) + precision
    gradient[a] =
      (gradient[a] as number) + precision * ((theta[a] as number) - Math.log(problem.free.prior[a] as number))
  }
  return { step: solveSymmetric(normal, gradient, n), normal }
}

function moved(free: FreeConstants, theta: Float64Array, step: Float64Array, share: number): Float64Array {
  return theta.map((value, c) => {
    const by = Math.max(-STRIDE, Math.min(STRIDE, share * (step[c] as number)))
    return Math.min(Math.log(free.most[c] as number), value - by)
  })
}

export interface StepFit {
  /** Logarithms of the constants. */
  readonly theta: Float64Array
  /** Standard deviations of the logarithms. */
  readonly spread: Float64Array
  readonly residuals: Float64Array
  readonly columns: readonly Float64Array[]
}

const always = () => true

/** Fits all constants on all rows, from `start` (logarithms). Deterministic. */
export function fitSteps(problem: StepProblem, start: Float64Array, iterations = 12): StepFit {
  let theta = start
  let r = residuals(problem, values(theta))
  let best = loss(problem, theta, r, always)
  let columns = slopes(problem, theta, r)
  for (let iteration = 0; iteration < iterations; iteration++) {
    const { step } = gaussNewton(problem, theta, r, columns, always)
    let gain = 0
    for (let share = 1; share > 0.05; share /= 2) {
      const next = moved(problem.free, theta, step, share)
      const own = residuals(problem, values(next))
      const value = loss(problem, next, own, always)
      if (value < best) {
        gain = best - value
        ;[theta, r, best] = [next, own, value]
        break
      }
    }
    if (gain === 0) break
    columns = slopes(problem, theta, r, columns)
    if (gain < 1e-3) break
  }
  columns = slopes(problem, theta, r)
  const { normal } = gaussNewton(problem, theta, r, columns, always)
  return { theta, spread: deviations(normal, theta.length), residuals: r, columns }
}

/** Square roots of the diagonal of the inverse. */
function deviations(normal: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, c) => {
    const unit = new Float64Array(n)
    unit[c] = 1
    return Math.sqrt(solveSymmetric(normal, unit, n)[c] as number)
  })
}

/** Rows judged together without having been seen: a collection, or a cell where its chip has no other collection. */
export function leftOutSets(rows: readonly FitRow[]): readonly (readonly number[])[] {
  const collections = new Map<string, Set<string>>()
  for (const { chip, collection } of rows) {
    collections.set(chip, (collections.get(chip) ?? new Set()).add(collection))
  }
  const sets = new Map<string, number[]>()
  rows.forEach(({ chip, collection, cell }, i) => {
    const key = (collections.get(chip)?.size ?? 0) > 1 ? `collection ${collection}` : `cell ${cell}`
    sets.set(key, [...(sets.get(key) ?? []), i])
  })
  return [...sets.values()]
}

/** Iterations of a fit without a set of rows, with the derivatives of the fit on all rows. */
const LEFT_OUT_ITERATIONS = 3

/**
 * Log residuals of every row under constants fitted without its set. A row whose chip has other collections is judged
 * without its whole collection, those of other chips included.
 */
export function leaveOut(problem: StepProblem, fit: StepFit): Float64Array {
  const out = new Float64Array(problem.rows.length)
  const collectionOf = (i: number) => (problem.rows[i] as FitRow).collection
  for (const set of leftOutSets(problem.rows)) {
    const first = set[0] as number
    const members = new Set(set)
    const cells = new Set(set.map((i) => (problem.rows[i] as FitRow).cell))
    const whole = cells.size > 1
    const use = (i: number) => (whole ? collectionOf(i) !== collectionOf(first) : !members.has(i))
    let theta = fit.theta
    let r = fit.residuals
    let best = loss(problem, theta, r, use)
    for (let iteration = 0; iteration < LEFT_OUT_ITERATIONS; iteration++) {
      const { step } = gaussNewton(problem, theta, r, fit.columns, use)
      let better = false
      for (let share = 1; share > 0.2 && !better; share /= 2) {
        const next = moved(problem.free, theta, step, share)
        const own = residuals(problem, values(next), use)
        const value = loss(problem, next, own, use)
        if (value < best) {
          ;[theta, r, best, better] = [next, own, value, true]
        }
      }
      if (!better) break
    }
    const v = values(theta)
    for (const i of set) {
      const row = problem.rows[i] as FitRow
      out[i] = Math.log(row.seconds(v) / row.measured)
    }
  }
  return out
}

/**
 * Log residuals with constant \`at\` held at \`value\` and the others fitted again with the derivatives of the whole fit:
 * what the model is without the constant's term.
 */
export function withoutConstant(problem: StepProblem, fit: StepFit, at: number, value: number): Float64Array {
  const fixed = fit.theta.slice()
  fixed[at] = Math.log(value)
  const spread = problem.free.spread.slice()
  const prior = problem.free.prior.slice()
  spread[at] = 1e-6
  prior[at] = value
  const held: StepProblem = { ...problem, free: { ...problem.free, prior, spread } }
  let theta: Float64Array = fixed
  let r = residuals(held, values(theta))
  let best = loss(held, theta, r, always)
  for (let iteration = 0; iteration < LEFT_OUT_ITERATIONS; iteration++) {
    const { step } = gaussNewton(held, theta, r, fit.columns, always)
    const next = moved(held.free, theta, step, 1)
    const own = residuals(held, values(next))
    const cost = loss(held, next, own, always)
    if (cost >= best) break
    ;[theta, r, best] = [next, own, cost]
  }
  return r
}

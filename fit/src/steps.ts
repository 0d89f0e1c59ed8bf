/** The fit of the free constants to the rows that ship: constants, residuals with and without each collection, regions. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Calibration,
  quantile,
  REGIONS,
  type Region,
  type Row,
  readRows,
  regionOfRow,
  rowSeconds,
  type Validation,
  validateRows,
} from '@walltime/core/validate'
import { STEP_CONSTANTS } from './step-constants.ts'
import {
  type FitRow,
  fitSteps,
  leaveOut,
  residuals,
  type StepFit,
  type StepProblem,
  stepProblem,
  withoutConstant,
} from './step-fit.ts'

/** Weight of cells of runs that repeat within no better than a factor of several. */
const NOISY: Readonly<Record<string, number>> = { nanotron: 0.3 }

export interface JudgedRow extends FitRow {
  readonly row: Row
}

export interface StepsFit {
  readonly names: readonly (keyof Calibration)[]
  readonly problem: StepProblem<JudgedRow>
  readonly fit: StepFit
  /** Log residuals under constants fitted without the row's collection, or its cell. */
  readonly left: Float64Array
  /** By constant: residuals with the constant at what it is without its term, the others fitted again. */
  readonly without: readonly { readonly name: keyof Calibration; readonly residuals: Float64Array }[]
  readonly regions: Readonly<Record<Region, RegionSpread>>
}

export interface RegionSpread {
  /** Half-width of the 90 % interval, in the logarithm. */
  readonly half: number
  readonly rows: number
  readonly cells: number
}

const DATA = new URL('../../data/validation/', import.meta.url)

export function readShipped(name: 'rows' | 'grids'): readonly Row[] {
  const read = readRows(JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.json`, DATA)), 'utf8')))
  if (!read.ok) throw new Error(`data/validation/${name}.json does not read`)
  return read.rows
}

function judged(row: Row, cell: string): readonly JudgedRow[] {
  const seconds = rowSeconds(row)
  const measured = row.measured.stepSeconds
  if (seconds === null || measured == null) return []
  const { collection } = row
  return [
    {
      row,
      cell,
      collection,
      chip: row.hardware.chip,
      measured,
      weight: NOISY[collection] ?? 1,
      seconds: (values) => seconds(calibrationOf(values)),
    },
  ]
}

const NAMES = Object.keys(STEP_CONSTANTS) as (keyof Calibration)[]

/** The constants as the model reads them. */
export function calibrationOf(values: Float64Array): Calibration {
  return Object.fromEntries(NAMES.map((name, i) => [name, values[i] as number])) as Calibration
}

/** Rows of steps, then those of grids that ran, each grid a cell. */
export function stepRows(): readonly JudgedRow[] {
  return [
    ...readShipped('rows').flatMap((row) => judged(row, row.cell)),
    ...readShipped('grids').flatMap((row) => judged(row, row.grid ?? row.cell)),
  ]
}

const constantOf = (name: keyof Calibration) => STEP_CONSTANTS[name]

/** Fits everything. Deterministic: the same rows and kernels give the same constants. */
export function fitShipped(progress: (step: string) => void): StepsFit {
  const rows = stepRows()
  const column = (value: (name: keyof Calibration) => number) => Float64Array.from(NAMES, value)
  const problem = stepProblem(rows, {
    names: NAMES,
    prior: column((name) => constantOf(name).prior),
    spread: column((name) => constantOf(name).spread),
    most: column((name) => constantOf(name).most ?? Number.POSITIVE_INFINITY),
  })
  progress('steps')
  const fit = rounded(problem, fitSteps(problem, problem.free.prior.map(Math.log)))
  progress('steps without each collection')
  const left = leaveOut(problem, fit)
  progress('steps without each term')
  const without = NAMES.flatMap((name, i) => {
    const value = constantOf(name).without
    return value === undefined ? [] : [{ name, residuals: withoutConstant(problem, fit, i, value) }]
  })
  return { names: NAMES, problem, fit, left, without, regions: regionSpreads(rows, left) }
}

/** The fit at the constants as they are written down. */
function rounded(problem: StepProblem<JudgedRow>, fit: StepFit): StepFit {
  const theta = fit.theta.map((value) => Math.log(Number(Math.exp(value).toPrecision(FITTED_DIGITS))))
  return { ...fit, theta, residuals: residuals(problem, theta.map(Math.exp)) }
}

/** Digits of a constant in core's source. */
export const FITTED_DIGITS = 3

/** Interval that a region's rows ask for, shrunk towards all rows': a few rows of one collection prove little. */
const SHRINK_CELLS = 1
/** Of the rows that a region's interval holds: 90 % less than one standard error of a share of 538 rows (1.3 points). */
const LEVEL = 0.89

function regionSpreads(rows: readonly JudgedRow[], left: Float64Array): Readonly<Record<Region, RegionSpread>> {
  const single = rows.flatMap(({ row }, i) => (row.grid == null ? [i] : []))
  const half = (members: readonly number[]) =>
    quantile(
      members.map((i) => Math.abs(left[i] as number)),
      LEVEL,
    )
  const all = half(single)
  return Object.fromEntries(
    REGIONS.map((region) => {
      const members = single.filter((i) => regionOfRow((rows[i] as JudgedRow).row) === region)
      const cells = new Set(members.map((i) => (rows[i] as JudgedRow).cell)).size
      const own = members.length === 0 ? all : half(members)
      return [
        region,
        { half: (own * cells + all * SHRINK_CELLS) / (cells + SHRINK_CELLS), rows: members.length, cells },
      ]
    }),
  ) as Record<Region, RegionSpread>
}

/** What validate says of rows and grids with the fitted constants. */
export function validateFit({ fit }: StepsFit): Validation {
  const calibration = calibrationOf(fit.theta.map(Math.exp))
  return validateRows([...readShipped('rows'), ...readShipped('grids')], { calibration })
}

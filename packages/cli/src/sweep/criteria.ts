import type { PointEstimate, PointSetting } from '@walltime/core'
import {
  compileCondition,
  compileNumber,
  DISTRIBUTION_PATHS,
  ESTIMATE_PATHS,
  type Expression,
  type ExpressionType,
  type ExpressionValue,
  moreIsBetter,
  POINT_PATHS,
  type RefusedExpression,
  resultReader,
  SCENARIO_READINGS,
} from '@walltime/core/expression'
import { UserError } from '../user-error.ts'
import type { Axis } from './vary.ts'

/** What a point came to: its results, the scenario that they are of, and its varied values. */
export interface Outcome {
  readonly results: PointEstimate
  readonly setting: PointSetting
  readonly values: readonly unknown[]
}

/** `--where` and `--objective`, compiled. */
export interface Criteria {
  /** Whether a point is kept. */
  readonly keeps: (outcome: Outcome) => boolean
  readonly where: string | undefined
  readonly objective: Objective
  /** They read more of an estimate than a point of a compiled scenario has. */
  readonly wantsWhole: boolean
}

export interface Objective {
  readonly text: string
  /** The user gave it: it has a column. */
  readonly given: boolean
  readonly highest: boolean
  readonly of: (outcome: Outcome) => number
}

type Reader = (outcome: Outcome) => ExpressionValue

/** Compiles the expressions of a sweep over the paths that its rows have. */
export function compileCriteria(
  where: string | undefined,
  objective: string | undefined,
  axes: readonly Axis[],
  simulated: boolean,
): Criteria {
  const readers = readersOf(axes)
  const known = new Map<string, ExpressionType>([
    ...axes.map(({ name, type }) => [name, type] as const),
    ...[...SCENARIO_READINGS].map(([path, { type }]) => [path, type] as const),
    ...ESTIMATE_PATHS,
    ...(simulated ? DISTRIBUTION_PATHS : []),
  ])
  const text = objective ?? (simulated ? 'wallClockSeconds.p50' : 'step.seconds')
  const kept = where === undefined ? undefined : accepted('--where', where, compileCondition(where, { known }))
  const best = accepted('--objective', text, compileNumber(text, { known }))
  const paths = [...(kept?.paths ?? []), ...best.paths]
  return {
    where,
    keeps: kept === undefined ? () => true : bound(kept, readers),
    objective: { text, given: objective !== undefined, highest: moreIsBetter(text), of: bound(best, readers) },
    wantsWhole: paths.some((path) => ESTIMATE_PATHS.has(path) && !POINT_PATHS.has(path)),
  }
}

function accepted<T extends ExpressionValue>(
  option: string,
  text: string,
  compiled: Expression<T> | RefusedExpression,
): Expression<T> {
  if (compiled.ok) return compiled
  throw new UserError(
    compiled.issues.map(({ code, message, column }) => {
      const simulated = [...DISTRIBUTION_PATHS.keys()].find((path) => message.startsWith(`unknown path "${path}"`))
      const hint = simulated === undefined ? message : `${simulated} is simulated; add --with simulate`
      return { code, message: `${hint} (column ${column})`, option: `${option} ${JSON.stringify(text)}` }
    }),
  )
}

/** Readers by path: resolved values of the scenario before those as written, results last. */
function readersOf(axes: readonly Axis[]): (path: string) => Reader {
  return (path) => {
    const scenario = SCENARIO_READINGS.get(path)
    if (scenario !== undefined) return ({ setting }) => scenario.of(setting)
    const axis = axes.findIndex(({ name }) => name === path)
    if (axis >= 0) return ({ values }) => values[axis] as ExpressionValue
    const read = resultReader(path)
    return ({ results }) => read(results)
  }
}

/** An expression over an outcome: each of its paths has its reader from the start. */
function bound<T extends ExpressionValue>(
  expression: Expression<T>,
  readerOf: (path: string) => Reader,
): (outcome: Outcome) => T {
  const readers = new Map(expression.paths.map((path) => [path, readerOf(path)]))
  let outcome: Outcome
  const get = (path: string) => readers.get(path)?.(outcome) ?? Number.NaN
  return (of) => {
    outcome = of
    return expression.evaluate(get)
  }
}

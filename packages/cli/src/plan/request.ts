import {
  type Found,
  followsTime,
  formatPath,
  isLayoutPath,
  type LayoutReader,
  layoutReaders,
  PLAN_RESULTS,
  type PlanChoices,
  type PlanCondition,
  readChoices,
  type Scenario,
  type SearchOptions,
} from '@walltime/core'
import {
  compileCondition,
  compileNumber,
  type Expression,
  type ExpressionValue,
  moreIsBetter,
  type RefusedExpression,
  SCENARIO_READINGS,
} from '@walltime/core/expression'
import { readPath, readValue } from '../input/settings.ts'
import { splitList } from '../input/split-list.ts'
import { UserError } from '../user-error.ts'

export interface PlanOptions {
  readonly top?: number | undefined
  readonly objective?: string | undefined
  readonly where?: readonly string[] | undefined
  readonly choose?: readonly string[] | undefined
}

/** What is asked of a search, and in what words. */
export interface PlanRequest {
  readonly choices: PlanChoices
  readonly options: SearchOptions
  readonly objective: { readonly text: string; readonly highest: boolean; readonly value: (found: Found) => number }
}

/** Objectives by the names that people give them. */
const NAMED: Readonly<Record<string, string>> = { time: 'step.seconds', cost: 'costPerToken', energy: 'energyPerToken' }

const KNOWN = new Map([...[...SCENARIO_READINGS].map(([path, { type }]) => [path, type] as const), ...PLAN_RESULTS])

type Evaluator = Parameters<LayoutReader>[1]
type Layout = Parameters<LayoutReader>[0]

function accepted<T extends ExpressionValue>(
  option: string,
  text: string,
  compiled: Expression<T> | RefusedExpression,
): Expression<T> {
  if (compiled.ok) return compiled
  throw new UserError(
    compiled.issues.map(({ code, message, column }) => ({
      code,
      message: `${message} (column ${column})`,
      option: `${option} ${JSON.stringify(text)}`,
    })),
  )
}

/** An expression over layouts: each of its paths has its reader from the start. */
function bound<T extends ExpressionValue>(
  expression: Expression<T>,
  readerOf: (path: string) => LayoutReader,
): (layout: Layout, evaluator: Evaluator) => T {
  const readers = new Map(expression.paths.map((path) => [path, readerOf(path)]))
  let of: { readonly layout: Layout; readonly evaluator: Evaluator }
  const get = (path: string) => readers.get(path)?.(of.layout, of.evaluator) ?? Number.NaN
  return (layout, evaluator) => {
    of = { layout, evaluator }
    return expression.evaluate(get)
  }
}

/** `PATH=a,b,c` of each `--choose`: what an axis may be. */
function chosen(texts: readonly string[]): PlanChoices {
  const lists: Record<string, readonly unknown[]> = {}
  const options = new Map<string, string>()
  for (const text of texts) {
    const refuse = (message: string) => new UserError([{ code: 'option.choose', option: `--choose ${text}`, message }])
    const equals = text.indexOf('=')
    if (equals < 0) throw refuse('no "="; write PATH=a,b,c, such as parallelism.tp=1,2,4,8')
    const path = readPath('--choose', text, text.slice(0, equals).trim())
    const [section, axis] = path
    if (section !== 'parallelism' || typeof axis !== 'string' || path.length !== 2)
      throw refuse('a plan chooses fields of parallelism, such as parallelism.tp=1,2,4,8')
    if (axis in lists) throw refuse(`parallelism.${axis} is given twice; put its values in one list`)
    lists[axis] = splitList(text.slice(equals + 1)).map((item) => readValue('--choose', text, item))
    options.set(axis, text)
  }
  const choices = readChoices(lists)
  if (!Array.isArray(choices)) return choices as PlanChoices
  throw new UserError(
    choices.map(({ code, path, message }) => ({
      ...{ code, message, path: formatPath(path) },
      option: `--choose ${options.get(String(path[1])) ?? ''}`,
    })),
  )
}

/** What the options ask of a search over a scenario's layouts. Everything is checked before anything is searched. */
export function readRequest(scenario: Scenario, options: PlanOptions, top: number): PlanRequest {
  const readerOf = layoutReaders(scenario)
  const given = options.objective?.trim() ?? 'time'
  const text = NAMED[given] ?? given
  const expression = accepted('--objective', text, compileNumber(text, { known: KNOWN }))
  const objective = bound(expression, readerOf)
  const highest = moreIsBetter(text)
  const conditions = (options.where ?? []).map((where): PlanCondition => {
    const condition = accepted('--where', where, compileCondition(where, { known: KNOWN }))
    return { reason: where, ofLayout: condition.paths.every(isLayoutPath), holds: bound(condition, readerOf) }
  })
  return {
    choices: chosen(options.choose ?? []),
    options: {
      top,
      conditions,
      ...(followsTime(text)
        ? {}
        : { objective: (layout: Layout, evaluator: Evaluator) => (highest ? -1 : 1) * objective(layout, evaluator) }),
    },
    objective: { text, highest, value: ({ objective: value }) => (highest && !followsTime(text) ? -value : value) },
  }
}

import {
  compilePoints,
  estimate,
  formatPath,
  type ParsedText,
  type PointChanges,
  PointEvaluator,
  type Profiles,
  pointField,
  readPointValue,
  readScenarioData,
  type Scenario,
  setPath,
} from '@walltime/core'
import { settingOf } from '@walltime/core/expression'
import type { Issue } from '@walltime/hardware'
import { type Mistake, UserError } from '../user-error.ts'
import type { Outcome } from './criteria.ts'
import type { Axis } from './vary.ts'

/** The scenario that a sweep varies: read once. */
export interface SweepBase {
  readonly file: string
  readonly parsed: ParsedText
  /** The text's data with `--set` applied. */
  readonly data: unknown
  readonly profiles: Profiles
  /** Texts of the files that it names. */
  readonly files: ReadonlyMap<string, string>
}

/** A point's results, why its layout was refused, or what is wrong with it. */
export type PointResult =
  | { readonly kind: 'done'; readonly outcome: Outcome }
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'failed'; readonly error: string }

/** What another point of the grid makes good: a counted refusal. */
const REFUSAL = /^(?:layout\.|training\.precision$)/

/** Values of one path that are checked one by one before anything runs; of a longer range those spread over it. */
const MOST_CHECKED = 200

/** Reads the scenario with each value of each path by itself: what is wrong with one ends the sweep before it begins. */
export function checkAxes(base: SweepBase, axes: readonly Axis[]): void {
  for (const axis of axes) {
    const count = Math.min(Math.max(axis.count, 2), MOST_CHECKED)
    for (let i = 0; i < count; i++) {
      const share = i / (count - 1 || 1)
      const value = axis.count === 0 ? axis.draw(share) : axis.at(Math.round(share * (axis.count - 1)))
      const fatal = issuesOfValue(base, axis, value)
      if (fatal.length > 0) throw new UserError(fatal.map((issue) => mistakeOf(axis, value, issue)))
    }
  }
}

/** Reads a scenario for its mistakes alone: no layout is checked, or searched where it is auto. */
function readSound(base: SweepBase, data: unknown): Scenario | readonly Issue[] {
  return readScenarioData(data, base.profiles, base.files, true)
}

/** What is wrong with a value of a path, whatever stands at the others. */
function issuesOfValue(base: SweepBase, axis: Axis, value: unknown): readonly Issue[] {
  const field = pointField(axis.path)
  const read = field === undefined ? [] : readPointValue(field, value)
  if (isIssues(read) && read.length > 0) return read
  const scenario = readSound(base, setPath(base.data, axis.path, value))
  if (!isIssues(scenario)) return []
  return scenario.filter(
    ({ code, path }) =>
      !REFUSAL.test(code) && axis.path.every((step, k) => path[k] === undefined || String(path[k]) === String(step)),
  )
}

function mistakeOf(axis: Axis, value: unknown, issue: Issue): Mistake {
  const { code, message } = issue
  return { code, message, path: formatPath(issue.path), option: `--vary ${axis.name}=${JSON.stringify(value)}` }
}

/** The scenario as it stands must be sound but for its layout and for what is varied. */
export function checkBase(base: SweepBase, axes: readonly Axis[]): void {
  const scenario = readSound(base, base.data)
  if (!isIssues(scenario)) return
  const own = scenario.filter(
    ({ code, path }) =>
      !REFUSAL.test(code) &&
      !axes.some((axis) => axis.path.every((step, k) => path[k] === undefined || String(path[k]) === String(step))),
  )
  if (own.length === 0) return
  throw new UserError(
    own.map(({ code, message, path }) => ({
      ...{ code, message, path: formatPath(path), file: base.file },
      ...base.parsed.position(path, code.endsWith('.key')),
    })),
  )
}

function isIssues<T extends object>(value: T | readonly Issue[]): value is readonly Issue[] {
  return Array.isArray(value)
}

function notDone(base: SweepBase, issues: readonly Issue[]): PointResult {
  const fatal = issues.find((issue) => !REFUSAL.test(issue.code))
  if (fatal === undefined) return { kind: 'refused', code: issues[0]?.code ?? 'layout' }
  const path = formatPath(fatal.path)
  return { kind: 'failed', error: `${path === '' ? base.file : path}: ${fatal.message}` }
}

/** The scenario of a point, whole; issues where it has none. */
export function scenarioAt(
  base: SweepBase,
  axes: readonly Axis[],
  values: readonly unknown[],
): Scenario | readonly Issue[] {
  return readScenarioData(pointData(base, axes, values), base.profiles, base.files)
}

function pointData(base: SweepBase, axes: readonly Axis[], values: readonly unknown[]): unknown {
  return axes.reduce((all, axis, i) => setPath(all, axis.path, values[i]), base.data)
}

/** Estimates a point from its whole scenario. */
export function estimateWhole(base: SweepBase, axes: readonly Axis[], values: readonly unknown[]): PointResult {
  const scenario = scenarioAt(base, axes, values)
  if (isIssues(scenario)) return notDone(base, scenario)
  return { kind: 'done', outcome: { results: estimate(scenario), setting: settingOf(scenario), values } }
}

/** Compiled scenarios that are kept: the tables of one take some 100 KB. */
const MOST_COMPILED = 1000

/** A path that a compiled scenario can change, and its values as read before. */
interface FastAxis {
  readonly index: number
  readonly field: NonNullable<ReturnType<typeof pointField>>
  readonly read: Map<unknown, ReturnType<typeof readPointValue>>
}

/**
 * Estimates points: one scenario is compiled for each combination of the values that change more than layout, batch and
 * tokens, and serves all points that share them.
 */
export function pointEstimator(base: SweepBase, axes: readonly Axis[]): (values: readonly unknown[]) => PointResult {
  const fast = axes.flatMap((axis, index): FastAxis[] => {
    const field = pointField(axis.path)
    return field === undefined ? [] : [{ index, field, read: new Map() }]
  })
  const slow = axes.map((_, a) => a).filter((a) => !fast.some(({ index }) => index === a))
  const compiled = new Map<string, PointEvaluator>()
  let last: { readonly key: string; readonly points: PointEvaluator } | undefined

  const find = (values: readonly unknown[]): PointEvaluator | null | readonly Issue[] => {
    const key = slow.length === 0 ? '' : JSON.stringify(slow.map((a) => values[a]))
    if (last?.key === key) return last.points
    let points = compiled.get(key)
    if (points === undefined) {
      const made = compilePoints(pointData(base, axes, values), base.profiles, base.files)
      if (!(made instanceof PointEvaluator)) return made
      points = made
      const [oldest] = compiled.keys()
      if (compiled.size >= MOST_COMPILED && oldest !== undefined) compiled.delete(oldest)
      compiled.set(key, points)
    }
    last = { key, points }
    return points
  }

  return (values) => {
    const points = find(values)
    if (points === null) return estimateWhole(base, axes, values)
    if (isIssues(points)) return notDone(base, points)
    const changes: PointChanges = { parallelism: {}, training: {} }
    for (const { index, field, read } of fast) {
      const value = values[index]
      let found = read.get(value)
      if (found === undefined) {
        found = readPointValue(field, value)
        if (read.size < MOST_CHECKED) read.set(value, found)
      }
      if (isIssues(found)) return notDone(base, found)
      changes[field.section][field.field] = (found as { readonly value: unknown }).value
    }
    const point = points.evaluate(changes)
    if (point.ok) return { kind: 'done', outcome: { results: point.estimate, setting: point.setting, values } }
    if (REFUSAL.test(point.code)) return { kind: 'refused', code: point.code }
    return { kind: 'failed', error: point.message }
  }
}

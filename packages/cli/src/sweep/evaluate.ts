import {
  type Estimate,
  estimate,
  formatPath,
  type ParsedText,
  type Profiles,
  readScenarioData,
  setPath,
} from '@walltime/core'
import type { Issue } from '@walltime/hardware'
import { type Mistake, UserError } from '../user-error.ts'
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

/** A point's estimate, or why its layout was refused. */
export type PointResult =
  | { readonly ok: true; readonly estimate: Estimate }
  | { readonly ok: false; readonly reason: string }

/** What another point of the grid makes good: a counted refusal. Every other mistake ends the sweep. */
const REFUSAL = /^(?:layout\.|training\.precision$)/

/** Estimates one point. A combination that cannot be laid out is a result; a wrong value is a mistake. */
export function evaluatePoint(base: SweepBase, axes: readonly Axis[], values: readonly unknown[]): PointResult {
  const data = axes.reduce((all, axis, i) => setPath(all, axis.path, values[i]), base.data)
  const scenario = readScenarioData(data, base.profiles, base.files)
  if (!isIssues(scenario)) return { ok: true, estimate: estimate(scenario) }
  const fatal = scenario.filter((issue) => !REFUSAL.test(issue.code))
  if (fatal.length > 0) throw new UserError(fatal.map((issue) => locate(base, axes, values, issue)))
  return { ok: false, reason: scenario[0]?.code ?? 'layout' }
}

function isIssues<T extends object>(value: T | readonly Issue[]): value is readonly Issue[] {
  return Array.isArray(value)
}

function locate(base: SweepBase, axes: readonly Axis[], values: readonly unknown[], issue: Issue): Mistake {
  const a = axes.findLastIndex(({ path }) => path.every((step, i) => String(issue.path[i]) === String(step)))
  const common = { code: issue.code, message: issue.message, path: formatPath(issue.path) }
  const axis = axes[a]
  if (axis !== undefined) return { ...common, option: `--vary ${axis.name}=${JSON.stringify(values[a])}` }
  return { ...common, file: base.file, ...base.parsed.position(issue.path, issue.code.endsWith('.key')) }
}

/** From text to a scenario: the only way in. */

import { type Issue, isRecord } from '@walltime/hardware'
import { checkLayout } from '../layout/check.ts'
import { layoutInput } from '../plan/layout-input.ts'
import { formatPath, type ParsedText, type Path, type Position, readText } from './document.ts'
import { type ScenarioInput, scenarioInput } from './input-schema.ts'
import { toIssues } from './object-schema.ts'
import { builtinProfiles, extendProfiles, isIssues, type Profiles } from './profiles.ts'
import { resolveScenario } from './resolve.ts'
import { phaseScenario, pilotScenario, type Scenario, type UncertainInput } from './scenario.ts'
import { type Setting, setPath } from './set-path.ts'
import { atQuantile, findSpreads } from './uncertain-inputs.ts'

/** One thing wrong with a scenario: what, where, and what would be right. */
export interface ScenarioIssue {
  readonly code: string
  readonly path: Path
  readonly message: string
  /** Where it stands in the text; absent where a setting or a profiles file is to blame. */
  readonly position?: Position
  /** The setting (`--set`) that is to blame. */
  readonly setting?: string
}

export interface ReadOptions {
  /** What ids can name; the built-in profiles unless given. */
  readonly profiles?: Profiles
  /** Replacements of values in the text, in order. */
  readonly settings?: readonly Setting[]
  /** Texts of the files that the scenario names (`namedFiles`), by the names it gives them. */
  readonly files?: ReadonlyMap<string, string>
  /** The layout is to be searched: the one in the file may break rules, and `auto` is left for later. */
  readonly anyLayout?: boolean
}

/** Issues that are told at once; a text with more has one cause. */
const MAX_ISSUES = 50

export type ReadResult =
  | { readonly ok: true; readonly scenario: Scenario; readonly data: unknown }
  | { readonly ok: false; readonly issues: readonly ScenarioIssue[] }

/** A scenario text that cannot be used. `issues` says everything that is wrong with it. */
export class ScenarioError extends Error {
  readonly issues: readonly ScenarioIssue[]

  constructor(issues: readonly ScenarioIssue[]) {
    super(issues.map(describeIssue).join('\n'))
    this.name = 'ScenarioError'
    this.issues = issues
  }
}

/** `line:column: path: message`. */
export function describeIssue(issue: ScenarioIssue): string {
  const where = issue.position === undefined ? '' : `${issue.position.line}:${issue.position.column}: `
  const path = formatPath(issue.path)
  const blame = issue.setting === undefined ? '' : ` (from ${issue.setting})`
  return `${where}${path === '' ? '' : `${path}: `}${issue.message}${blame}`
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.every((step, i) => String(path[i]) === String(step))
}

function locateIssue(issue: Issue, parsed: ParsedText, settings: readonly Setting[]): ScenarioIssue {
  const setting = settings.findLast((s) => startsWith(issue.path, s.path))
  if (setting !== undefined) return { ...issue, setting: setting.text }
  return { ...issue, position: parsed.position(issue.path, issue.code.endsWith('.key')) }
}

/** Layout rules that a pilot's own steps break. */
function checkMeasured(scenario: Scenario): readonly Issue[] {
  return scenario.measured.flatMap((step, i) =>
    checkLayout(pilotScenario(scenario, step)).map((issue) => ({ ...issue, path: ['measured', i, ...issue.path] })),
  )
}

/**
 * Reads the data of a scenario (a parsed file): checks every field, expands presets, checks the layout. A number of the
 * cluster, the software or a profile that is given by quantiles is read at its median, and once more at either end.
 */
export function readScenarioData(
  data: unknown,
  profiles: Profiles = builtinProfiles,
  files: ReadonlyMap<string, string> = new Map(),
  anyLayout = false,
): Scenario | readonly Issue[] {
  const spreads = findSpreads(data)
  const read = (at: unknown) => readPlain(at, profiles, files, anyLayout)
  const scenario = read(atQuantile(data, spreads))
  if (isIssues(scenario) || spreads.length === 0) return scenario
  // The layout found at the medians is that of the quantiles too.
  const placed = withFoundLayouts(data, scenario)
  const uncertainInputs: UncertainInput[] = []
  for (const spread of spreads) {
    const low = read(atQuantile(placed, spreads, spread, 'p5'))
    const high = read(atQuantile(placed, spreads, spread, 'p95'))
    if (isIssues(low)) return low
    if (isIssues(high)) return high
    uncertainInputs.push({ path: formatPath(spread.path), low, high })
  }
  return { ...scenario, uncertainInputs }
}

/** The data with the layouts that were found in place of `auto`. */
function withFoundLayouts(data: unknown, { phases }: Scenario): unknown {
  if (!isRecord(data) || data['parallelism'] !== 'auto') return data
  const layouts = phases.map(({ parallelism }) => layoutInput(parallelism))
  if (!Array.isArray(data['phases'])) return setPath(data, ['parallelism'], layouts[0])
  return layouts.reduce<unknown>(
    (all, layout, i) => setPath(all, ['phases', i, 'parallelism'], layout),
    setPath(data, ['parallelism'], {}),
  )
}

function readPlain(
  data: unknown,
  profiles: Profiles,
  files: ReadonlyMap<string, string>,
  anyLayout: boolean,
): Scenario | readonly Issue[] {
  const result = readUnchecked(data, profiles, files, anyLayout)
  if (isIssues(result)) return result
  const { scenario } = result
  if (anyLayout) return scenario
  const layouts = scenario.phases.flatMap((phase) => checkLayout(phaseScenario(scenario, phase)))
  const layout = [...layouts, ...checkMeasured(scenario)]
  return layout.length > 0 ? layout : scenario
}

/** A scenario whose layout may break rules, and the fields of the file that it was put together from. */
export function readUnchecked(
  data: unknown,
  profiles: Profiles,
  files: ReadonlyMap<string, string>,
  anyLayout = false,
): { readonly scenario: Scenario; readonly fields: ScenarioInput } | readonly Issue[] {
  const fields = scenarioInput.safeParse(data)
  if (!fields.success) return toIssues(fields.error)
  const own =
    fields.data.profiles === undefined ? profiles : extendProfiles(profiles, fields.data.profiles, ['profiles'])
  if (isIssues(own)) return own
  const scenario = resolveScenario(fields.data, own, files, anyLayout)
  return isIssues(scenario) ? scenario : { scenario, fields: fields.data }
}

/** Names of the files that a scenario's text points to: records of past incidents. Empty where the text cannot be read. */
export function namedFiles(text: string, settings: readonly Setting[] = []): readonly string[] {
  const result = readText(text)
  if (!result.ok) return []
  const data = settings.reduce((value, setting) => setPath(value, setting.path, setting.value), result.parsed.data)
  const section = isRecord(data) ? data['reliability'] : undefined
  const failures = isRecord(section) ? section['failures'] : undefined
  const classes = isRecord(failures) ? failures['classes'] : failures
  if (!Array.isArray(classes)) return []
  const names = classes.flatMap((one) => {
    const trace = isRecord(one) ? one['trace'] : undefined
    return isRecord(trace) && typeof trace['file'] === 'string' ? [trace['file']] : []
  })
  return [...new Set(names)]
}

/** Reads a scenario's YAML or JSON text. Never throws on what a user wrote. */
export function readScenario(text: string, options: ReadOptions = {}): ReadResult {
  const settings = options.settings ?? []
  const result = readText(text)
  if (!result.ok) return { ok: false, issues: [{ ...result.issue, position: result.position }] }
  const { parsed } = result
  const data = settings.reduce((value, setting) => setPath(value, setting.path, setting.value), parsed.data)
  const scenario = readScenarioData(data, options.profiles, options.files, options.anyLayout)
  if (!isIssues(scenario)) return { ok: true, scenario, data }
  return { ok: false, issues: scenario.slice(0, MAX_ISSUES).map((issue) => locateIssue(issue, parsed, settings)) }
}

/**
 * Reads a scenario's YAML or JSON text.
 *
 * @throws ScenarioError with every issue, its path and its place in the text
 */
export function parseScenario(text: string, options: ReadOptions = {}): Scenario {
  const result = readScenario(text, options)
  if (!result.ok) throw new ScenarioError(result.issues)
  return result.scenario
}

import { builtinCatalog, type Catalog, extendCatalog, type Issue, isRecord } from '@walltime/hardware'
import type { Architecture } from '../model/architecture.ts'
import { MODEL_PRESETS } from '../model/presets.ts'
import type { Path } from './document.ts'
import { FAILURE_SETS, type FailureSet } from './failure-presets.ts'
import { readModel } from './model-input.ts'
import { unknownName } from './object-schema.ts'
import { readFailureSet } from './resolve/failures.ts'
import type { SoftwareStack } from './scenario.ts'
import { readSoftware } from './software-input.ts'
import { SOFTWARE_PRESETS } from './software-presets.ts'

/** Everything a scenario can name by id. */
export interface Profiles extends Catalog {
  readonly models: Readonly<Record<string, Architecture>>
  readonly software: Readonly<Record<string, SoftwareStack>>
  readonly failures: Readonly<Record<string, FailureSet>>
}

/** What ships with walltime. */
export const builtinProfiles: Profiles = {
  ...builtinCatalog,
  models: MODEL_PRESETS,
  software: SOFTWARE_PRESETS,
  failures: FAILURE_SETS,
}

const HARDWARE_SECTIONS = ['chips', 'links', 'fabrics', 'systems', 'prices'] as const
const SECTIONS = [...HARDWARE_SECTIONS, 'models', 'software', 'failures'] as const

/** Looks an id up without finding what every object inherits. */
export function lookUp<T>(record: Readonly<Record<string, T>>, id: string): T | undefined {
  return Object.hasOwn(record, id) ? record[id] : undefined
}

/** A model by id, by its dimensions, or by `{extends: id, …}`. */
export function resolveModel(
  reference: unknown,
  models: Profiles['models'],
  path: Path,
): Architecture | readonly Issue[] {
  if (typeof reference === 'string') {
    const preset = lookUp(models, reference)
    return preset ?? [{ code: 'scenario.unknown', path, message: unknownName('model', reference, Object.keys(models)) }]
  }
  if (!isRecord(reference)) {
    return [
      { code: 'scenario.type', path, message: 'a model is an id such as llama-3-70b, or a map of its dimensions' },
    ]
  }
  const { extends: base, ...own } = reference
  if (base === undefined) return readModel(own, 'custom', path)
  const preset = typeof base === 'string' ? lookUp(models, base) : undefined
  if (preset === undefined) {
    const message = unknownName('model', String(base), Object.keys(models))
    return [{ code: 'scenario.unknown', path: [...path, 'extends'], message }]
  }
  const { id, ...fields } = preset
  const merged: Record<string, unknown> = { ...fields, ...own }
  for (const part of ['moe', 'mla', 'slidingWindow'] as const) {
    const given = own[part]
    if (isRecord(given) && isRecord(fields[part])) merged[part] = { ...fields[part], ...given }
  }
  return readModel(merged, `${id}*`, path)
}

/** Adds a user's profiles (the form of a `--profiles` file) to those that exist. */
export function extendProfiles(profiles: Profiles, given: unknown, path: Path): Profiles | readonly Issue[] {
  if (!isRecord(given))
    return [{ code: 'profiles.type', path, message: `profiles are a map of ${SECTIONS.join(', ')}` }]
  const issues: Issue[] = []
  for (const section of Object.keys(given)) {
    if (!(SECTIONS as readonly string[]).includes(section)) {
      issues.push({ code: 'scenario.key', path: [...path, section], message: unknownName('key', section, SECTIONS) })
    }
  }
  const hardware = Object.fromEntries(HARDWARE_SECTIONS.filter((s) => given[s] !== undefined).map((s) => [s, given[s]]))
  const catalog = extendCatalog(profiles, hardware)
  if (!catalog.ok) issues.push(...catalog.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
  const models = extendSection('models', profiles.models, given, path, resolveModel)
  const software = extendSection('software', profiles.software, given, path, readSoftware)
  const failures = extendSection('failures', profiles.failures, given, path, readFailureSet)
  if (isIssues(models)) issues.push(...models)
  if (isIssues(software)) issues.push(...software)
  if (isIssues(failures)) issues.push(...failures)
  if (issues.length > 0 || !catalog.ok || isIssues(models) || isIssues(software) || isIssues(failures)) return issues
  return { ...profiles, ...catalog.value, models, software, failures }
}

/** The entries of one section over those that exist; each may extend those before it. */
function extendSection<T extends { readonly id: string }>(
  section: 'models' | 'software' | 'failures',
  existing: Readonly<Record<string, T>>,
  given: Readonly<Record<string, unknown>>,
  path: Path,
  read: (reference: unknown, known: Readonly<Record<string, T>>, path: Path) => T | readonly Issue[],
): Readonly<Record<string, T>> | readonly Issue[] {
  const own = given[section] ?? {}
  if (!isRecord(own))
    return [{ code: 'profiles.type', path: [...path, section], message: `${section} are a map of ids` }]
  const known: Record<string, T> = { ...existing }
  const issues: Issue[] = []
  for (const [id, reference] of Object.entries(own)) {
    const value = read(reference, known, [...path, section, id])
    if (isIssues(value)) issues.push(...value)
    else known[id] = { ...value, id }
  }
  return issues.length > 0 ? issues : known
}

/** Tells issues from a value. */
export function isIssues<T>(value: T | readonly Issue[]): value is readonly Issue[] {
  return Array.isArray(value)
}

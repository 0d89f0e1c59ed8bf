/** A user's fields on top of a profile, and who gave which number. */

import { isRecord } from './issues.ts'
import type { Profile, Provenance, Source } from './profile.ts'

export type Fields = Readonly<Record<string, unknown>>

const DEEPEST = 12

/** `over` on top of `base`, objects key by key; beyond a sane depth `over` stands as it is and the schema refuses it. */
export function merged(base: unknown, over: unknown, depth = 0): unknown {
  if (!isRecord(base) || !isRecord(over) || depth > DEEPEST) return over
  const result: Record<string, unknown> = Object.assign(Object.create(null), base)
  for (const [key, value] of Object.entries(over)) {
    if (value !== undefined) result[key] = merged(Object.hasOwn(base, key) ? base[key] : undefined, value, depth + 1)
  }
  return result
}

/** The fields less some keys and less those that hold undefined. */
export function without(fields: Fields, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key, value]) => value !== undefined && !keys.includes(key)))
}

/** Paths of what the user gave; an array or a spread counts as one. */
function givenPaths(fields: Fields, prefix = '', depth = 0): string[] {
  return Object.entries(fields).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    return isRecord(value) && !('p50' in value) && depth < DEEPEST ? givenPaths(value, `${path}.`, depth + 1) : [path]
  })
}

const GIVEN: Source = { title: 'given by the user', date: '' }

/** Provenance of a profile whose `given` fields come from a user, on top of that of `base`. */
export function provenanceFor(
  base: Profile | undefined,
  given: Fields,
  source: Source | undefined,
): Readonly<Record<string, Provenance>> {
  const own: Provenance = { source: source ?? GIVEN, verified: source !== undefined }
  if (base === undefined) return { '*': own }
  return { ...base.provenance, ...Object.fromEntries(givenPaths(given).map((path) => [path, own])) }
}

/** Fields of a built-in profile as a user would write them. */
export function asInput(profile: Profile): Record<string, unknown> {
  return without(profile as unknown as Fields, 'id', 'name', 'provenance')
}

/** Drops keys that hold undefined: optional fields are absent, not undefined. */
export function present<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

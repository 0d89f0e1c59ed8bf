/** A catalog with a user's profiles in it. */

import type { Catalog } from './catalog.ts'
import { failure, type Issue, isRecord, type Path, quoted, type Resolved, success, unknownName } from './issues.ts'
import type { Profile } from './profile.ts'
import { resolveProfile } from './resolve.ts'
import { KINDS, type Kind, type ProfileOf, type Scope, scopeOf, unknownProfile } from './scope.ts'

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/
const FORBIDDEN = ['constructor', 'prototype']

function isKind(key: string): key is Kind {
  return (KINDS as readonly string[]).includes(key)
}

interface Entries {
  readonly byKind: ReadonlyMap<Kind, ReadonlyMap<string, unknown>>
  readonly issues: readonly Issue[]
}

/** The entries of a profiles file, and what is wrong with its outline. */
function entriesOf(profiles: Readonly<Record<string, unknown>>): Entries {
  const byKind = new Map<Kind, Map<string, unknown>>()
  const issues: Issue[] = []
  for (const [kind, entries] of Object.entries(profiles)) {
    if (!isKind(kind)) {
      issues.push({ code: 'profile.key', path: [kind], message: unknownName('kind of profile', kind, KINDS) })
    } else if (!isRecord(entries)) {
      issues.push({ code: 'profile.type', path: [kind], message: `${kind} wants an object: {id: {…}, …}` })
    } else {
      const named = new Map<string, unknown>()
      for (const [id, entry] of Object.entries(entries)) {
        if (ID.test(id) && !FORBIDDEN.includes(id)) named.set(id, entry)
        else
          issues.push({
            code: 'profile.id',
            path: [kind, id],
            message: `${quoted(id)} cannot be an id: use letters, digits, ".", "_" and "-"`,
          })
      }
      byKind.set(kind, named)
    }
  }
  return { byKind, issues }
}

/** Looks ids up among the user's entries first, resolving each once, then in the catalog. */
function layeredScope(catalog: Catalog, entries: Entries['byKind']): Scope {
  const below = scopeOf(catalog)
  const done = new Map<string, Resolved<Profile>>()
  const open: string[] = []
  const names = (kind: Kind): readonly string[] => [...(entries.get(kind)?.keys() ?? []), ...below.names(kind)]
  const scope: Scope = {
    names,
    find<K extends Kind>(kind: K, id: string, path: Path): Resolved<ProfileOf[K]> {
      const own = entries.get(kind)
      const key = `${kind}.${id}`
      // An entry that extends its own id changes the profile of that id below.
      const hidesItself = open.at(-1) === key && Object.hasOwn(catalog[kind], id)
      if (own?.has(id) !== true || hidesItself) {
        const found = below.find(kind, id, path)
        return found.ok ? found : failure(unknownProfile(kind, id, path, names(kind)))
      }
      const ready = done.get(key)
      // A broken entry is reported where it stands, not again by each that refers to it.
      if (ready !== undefined) return ready.ok ? (ready as Resolved<ProfileOf[K]>) : failure()
      if (open.includes(key)) {
        const chain = [...open.slice(open.indexOf(key)), key].join(' → ')
        return failure({ code: 'profile.cycle', path, message: `profiles extend each other in a circle: ${chain}` })
      }
      open.push(key)
      const resolved = resolveProfile(kind, own.get(id), scope, [kind, id], id)
      open.pop()
      done.set(key, resolved)
      return resolved
    },
  }
  return scope
}

function withEntries<K extends Kind>(catalog: Catalog, kind: K, added: ReadonlyMap<string, ProfileOf[K]>): Catalog[K] {
  return Object.freeze(Object.assign(Object.create(null), catalog[kind], Object.fromEntries(added)))
}

/**
 * A catalog with the profiles of a file `{chips: {id: {…}}, links, fabrics, systems, prices}`. Entries may extend built-in
 * profiles or each other; an entry with a built-in id replaces it. Never throws on user input.
 */
export function extendCatalog(catalog: Catalog, profiles: unknown): Resolved<Catalog> {
  if (!isRecord(profiles)) {
    return failure({
      code: 'profile.type',
      path: [],
      message: 'profiles are an object: {chips: {…}, links: {…}, fabrics: {…}, systems: {…}, prices: {…}}',
    })
  }
  const { byKind, issues: outline } = entriesOf(profiles)
  const scope = layeredScope(catalog, byKind)
  const issues: Issue[] = [...outline]
  function added<K extends Kind>(kind: K): Catalog[K] {
    const found = new Map<string, ProfileOf[K]>()
    for (const [id, entry] of byKind.get(kind) ?? []) {
      const resolved =
        typeof entry === 'string'
          ? resolveProfile(kind, { extends: entry }, scope, [kind, id], id)
          : scope.find(kind, id, [kind, id])
      if (resolved.ok) found.set(id, resolved.value)
      else issues.push(...resolved.issues)
    }
    return withEntries(catalog, kind, found)
  }
  const extended: Catalog = {
    chips: added('chips'),
    links: added('links'),
    fabrics: added('fabrics'),
    systems: added('systems'),
    prices: added('prices'),
  }
  return issues.length === 0 ? success(Object.freeze(extended)) : failure(...issues)
}

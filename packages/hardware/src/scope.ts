/** Kinds of profiles, and where their ids are looked up. */

import type { Catalog } from './catalog.ts'
import { failure, type Issue, type Path, type Resolved, success, unknownName } from './issues.ts'
import type { Chip, Fabric, Price, ScaleUpLink, System } from './profile.ts'

/** Profiles by kind. */
export interface ProfileOf {
  readonly chips: Chip
  readonly links: ScaleUpLink
  readonly fabrics: Fabric
  readonly systems: System
  readonly prices: Price
}
export type Kind = keyof ProfileOf

export const KINDS: readonly Kind[] = ['chips', 'links', 'fabrics', 'systems', 'prices']

/** What a kind is called in messages. */
export const NOUNS: Readonly<Record<Kind, string>> = {
  chips: 'chip',
  links: 'scale-up link',
  fabrics: 'fabric',
  systems: 'system',
  prices: 'price',
}

const CODES: Readonly<Record<Kind, string>> = {
  chips: 'chip.unknown',
  links: 'link.unknown',
  fabrics: 'fabric.unknown',
  systems: 'system.unknown',
  prices: 'price.unknown',
}

/** Where ids are looked up. */
export interface Scope {
  find<K extends Kind>(kind: K, id: string, path: Path): Resolved<ProfileOf[K]>
  names(kind: Kind): readonly string[]
}

/** The issue of an id that names nothing. */
export function unknownProfile(kind: Kind, id: string, path: Path, names: readonly string[]): Issue {
  return { code: CODES[kind], path, message: unknownName(NOUNS[kind], id, names) }
}

/** The ids of a catalog. */
export function scopeOf(catalog: Catalog): Scope {
  const names = (kind: Kind): readonly string[] => Object.keys(catalog[kind])
  return {
    names,
    find(kind, id, path) {
      const profiles = catalog[kind] as Readonly<Record<string, ProfileOf[typeof kind]>>
      const profile = Object.hasOwn(profiles, id) ? profiles[id] : undefined
      return profile === undefined ? failure(unknownProfile(kind, id, path, names(kind))) : success(profile)
    },
  }
}

/** Profiles by id. */

import { CHIPS } from './chips.ts'
import { FABRICS } from './fabrics.ts'
import { LINKS } from './links.ts'
import { PRICES } from './prices.ts'
import type { Chip, Fabric, Price, Profile, ScaleUpLink, System } from './profile.ts'
import { SYSTEMS } from './systems.ts'

export interface Catalog {
  readonly chips: Readonly<Record<string, Chip>>
  readonly links: Readonly<Record<string, ScaleUpLink>>
  readonly fabrics: Readonly<Record<string, Fabric>>
  readonly systems: Readonly<Record<string, System>>
  readonly prices: Readonly<Record<string, Price>>
}

/** Records have no prototype, so an id such as `constructor` finds nothing. */
function byId<T extends Profile>(profiles: readonly T[]): Readonly<Record<string, T>> {
  const record: Record<string, T> = Object.create(null)
  for (const profile of profiles) record[profile.id] = profile
  return Object.freeze(record)
}

/** The profiles that ship with walltime. */
export const builtinCatalog: Catalog = Object.freeze({
  chips: byId(CHIPS),
  links: byId(LINKS),
  fabrics: byId(FABRICS),
  systems: byId(SYSTEMS),
  prices: byId(PRICES),
})

import type { Profiles } from '@walltime/core'
import { didYouMean } from '@walltime/hardware'
import { type UserError, usageError } from '../user-error.ts'

/** What `show` lists, and what each is. */
export const SECTIONS = {
  chips: 'accelerators: peaks, memory, power',
  links: 'scale-up links: how the chips of a domain reach each other',
  fabrics: 'scale-out networks',
  systems: 'nodes as bought or rented: chips, links, ports, power',
  prices: 'what a chip costs to rent or buy',
  models: 'architectures',
  software: 'software stacks as switches',
  failures: 'sets of failure classes',
  scenarios: 'scenario files that ship',
} as const
export type Section = keyof typeof SECTIONS
export type ProfileSection = Exclude<Section, 'scenarios'>

function unknown(what: string, name: string, valid: readonly string[], list: string): UserError {
  const near = didYouMean(name, valid)
  const hint = near === undefined ? list : `did you mean "${near}"?`
  return usageError(`unknown ${what} ${JSON.stringify(name.slice(0, 60))}; ${hint}`)
}

/** Reads a section's name; the singular does as well. */
export function readSection(name: string): Section {
  const names = Object.keys(SECTIONS) as Section[]
  const section = names.find((s) => s === name || s === `${name}s`)
  if (section === undefined) throw unknown('kind of profile', name, names, `valid: ${names.join(', ')}`)
  return section
}

/** Finds one by id, or names the nearest. */
export function findById<T>(section: Section, entries: Readonly<Record<string, T>>, id: string): T {
  const entry = Object.hasOwn(entries, id) ? entries[id] : undefined
  if (entry === undefined)
    throw unknown(`id in ${section}`, id, Object.keys(entries), `"walltime show ${section}" lists them`)
  return entry
}

export function entriesOf(profiles: Profiles, section: ProfileSection): Readonly<Record<string, object>> {
  return profiles[section]
}

/** From a user's reference (id, object, or object that extends an id) to a checked profile. Never throws on user input. */

import type * as z from 'zod'
import type { Catalog } from './catalog.ts'
import { failure, type Issue, isRecord, issuesOf, type Path, type Resolved, success } from './issues.ts'
import { asInput, type Fields, merged, present, provenanceFor, without } from './merge.ts'
import type { Chip, Fabric, Price, Profile, ScaleUpLink, Source, System } from './profile.ts'
import {
  chipSchema,
  fabricSchema,
  linkSchema,
  PROFILE_SHAPES,
  priceSchema,
  systemNumbersSchema,
} from './profile-schema.ts'
import { type Kind, NOUNS, type ProfileOf, type Scope, scopeOf } from './scope.ts'

const HIDDEN_KEYS = ['__proto__', 'constructor', 'prototype']

interface Draft<K extends Kind> {
  readonly base: ProfileOf[K] | undefined
  /** What the user wrote, less `extends`. */
  readonly given: Fields
}

function draft<K extends Kind>(kind: K, ref: unknown, scope: Scope, path: Path): Resolved<Draft<K>> {
  const noun = NOUNS[kind]
  if (!isRecord(ref)) {
    const message = `a ${noun} is wanted: an id (such as "${scope.names(kind)[0] ?? ''}"), an object, or {extends: id, …}`
    return failure({ code: 'profile.type', path, message })
  }
  const hidden = HIDDEN_KEYS.find((key) => Object.hasOwn(ref, key))
  if (hidden !== undefined) {
    return failure({ code: 'profile.key', path: [...path, hidden], message: `${hidden} is not a key of a ${noun}` })
  }
  if (Object.hasOwn(ref, 'provenance')) {
    const message = 'provenance is not written by hand: give source: {title, url, date} for the numbers of this profile'
    return failure({ code: 'profile.key', path: [...path, 'provenance'], message })
  }
  const given = without(ref, 'extends')
  const parent = ref.extends
  if (parent === undefined) return success({ base: undefined, given })
  if (typeof parent !== 'string') {
    return failure({ code: 'profile.type', path: [...path, 'extends'], message: `extends wants the id of a ${noun}` })
  }
  const found = scope.find(kind, parent, [...path, 'extends'])
  return found.ok ? success({ base: found.value, given }) : found
}

function identity(
  base: Profile | undefined,
  fields: { readonly id?: string | undefined; readonly name?: string | undefined },
  id: string | undefined,
): { id: string; name: string } {
  const own = id ?? fields.id ?? (base === undefined ? 'custom' : `${base.id}-custom`)
  const changed = base === undefined || base.name.endsWith(', modified') ? base?.name : `${base.name}, modified`
  return { id: own, name: fields.name ?? id ?? changed ?? own }
}

function validated<S extends z.ZodType>(
  schema: S,
  shape: z.ZodObject,
  input: unknown,
  path: Path,
): Resolved<z.output<S>> {
  const parsed = schema.safeParse(input)
  return parsed.success ? success(parsed.data) : failure(...issuesOf(parsed.error, input, shape, path))
}

function finish<T extends object>(
  base: Profile | undefined,
  given: Fields,
  fields: T & { source?: Source | undefined; id?: string | undefined; name?: string | undefined },
  id: string | undefined,
): Omit<T, 'source' | 'id' | 'name'> & Profile {
  const { source, id: _id, name: _name, ...rest } = fields
  return {
    ...present(rest),
    ...identity(base, fields, id),
    provenance: provenanceFor(base, without(given, 'id', 'name', 'source'), source),
  }
}

type Build<K extends Kind> = (
  draft: Draft<K>,
  scope: Scope,
  path: Path,
  id: string | undefined,
) => Resolved<ProfileOf[K]>

const buildChip: Build<'chips'> = ({ base, given }, _scope, path, id) => {
  const input = merged(base === undefined ? {} : asInput(base), given)
  const fields = validated(chipSchema, PROFILE_SHAPES.chips, input, path)
  if (!fields.ok) return fields
  const chip = finish(base, given, fields.value, id)
  const memory = { ...chip.memory, basis: chip.memory.basis ?? 'as given' }
  return success({ ...chip, memory, peakFlops: present(chip.peakFlops) } as Chip)
}

const buildLink: Build<'links'> = ({ base, given }, _scope, path, id) => {
  const input = merged(base === undefined ? {} : asInput(base), given)
  const fields = validated(linkSchema, PROFILE_SHAPES.links, input, path)
  return fields.ok ? success(finish(base, given, fields.value, id) as ScaleUpLink) : fields
}

const buildFabric: Build<'fabrics'> = ({ base, given }, _scope, path, id) => {
  const input = merged(base === undefined ? {} : asInput(base), given)
  const fields = validated(fabricSchema, PROFILE_SHAPES.fabrics, input, path)
  return fields.ok ? success(finish(base, given, fields.value, id) as Fabric) : fields
}

const buildPrice: Build<'prices'> = ({ base, given }, _scope, path, id) => {
  const known = base === undefined ? {} : asInput(base)
  if (base !== undefined) known.usd = base.usd.law === 'fixed' ? base.usd.p50 : base.usd
  const fields = validated(priceSchema, PROFILE_SHAPES.prices, merged(known, given), path)
  return fields.ok ? success(finish(base, given, fields.value, id) as Price) : fields
}

/** A part of a system: an id, an object, or changes to the part that the extended system has. */
function part<K extends 'chips' | 'links' | 'fabrics'>(
  kind: K,
  ref: unknown,
  inherited: ProfileOf[K] | undefined,
  scope: Scope,
  path: Path,
): Resolved<ProfileOf[K]> {
  if (ref === undefined && inherited !== undefined) return success(inherited)
  if (ref === undefined)
    return failure({
      code: 'profile.missing',
      path,
      message: `${path.at(-1)} is missing; give a ${NOUNS[kind]}, or extend a system that has one`,
    })
  if (inherited === undefined || !isRecord(ref) || Object.hasOwn(ref, 'extends'))
    return resolveProfile(kind, ref, scope, path)
  const own = draft(kind, ref, scope, path)
  return own.ok ? build(kind, { base: inherited, given: own.value.given }, scope, path, undefined) : own
}

const POWER_KEYS = ['chip', 'chipsPerNode', 'hostPower', 'networkPower']

/** What a base system keeps under changes: its total power only if no part of it changed, its price only for its chip. */
function inheritedInput(base: System | undefined, given: Fields, chip: Chip | undefined): Fields {
  if (base === undefined) return {}
  const stale = [
    ...(POWER_KEYS.some((key) => Object.hasOwn(given, key)) ? ['allInPower'] : []),
    ...(chip !== undefined && chip.id !== base.chip.id && chip.id !== `${base.chip.id}-custom` ? ['price'] : []),
  ]
  return without(asInput(base), 'chip', 'scaleUp', 'fabric', ...stale)
}

function issuesIn(...results: readonly Resolved<unknown>[]): Issue[] {
  return results.flatMap((result) => (result.ok ? [] : result.issues))
}

const buildSystem: Build<'systems'> = ({ base, given }, scope, path, id) => {
  const chip = part('chips', given.chip, base?.chip, scope, [...path, 'chip'])
  const scaleUp = part('links', given.scaleUp, base?.scaleUp, scope, [...path, 'scaleUp'])
  const fabric = part('fabrics', given.fabric, base?.fabric, scope, [...path, 'fabric'])
  const input = merged(
    inheritedInput(base, given, chip.ok ? chip.value : undefined),
    without(given, 'chip', 'scaleUp', 'fabric'),
  )
  const fields = validated(systemNumbersSchema, PROFILE_SHAPES.systems, input, path)
  if (!chip.ok || !scaleUp.ok || !fabric.ok || !fields.ok) return failure(...issuesIn(chip, scaleUp, fabric, fields))
  const scalars = finish(base, without(given, 'chip', 'scaleUp', 'fabric'), fields.value, id)
  const { chipsPerNode, domainChips, hostPower, networkPower, price } = scalars
  const parts = chip.value.tdp + hostPower / chipsPerNode + networkPower
  const system = {
    ...scalars,
    chip: chip.value,
    scaleUp: scaleUp.value,
    fabric: fabric.value,
    allInPower: scalars.allInPower ?? parts,
  } as System
  const issues: Issue[] = []
  const torus = scaleUp.value.axes?.reduce((product, axis) => product * axis.chips, 1)
  if (torus !== undefined && torus !== domainChips) {
    issues.push({
      code: 'profile.domain',
      path: [...path, 'domainChips'],
      message: `the axes of ${scaleUp.value.id} hold ${torus} chips, the domain ${domainChips}`,
    })
  }
  if (system.allInPower < chip.value.tdp) {
    issues.push({
      code: 'profile.power',
      path: [...path, 'allInPower'],
      message: `less than the ${chip.value.tdp} W of the chip alone`,
    })
  }
  if (price !== undefined) issues.push(...issuesIn(scope.find('prices', price, [...path, 'price'])))
  return issues.length === 0 ? success(system) : failure(...issues)
}

const BUILDERS: { readonly [K in Kind]: Build<K> } = {
  chips: buildChip,
  links: buildLink,
  fabrics: buildFabric,
  systems: buildSystem,
  prices: buildPrice,
}

function build<K extends Kind>(
  kind: K,
  from: Draft<K>,
  scope: Scope,
  path: Path,
  id: string | undefined,
): Resolved<ProfileOf[K]> {
  return BUILDERS[kind](from, scope, path, id)
}

/** A profile of a kind from a reference; `id` names an object that comes from a file of profiles. */
export function resolveProfile<K extends Kind>(
  kind: K,
  ref: unknown,
  scope: Scope,
  path: Path,
  id?: string,
): Resolved<ProfileOf[K]> {
  if (typeof ref === 'string') return scope.find(kind, ref, path)
  const from = draft(kind, ref, scope, path)
  return from.ok ? build(kind, from.value, scope, path, id) : from
}

/** A chip from an id, an object or `{extends: id, …}`; `path` stands before the paths of issues. */
export function resolveChip(ref: unknown, catalog: Catalog, path: Path = []): Resolved<Chip> {
  return resolveProfile('chips', ref, scopeOf(catalog), path)
}

/** A scale-up link from an id, an object or `{extends: id, …}`. */
export function resolveLink(ref: unknown, catalog: Catalog, path: Path = []): Resolved<ScaleUpLink> {
  return resolveProfile('links', ref, scopeOf(catalog), path)
}

/** A network from an id, an object or `{extends: id, …}`. */
export function resolveFabric(ref: unknown, catalog: Catalog, path: Path = []): Resolved<Fabric> {
  return resolveProfile('fabrics', ref, scopeOf(catalog), path)
}

/**
 * A system from an id, an object or `{extends: id, …}`. Its chip, link and network are references too; an object without
 * `extends` changes the part of the extended system (`{extends: dgx-h100, chip: {tdp: 650 W}}`).
 */
export function resolveSystem(ref: unknown, catalog: Catalog, path: Path = []): Resolved<System> {
  return resolveProfile('systems', ref, scopeOf(catalog), path)
}

/** A price from an id, an object or `{extends: id, …}`. */
export function resolvePrice(ref: unknown, catalog: Catalog, path: Path = []): Resolved<Price> {
  return resolveProfile('prices', ref, scopeOf(catalog), path)
}

import { resolveFabric, resolveSystem, type System } from '@walltime/hardware'
import type { Path } from '../document.ts'
import type { ScenarioInput } from '../input-schema.ts'
import { unknownName } from '../object-schema.ts'
import type { Profiles } from '../profiles.ts'
import type { Cluster, Pool, Scenario } from '../scenario.ts'
import { assume, type Notes, report, take } from './notes.ts'

/** Facility watts over IT watts where nothing is given: the middle of hyperscalers' 1.1 and the industry's 1.56. */
const DEFAULT_PUE = 1.2

type PoolInput = NonNullable<ScenarioInput['cluster']['pools']>[number]

function resolvePool(notes: Notes, profiles: Profiles, input: PoolInput, path: Path): Pool | undefined {
  const system = take(notes, resolveSystem(input.system, profiles), [...path, 'system'])
  if (system === undefined) return undefined
  const chips = countChips(notes, input, system, path)
  const fabric =
    input.fabric === undefined ? system.fabric : take(notes, resolveFabric(input.fabric, profiles), [...path, 'fabric'])
  if (input.fabric === undefined)
    assume(notes, 'cluster.fabric', system.fabric.name, `the usual network of ${system.name}`)
  if (input.pue === undefined) assume(notes, 'cluster.pue', String(DEFAULT_PUE))
  if (chips === undefined || fabric === undefined) return undefined
  return {
    id: input.id ?? 'main',
    site: input.site ?? 'main',
    system,
    chips,
    fabric,
    pue: input.pue ?? DEFAULT_PUE,
  }
}

function countChips(notes: Notes, input: PoolInput, system: System, path: Path): number | undefined {
  const { chips, nodes } = input
  const { chipsPerNode } = system
  if (chips !== undefined && nodes !== undefined && chips !== nodes * chipsPerNode) {
    return report(
      notes,
      'cluster.chips',
      [...path, 'nodes'],
      `${nodes} nodes of ${chipsPerNode} chips are ${nodes * chipsPerNode} chips, but chips says ${chips}; give one of them`,
    )
  }
  const count = chips ?? (nodes === undefined ? undefined : nodes * chipsPerNode)
  if (count === undefined) {
    return report(
      notes,
      'scenario.missing',
      [...path, 'chips'],
      'missing; give the number of chips or nodes that train',
    )
  }
  if (count > chipsPerNode && count % chipsPerNode !== 0) {
    notes.warnings.push({
      code: 'cluster.partial-node',
      path: 'cluster.chips',
      message: `${count} chips do not fill nodes of ${chipsPerNode}`,
    })
  }
  return count
}

/** Pools with their systems and networks: the short form, or `pools`. */
export function resolveCluster(notes: Notes, profiles: Profiles, input: ScenarioInput['cluster']): Cluster | undefined {
  const path = ['cluster']
  const { pools, links, ...short } = input
  if (pools !== undefined) {
    const extra = Object.keys(short).find((key) => short[key as keyof typeof short] !== undefined)
    if (extra !== undefined) {
      return report(notes, 'cluster.pools', [...path, extra], `give either pools or ${extra}, not both`)
    }
    if (pools.length > 1) {
      return report(notes, 'cluster.pools', [...path, 'pools', 1], 'more than one pool is not computed yet; give one')
    }
    const resolved = pools.map((pool, i) => resolvePool(notes, profiles, pool, [...path, 'pools', i]))
    const whole = resolved.filter((pool) => pool !== undefined)
    return whole.length === pools.length ? { pools: whole, links: links ?? [] } : undefined
  }
  if (short.system === undefined) {
    return report(
      notes,
      'scenario.missing',
      [...path, 'system'],
      'missing; name a system such as dgx-h100 (walltime show systems lists them)',
    )
  }
  const pool = resolvePool(notes, profiles, short as PoolInput, path)
  return pool === undefined ? undefined : { pools: [pool], links: links ?? [] }
}

/** Which pool each part of the job runs on; one trainer unless given. */
export function resolveRoles(notes: Notes, input: ScenarioInput['roles'], pools: readonly Pool[]): Scenario['roles'] {
  const roles = input ?? [{ name: 'trainer' as const, pool: pools[0]?.id ?? 'main' }]
  roles.forEach((role, i) => {
    if (role.name !== 'trainer')
      report(
        notes,
        'scenario.roles',
        ['roles', i, 'name'],
        `the role ${role.name} is not computed yet; only trainer is`,
      )
    if (!pools.some((pool) => pool.id === role.pool)) {
      report(
        notes,
        'scenario.roles',
        ['roles', i, 'pool'],
        unknownName(
          'pool',
          role.pool,
          pools.map((pool) => pool.id),
        ),
      )
    }
  })
  return roles
}

import type { Path } from '../document.ts'
import { softwareInput } from '../input-schema.ts'
import { toIssues, unknownName } from '../object-schema.ts'
import { lookUp, type Profiles } from '../profiles.ts'
import type { Pool, SoftwareStack } from '../scenario.ts'
import { defaultSoftware } from '../software-presets.ts'
import { assume, type Notes, report } from './notes.ts'

/** The software stack: an id, or an id with changes; the newest known for the chip unless given. */
export function resolveSoftware(
  notes: Notes,
  profiles: Profiles,
  input: unknown,
  pool: Pool | undefined,
): SoftwareStack | undefined {
  const path = ['software']
  const known = Object.keys(profiles.software)
  const named = (id: string, at: Path): SoftwareStack | undefined =>
    lookUp(profiles.software, id) ?? report(notes, 'scenario.unknown', at, unknownName('software stack', id, known))
  if (input === undefined) {
    const id = pool === undefined ? 'megatron-core' : defaultSoftware(pool.system.chip)
    assume(notes, 'software', id, 'newest stack known for the chip')
    return named(id, path)
  }
  if (typeof input === 'string') return named(input, path)
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return report(notes, 'scenario.type', path, 'a software stack is an id such as megatron-core, or a map')
  }
  const { extends: base, ...own } = input as Record<string, unknown>
  const from = named(base === undefined ? 'megatron-core' : String(base), [...path, 'extends'])
  const result = softwareInput.safeParse(own)
  if (!result.success) notes.issues.push(...toIssues(result.error, path))
  if (from === undefined || !result.success) return undefined
  const { launch, reserve, ...fields } = result.data
  const changed = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    ...from,
    ...changed,
    id: `${from.id}*`,
    launchSeconds: launch ?? from.launchSeconds,
    reserveBytes: reserve ?? from.reserveBytes,
  }
}

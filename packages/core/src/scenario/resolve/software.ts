import { isIssues, type Profiles } from '../profiles.ts'
import type { Pool, SoftwareStack } from '../scenario.ts'
import { readSoftware } from '../software-input.ts'
import { defaultSoftware } from '../software-presets.ts'
import { assume, type Notes } from './notes.ts'

/** The software stack: an id, or an id with changes; the newest known for the chip unless given. */
export function resolveSoftware(
  notes: Notes,
  profiles: Profiles,
  input: unknown,
  pool: Pool | undefined,
): SoftwareStack | undefined {
  const standard = pool === undefined ? 'megatron-core' : defaultSoftware(pool.system.chip)
  if (input === undefined) assume(notes, 'software', standard, 'newest stack known for the chip')
  const stack = readSoftware(input ?? standard, profiles.software, ['software'])
  if (!isIssues(stack)) return stack
  notes.issues.push(...stack)
  return undefined
}

/** Finding the source of a number. */

import type { Profile, Provenance } from './profile.ts'

/** Provenance of the number at a path (`achieved.allReduce`): its own, that of the nearest parent with one, or `*`. */
export function provenanceOf(profile: Profile, path: string): Provenance | undefined {
  const parts = path.split('.')
  for (let length = parts.length; length > 0; length--) {
    const key = parts.slice(0, length).join('.')
    if (Object.hasOwn(profile.provenance, key)) return profile.provenance[key]
  }
  return profile.provenance['*']
}

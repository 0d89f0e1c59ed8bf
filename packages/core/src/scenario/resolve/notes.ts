import type { Issue, Resolved } from '@walltime/hardware'
import type { Path } from '../document.ts'
import type { Assumption, Warning } from '../scenario.ts'

/** Collects what goes wrong and what is assumed while a scenario is put together. */
export interface Notes {
  readonly issues: Issue[]
  readonly assumptions: Assumption[]
  readonly warnings: Warning[]
}

const ASSUMED = 'default'

/** Writes a default down. */
export function assume(notes: Notes, path: string, value: string, source: string = ASSUMED): void {
  notes.assumptions.push({ path, value, source })
}

/** Adds an issue; undefined, so that a resolver can return it. */
export function report(notes: Notes, code: string, path: Path, message: string): undefined {
  notes.issues.push({ code, path, message })
  return undefined
}

/** The value of a lookup; its issues are noted under `path`. */
export function take<T>(notes: Notes, result: Resolved<T>, path: Path): T | undefined {
  if (result.ok) return result.value
  notes.issues.push(...result.issues.map((issue) => ({ ...issue, path: [...path, ...issue.path] })))
  return undefined
}

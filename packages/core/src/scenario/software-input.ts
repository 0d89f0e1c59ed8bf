import { type Issue, isRecord } from '@walltime/hardware'
import type { Path } from './document.ts'
import { softwareInput } from './input-schema.ts'
import { toIssues, unknownName } from './object-schema.ts'
import type { SoftwareStack } from './scenario.ts'

/** Stack that changes are made to where they name none. */
const BASE = 'megatron-core'

/** A software stack from an id, or from changes to one: `{extends: id, launch: 4 us, …}`. */
export function readSoftware(
  reference: unknown,
  stacks: Readonly<Record<string, SoftwareStack>>,
  path: Path,
): SoftwareStack | readonly Issue[] {
  const named = (id: string, at: Path): SoftwareStack | readonly Issue[] => {
    const stack = Object.hasOwn(stacks, id) ? stacks[id] : undefined
    if (stack !== undefined) return stack
    return [{ code: 'scenario.unknown', path: at, message: unknownName('software stack', id, Object.keys(stacks)) }]
  }
  if (typeof reference === 'string') return named(reference, path)
  if (!isRecord(reference)) {
    return [{ code: 'scenario.type', path, message: `a software stack is an id such as ${BASE}, or a map` }]
  }
  const { extends: base, ...own } = reference
  const from = named(base === undefined ? BASE : String(base), [...path, 'extends'])
  const result = softwareInput.safeParse(own)
  if ('length' in from || !result.success) {
    return [...('length' in from ? from : []), ...(result.success ? [] : toIssues(result.error, path))]
  }
  return changedStack(from, result.data)
}

/** What a stack may be changed by, under the names of a scenario file. */
interface StackChanges {
  readonly launch?: number | undefined
  readonly step?: number | undefined
  readonly reserve?: number | undefined
}

/** A stack with changes; fields that are undefined stay. */
export function changedStack(from: SoftwareStack, { launch, step, reserve, ...fields }: StackChanges): SoftwareStack {
  const changed = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    ...from,
    ...changed,
    id: `${from.id}*`,
    launchSeconds: launch ?? from.launchSeconds,
    stepSeconds: step ?? from.stepSeconds,
    reserveBytes: reserve ?? from.reserveBytes,
  }
}

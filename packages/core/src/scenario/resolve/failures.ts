/** Failure classes of a run: a set that ships, a set with changes, or classes of a user's own. */

import { certain, type Issue, isRecord } from '@walltime/hardware'
import type { Path } from '../document.ts'
import { type FailureClassInput, failureClassChange, failureClassInput, failureSetInput } from '../failure-input.ts'
import { atNodeRate, type FailureSet, nodeRate } from '../failure-presets.ts'
import { toIssues, unknownName } from '../object-schema.ts'
import type { FailureClass } from '../reliability.ts'
import type { ReliabilityInput } from '../reliability-input.ts'
import { changedClass, ownClasses, type Policies, repairOver } from './failure-class.ts'
import { assume, type Notes, report } from './notes.ts'
import { plannedStops } from './planned-stops.ts'

type FailureSets = Readonly<Record<string, FailureSet>>

function lookUpSet(notes: Notes, sets: FailureSets, id: string, path: Path): FailureSet | undefined {
  const set = Object.hasOwn(sets, id) ? sets[id] : undefined
  return set ?? report(notes, 'scenario.unknown', path, unknownName('set of failures', id, Object.keys(sets)))
}

/** Policies of the job in place of those of a set's classes. */
function withPolicies(classes: readonly FailureClass[], { detection, repair }: Policies): readonly FailureClass[] {
  if (detection === undefined && repair === undefined) return classes
  return classes.map((one) => ({
    ...one,
    detection: detection ?? one.detection,
    repair: repairOver(one.repair, repair),
  }))
}

function readClasses(
  notes: Notes,
  list: readonly unknown[],
  base: readonly FailureClass[],
  policies: Policies,
  files: ReadonlyMap<string, string>,
  path: Path,
): readonly FailureClass[] {
  const result = new Map<string, readonly FailureClass[]>(base.map((one) => [one.id, [one]]))
  const seen = new Set<string>()
  for (const [i, item] of list.entries()) {
    const here = [...path, i]
    const known =
      isRecord(item) && typeof item['id'] === 'string' ? base.find(({ id }) => id === item['id']) : undefined
    const read = known === undefined ? failureClassInput.safeParse(item) : failureClassChange.safeParse(item)
    if (!read.success) {
      notes.issues.push(...toIssues(read.error, here))
      continue
    }
    const { id } = read.data
    if (seen.has(id)) {
      report(notes, 'failures.twice', [...here, 'id'], `there is another class ${JSON.stringify(id.slice(0, 60))}`)
      continue
    }
    seen.add(id)
    result.set(
      id,
      known === undefined
        ? ownClasses(notes, read.data as FailureClassInput, policies, files, here)
        : changedClass(notes, known, read.data, files, here),
    )
  }
  return [...result.values()].flat()
}

/** The set by its id, with changes, or as a list of classes. */
function readSet(
  notes: Notes,
  sets: FailureSets,
  reference: unknown,
  policies: Policies,
  files: ReadonlyMap<string, string>,
  path: Path,
): FailureSet | undefined {
  if (typeof reference === 'string') {
    const set = lookUpSet(notes, sets, reference, path)
    return set && { ...set, classes: withPolicies(set.classes, policies) }
  }
  const given = { name: 'given by the user', source: 'given by the user', verified: true }
  if (Array.isArray(reference)) {
    const classes = readClasses(notes, reference, [], policies, files, path)
    return { ...given, id: 'custom', classes, fleet: certain(1) }
  }
  if (!isRecord(reference)) {
    return report(notes, 'scenario.type', path, 'failures are the id of a set, a list of classes, or {extends: id, …}')
  }
  const fields = failureSetInput.safeParse(reference)
  if (!fields.success) {
    notes.issues.push(...toIssues(fields.error, path))
    return undefined
  }
  const { extends: from, name, source, nodeRate: rate, fleet, classes = [] } = fields.data
  const base = from === undefined ? undefined : lookUpSet(notes, sets, from, [...path, 'extends'])
  if (from !== undefined && base === undefined) return undefined
  const started = withPolicies(base?.classes ?? [], policies)
  const all = readClasses(notes, classes, started, policies, files, [...path, 'classes'])
  if (rate?.per !== undefined && rate.per !== 'node') {
    return report(
      notes,
      'failures.rate',
      [...path, 'nodeRate'],
      `is stated per ${rate.per}; give it per node of eight chips`,
    )
  }
  if (rate !== undefined && nodeRate(all) === 0) {
    return report(
      notes,
      'failures.rate',
      [...path, 'nodeRate'],
      'no class grows with the nodes: extend a set that has one',
    )
  }
  return {
    id: base === undefined ? 'custom' : `${base.id}*`,
    name: name ?? base?.name ?? given.name,
    source: source ?? base?.source ?? given.source,
    verified: base?.verified ?? true,
    // A rate of the user's own is known to him: what other fleets have says nothing about it.
    fleet: fleet ?? (rate === undefined && base !== undefined ? base.fleet : certain(1)),
    classes: rate === undefined ? all : atNodeRate(all, rate.value),
  }
}

/** A set of a user's own profiles: by the id of another, as a list of classes, or as changes of a set. */
export function readFailureSet(reference: unknown, known: FailureSets, path: Path): FailureSet | readonly Issue[] {
  const notes: Notes = { issues: [], assumptions: [], warnings: [] }
  const set = readSet(notes, known, reference, { detection: undefined, repair: undefined }, new Map(), path)
  return set === undefined || notes.issues.length > 0 ? notes.issues : set
}

/** Failures of the run: the set, then planned stops and preemptions. */
export function resolveFailures(
  notes: Notes,
  sets: FailureSets,
  input: ReliabilityInput,
  files: ReadonlyMap<string, string>,
): FailureSet | undefined {
  if (input.failures === undefined)
    assume(notes, 'reliability.failures', 'llama3-2024', 'the largest published set of causes')
  const { crews: _, ...repair } = input.repair ?? {}
  const policies: Policies = {
    detection: input.detection,
    repair: Object.keys(repair).length === 0 ? undefined : repair,
  }
  const path = ['reliability', 'failures']
  const set = readSet(notes, sets, input.failures ?? 'llama3-2024', policies, files, path)
  if (set === undefined) return undefined
  const { diagnosis } = input
  const diagnosed =
    diagnosis === undefined
      ? set.classes
      : set.classes.map((one) => ({ ...one, diagnosis: one.diagnosis ?? diagnosis }))
  return { ...set, classes: [...diagnosed, ...plannedStops(notes, input)] }
}

/** Failure classes: a set that ships, a set with changes, or classes of a user's own. */

import { certain, formatQuantity, type Issue, isRecord } from '@walltime/hardware'
import type { Path } from '../document.ts'
import {
  CORRUPTION_SECONDS,
  DETECTION_SECONDS,
  HANG_TIMEOUT_SECONDS,
  MAINTENANCE,
  PREEMPTION,
  RECURRENCE_SECONDS,
  REPAIR,
  ROLLBACK_STEPS,
  SLOW_PACE,
  SLOW_SECONDS,
} from '../failure-defaults.ts'
import { atNodeRate, type FailureSet, nodeRate } from '../failure-presets.ts'
import { toIssues, unknownName } from '../object-schema.ts'
import type { Duration, FailureClass, FailureEffect, Lifetime, Repair } from '../reliability.ts'
import {
  type FailureClassChange,
  type FailureClassInput,
  failureClassChange,
  failureClassInput,
  failureSetInput,
  type ReliabilityInput,
} from '../reliability-input.ts'
import { readIncidents, recordOf } from '../trace-text.ts'
import { assume, type Notes, report } from './notes.ts'

type RepairInput = FailureClassInput['repair']

/** Repair as given over what is known of the cause. */
function repairOver(base: Repair, given: RepairInput): Repair {
  if (given === undefined) return base
  const { automaticShare, automatic, manual, silentAutomaticShare, silentManualShare } = given
  return {
    ...base,
    ...(automaticShare === undefined ? {} : { automaticShare }),
    ...(automatic === undefined ? {} : { automaticSeconds: automatic }),
    ...(manual === undefined ? {} : { manualSeconds: manual }),
    ...(silentAutomaticShare === undefined ? {} : { silentAutomaticShare }),
    ...(silentManualShare === undefined ? {} : { silentManualShare }),
  }
}

/** When a failure of each effect is noticed, or its cause found, where nothing is said. */
const DETECTION: Readonly<Record<FailureEffect, Duration>> = {
  kill: DETECTION_SECONDS,
  hang: HANG_TIMEOUT_SECONDS,
  corrupt: { exponential: { mean: CORRUPTION_SECONDS } },
  slow: { exponential: { mean: SLOW_SECONDS } },
  rollback: 0,
  stop: 0,
  preempt: 0,
}

function lifetimeOf(given: NonNullable<FailureClassInput['lifetime']>): Lifetime {
  if (typeof given === 'string' || !('piecewise' in given)) return given
  return {
    piecewise: given.piecewise.map(({ until, factor }) =>
      until === undefined ? { factor } : { untilSeconds: until, factor },
    ),
  }
}

function checkLifetime(notes: Notes, lifetime: Lifetime | undefined, path: Path): void {
  if (lifetime === undefined || typeof lifetime === 'string' || !('piecewise' in lifetime)) return
  const pieces = lifetime.piecewise
  let last = 0
  for (const [i, { untilSeconds }] of pieces.entries()) {
    const here = [...path, 'piecewise', i, 'until']
    if (i === pieces.length - 1) {
      if (untilSeconds !== undefined) report(notes, 'failures.lifetime', here, 'the last piece holds for good')
      continue
    }
    if (untilSeconds === undefined) report(notes, 'failures.lifetime', here, 'missing; only the last piece has no end')
    else if (untilSeconds <= last) {
      report(notes, 'failures.lifetime', here, 'the ends of the pieces must rise')
    }
    last = untilSeconds ?? last
  }
}

/** Fields of an effect that stand beside another effect. */
function checkEffect(notes: Notes, input: FailureClassInput, path: Path): void {
  const effect = input.effect ?? 'kill'
  const only = (field: 'pace' | 'rollback', needs: FailureEffect) => {
    if (input[field] !== undefined && effect !== needs) {
      report(notes, 'failures.effect', [...path, field], `belongs to effect: ${needs}, not ${effect}`)
    }
  }
  only('pace', 'slow')
  only('rollback', 'rollback')
  const ages = input.lifetime !== undefined && typeof input.lifetime !== 'string'
  if (ages && input.modulation !== undefined) {
    report(
      notes,
      'failures.lifetime',
      [...path, 'modulation'],
      'a part that ages has no times of day: give modulation or lifetime',
    )
  }
  if (ages && input.whileDown === true) {
    report(notes, 'failures.lifetime', [...path, 'whileDown'], 'a part that ages does so only while the job runs')
  }
  if (input.radius !== undefined && input.losesNode === false) {
    report(notes, 'failures.radius', [...path, 'radius'], 'a class that loses no node has no radius')
  }
}

/** What a class says beyond its rate, detection and repair. */
function extrasOf(input: FailureClassChange): Partial<FailureClass> {
  const { lifetime, modulation, burst, whileDown, effect, grace, diagnosis, wrongDiagnosis } = input
  const { overEviction, radius, stop, restart, pace, rollback } = input
  return {
    ...(lifetime === undefined ? {} : { lifetime: lifetimeOf(lifetime) }),
    ...(modulation === undefined
      ? {}
      : { modulation: { periodSeconds: modulation.period, factors: modulation.factors } }),
    ...(burst === undefined ? {} : { burst: { share: burst.share, withinSeconds: burst.within } }),
    ...(whileDown === undefined ? {} : { whileDown }),
    ...(effect === undefined ? {} : { effect }),
    ...(grace === undefined ? {} : { grace }),
    ...(diagnosis === undefined ? {} : { diagnosis }),
    ...(wrongDiagnosis === undefined
      ? {}
      : {
          wrongDiagnosis: {
            share: wrongDiagnosis.share,
            recurrenceSeconds: wrongDiagnosis.recurrence ?? RECURRENCE_SECONDS,
          },
        }),
    ...(overEviction === undefined ? {} : { overEviction }),
    ...(radius === undefined ? {} : { radius }),
    ...(stop === undefined ? {} : { stop }),
    ...(restart === undefined ? {} : { restart }),
    ...(pace === undefined ? {} : { pace: pace.law === 'fixed' ? pace.p50 : pace }),
    ...(rollback === undefined ? {} : { rollback }),
  }
}

/** What an effect needs and was not said. */
function effectDefaults(notes: Notes, given: Partial<FailureClass>, id: string): Partial<FailureClass> {
  const path = `reliability.failures.${id}`
  if (given.effect === 'slow' && given.pace === undefined) {
    assume(
      notes,
      `${path}.pace`,
      SLOW_PACE.toFixed(2),
      'GREYHOUND, ATC 2025 (second-hand): jobs took 1.34 times as long',
    )
    return { pace: SLOW_PACE }
  }
  if (given.effect === 'rollback' && given.rollback === undefined) {
    assume(notes, `${path}.rollback`, `${ROLLBACK_STEPS} steps`, 'PaLM, arXiv:2204.02311, section 5.1')
    return { rollback: { steps: ROLLBACK_STEPS } }
  }
  return {}
}

interface Policies {
  readonly detection: Duration | undefined
  readonly repair: RepairInput
}

/** A class of the user's own; one from a record by classes or nodes becomes several. */
function ownClasses(
  notes: Notes,
  input: FailureClassInput,
  policies: Policies,
  files: ReadonlyMap<string, string>,
  path: Path,
): readonly FailureClass[] {
  const { mtbf, rate, trace, per } = input
  if ([mtbf, rate, trace].filter((one) => one !== undefined).length !== 1) {
    report(notes, 'failures.rate', path, 'give either mtbf or rate of a failure class, or its trace')
    return []
  }
  checkEffect(notes, input, path)
  const extras = extrasOf(input)
  checkLifetime(notes, extras.lifetime, [...path, 'lifetime'])
  const effect = input.effect ?? 'kill'
  const own: FailureClass = {
    id: input.id,
    per,
    rate: rate ?? (mtbf === undefined ? 0 : 1 / mtbf),
    detection: input.detection ?? policies.detection ?? DETECTION[effect],
    losesNode:
      input.losesNode ??
      ((per === 'chip' || per === 'node' || per === 'rack' || input.radius !== undefined) &&
        effect !== 'stop' &&
        effect !== 'preempt' &&
        effect !== 'rollback'),
    repair: repairOver(repairOver(REPAIR, policies.repair), input.repair),
    source: input.source ?? 'given by the user',
    ...(per === 'rack' && input.radius === undefined ? { radius: 'rack' as const } : {}),
    ...extras,
    ...effectDefaults(notes, { ...extras, effect }, input.id),
  }
  return trace === undefined ? [own] : tracedClasses(notes, own, trace, files, [...path, 'trace'])
}

function tracedClasses(
  notes: Notes,
  own: FailureClass,
  trace: NonNullable<FailureClassInput['trace']>,
  files: ReadonlyMap<string, string>,
  path: Path,
): readonly FailureClass[] {
  const refuse = (field: string, message: string) => {
    report(notes, 'failures.trace', [...path, field], message)
    return []
  }
  if ((trace.file === undefined) === (trace.text === undefined)) return refuse('file', 'give either file or text')
  const field = trace.file === undefined ? 'text' : 'file'
  const text = trace.file === undefined ? trace.text : files.get(trace.file)
  if (text === undefined) return refuse('file', `${trace.file} was not read; give the record as text`)
  const record = readIncidents(text)
  if (typeof record === 'string') return refuse(field, record)
  for (const message of record.doubts) {
    notes.warnings.push({ code: 'failures.trace', path: `reliability.failures.${own.id}.trace`, message })
  }
  const names = [...new Set(record.lines.flatMap((line) => line.class ?? []))]
  const wanted = trace.class ?? own.id
  if (names.length > 0 && !names.includes(wanted)) return refuse('class', unknownName('class', wanted, names))
  const lines = record.lines.filter((line) => names.length === 0 || line.class === wanted)
  const start = trace.start ?? 'random'
  const { lengthSeconds } = recordOf(record, [], trace.length)
  if (trace.length === undefined) {
    const value = formatQuantity(lengthSeconds, 'time')
    assume(notes, `reliability.failures.${own.id}.trace.length`, value, 'to a mean interval after the last incident')
  }
  const sizes = [...new Set(lines.map(({ nodes }) => nodes))]
  return sizes.flatMap((nodes): readonly FailureClass[] => {
    const ownRecord = recordOf(
      record,
      lines.filter((line) => line.nodes === nodes),
      trace.length,
    )
    const last = ownRecord.times.at(-1) ?? 0
    if (last >= ownRecord.lengthSeconds) {
      const given = formatQuantity(ownRecord.lengthSeconds, 'time')
      return refuse(
        'length',
        `the record of ${given} ends before its last incident, at ${formatQuantity(last, 'time')}`,
      )
    }
    const id = sizes.length > 1 ? `${own.id} (${nodes ?? 'unknown'} nodes)` : own.id
    const radius = nodes === undefined ? {} : { radius: nodes, losesNode: true }
    return [
      { ...own, ...radius, id, rate: ownRecord.times.length / ownRecord.lengthSeconds, trace: { ...ownRecord, start } },
    ]
  })
}

/** A class of a set with the user's changes. */
function changedClass(
  notes: Notes,
  base: FailureClass,
  change: FailureClassChange,
  files: ReadonlyMap<string, string>,
  path: Path,
): readonly FailureClass[] {
  if (change.per !== undefined && change.per !== base.per && change.rate === undefined && change.mtbf === undefined) {
    report(
      notes,
      'failures.rate',
      [...path, 'per'],
      `the rate of ${base.id} is per ${base.per}; give one per ${change.per}`,
    )
    return []
  }
  if (change.rate !== undefined && change.mtbf !== undefined) {
    report(notes, 'failures.rate', path, 'give either mtbf or rate of a failure class, or its trace')
    return []
  }
  const extras = extrasOf(change)
  checkEffect(notes, { ...change, per: base.per, effect: change.effect ?? base.effect }, path)
  checkLifetime(notes, extras.lifetime, [...path, 'lifetime'])
  const merged: FailureClass = {
    ...base,
    ...extras,
    ...effectDefaults(notes, { ...base, ...extras }, base.id),
    per: change.per ?? base.per,
    rate: change.rate ?? (change.mtbf === undefined ? base.rate : 1 / change.mtbf),
    detection: change.detection ?? base.detection,
    losesNode: change.losesNode ?? (change.radius !== undefined || base.losesNode),
    repair: repairOver(base.repair, change.repair),
    source: change.source ?? `${base.source}, with changes`,
  }
  return change.trace === undefined ? [merged] : tracedClasses(notes, merged, change.trace, files, [...path, 'trace'])
}

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
    classes: rate === undefined ? all : atNodeRate(all, rate),
  }
}

/** A set of a user's own profiles: by the id of another, as a list of classes, or as changes of a set. */
export function readFailureSet(reference: unknown, known: FailureSets, path: Path): FailureSet | readonly Issue[] {
  const notes: Notes = { issues: [], assumptions: [], warnings: [] }
  const set = readSet(notes, known, reference, { detection: undefined, repair: undefined }, new Map(), path)
  return set === undefined || notes.issues.length > 0 ? notes.issues : set
}

function plannedClasses(notes: Notes, input: ReliabilityInput): readonly FailureClass[] {
  const classes: FailureClass[] = []
  const add = (
    section: 'maintenance' | 'preemption',
    list: NonNullable<ReliabilityInput['maintenance']>,
    defaults: { readonly everySeconds?: number; readonly seconds: number; readonly graceSeconds: number },
    source: string,
  ) => {
    for (const [i, one] of list.entries()) {
      const path = `reliability.${section}`
      const { every, rate } = one
      const id = one.id ?? (i === 0 ? section : `${section}-${i + 1}`)
      if (every !== undefined && rate !== undefined) {
        report(notes, 'failures.rate', ['reliability', section], 'give either every or rate')
      }
      const seconds = every ?? defaults.everySeconds
      if (rate === undefined && seconds === undefined) {
        report(notes, 'scenario.missing', ['reliability', section], 'give how often: every or rate')
        continue
      }
      if (every === undefined && rate === undefined)
        assume(notes, `${path}.every`, formatQuantity(seconds ?? 0, 'time'), source)
      if (one.duration === undefined)
        assume(notes, `${path}.duration`, formatQuantity(defaults.seconds, 'time'), 'assumed: no figure is published')
      const periodic = section === 'maintenance' && (one.periodic ?? true)
      classes.push({
        id,
        per: 'job',
        rate: rate ?? 1 / (seconds ?? 1),
        detection: 0,
        losesNode: false,
        repair: REPAIR,
        effect: section === 'maintenance' ? 'stop' : 'preempt',
        grace: one.grace ?? defaults.graceSeconds,
        stop: one.duration ?? defaults.seconds,
        source,
        ...(periodic ? { lifetime: 'periodic' as const } : {}),
      })
    }
  }
  if (input.maintenance !== undefined)
    add('maintenance', input.maintenance, MAINTENANCE, '47 planned stops in 54 days (Llama 3, arXiv:2407.21783)')
  if (input.preemption !== undefined)
    add('preemption', input.preemption, PREEMPTION, 'Kokolis et al., HPCA 2025: two hours of warning')
  return classes
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
  return { ...set, classes: [...diagnosed, ...plannedClasses(notes, input)] }
}

/** One failure class: what a user says of it over what its effect or its set has. */

import { formatQuantity, type QuantityPer } from '@walltime/hardware'
import type { Path } from '../document.ts'
import {
  CORRUPTION_SECONDS,
  DETECTION_SECONDS,
  HANG_TIMEOUT_SECONDS,
  RECURRENCE_SECONDS,
  REPAIR,
  ROLLBACK_STEPS,
  SLOW_PACE,
  SLOW_SECONDS,
} from '../failure-defaults.ts'
import type { FailureClassChange, FailureClassInput } from '../failure-input.ts'
import { given } from '../given.ts'
import type { Duration, FailureClass, FailureEffect, Lifetime, Repair } from '../reliability.ts'
import { recordedClasses } from './failure-record.ts'
import { assume, type Notes, report } from './notes.ts'

export type RepairInput = FailureClassInput['repair']

/** Policies of the job in place of those of a set's classes. */
export interface Policies {
  readonly detection: Duration | undefined
  readonly repair: RepairInput
}

/** Repair as given over what is known of the cause. */
export function repairOver(base: Repair, input: RepairInput = {}): Repair {
  const { automatic: automaticSeconds, manual: manualSeconds, ...shares } = input
  return { ...base, ...given({ ...shares, automaticSeconds, manualSeconds }) }
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

function lifetimeOf(law: NonNullable<FailureClassInput['lifetime']>): Lifetime {
  if (typeof law === 'string' || !('piecewise' in law)) return law
  return { piecewise: law.piecewise.map(({ until, factor }) => given({ untilSeconds: until, factor })) }
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

const DETECTION_SOURCES: Readonly<Record<FailureEffect, string>> = {
  kill: 'an explicit error, by its log (ByteRobust, arXiv:2509.16293, section 2.2)',
  hang: 'the default timeout of NCCL in PyTorch',
  corrupt: 'mean; ByteRobust, table 6',
  slow: 'mean; between compute and network of GREYHOUND, ATC 2025 (second-hand)',
  rollback: '',
  stop: '',
  preempt: '',
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

/** The rate of one unit; reported where it is stated for another kind of unit. */
function rateOf(notes: Notes, stated: QuantityPer, per: FailureClass['per'], path: Path): number {
  const unit = stated.per === 'cluster' ? 'job' : stated.per
  if (unit !== undefined && unit !== per) {
    report(notes, 'failures.rate', [...path, 'rate'], `is stated per ${stated.per}, and the class is per ${per}`)
  }
  return stated.value
}

/** What a class says beyond its rate, detection and repair. */
function extrasOf(input: FailureClassChange): Partial<FailureClass> {
  const { lifetime, modulation, burst, whileDown, effect, grace, diagnosis, wrongDiagnosis } = input
  const { overEviction, radius, stop, restart, pace, rollback } = input
  return given({
    lifetime: lifetime && lifetimeOf(lifetime),
    modulation: modulation && { periodSeconds: modulation.period, factors: modulation.factors },
    burst: burst && { share: burst.share, withinSeconds: burst.within },
    ...{ whileDown, effect, grace, diagnosis },
    wrongDiagnosis: wrongDiagnosis && {
      share: wrongDiagnosis.share,
      recurrenceSeconds: wrongDiagnosis.recurrence ?? RECURRENCE_SECONDS,
    },
    ...{ overEviction, radius, stop, restart },
    pace: pace?.law === 'fixed' ? pace.p50 : pace,
    rollback,
  })
}

/** What an effect needs and was not said. */
function effectDefaults(notes: Notes, own: Partial<FailureClass>, id: string): Partial<FailureClass> {
  const path = `reliability.failures.${id}`
  if (own.effect === 'slow' && own.pace === undefined) {
    assume(
      notes,
      `${path}.pace`,
      SLOW_PACE.toFixed(2),
      'GREYHOUND, ATC 2025 (second-hand): jobs took 1.34 times as long',
    )
    return { pace: SLOW_PACE }
  }
  if (own.effect === 'rollback' && own.rollback === undefined) {
    assume(notes, `${path}.rollback`, `${ROLLBACK_STEPS} steps`, 'PaLM, arXiv:2204.02311, section 5.1')
    return { rollback: { steps: ROLLBACK_STEPS } }
  }
  return {}
}

/** Writes down how a class is noticed and repaired where nothing is said of it. */
function assumePolicies(notes: Notes, input: FailureClassInput, policies: Policies, own: FailureClass): void {
  const path = `reliability.failures.${own.id}`
  const { detection, repair } = own
  if (input.detection === undefined && policies.detection === undefined && detection !== 0) {
    const mean = typeof detection === 'object' && 'exponential' in detection ? detection.exponential.mean : detection
    const value = typeof mean === 'number' ? formatQuantity(mean, 'time') : ''
    assume(notes, `${path}.detection`, value, DETECTION_SOURCES[own.effect ?? 'kill'])
  }
  if (own.losesNode && input.repair === undefined && policies.repair === undefined) {
    const times = [repair.automaticSeconds, repair.manualSeconds].map((one) => formatQuantity(one as number, 'time'))
    const value = `${100 * repair.automaticShare} % in ${times[0]}, others in ${times[1]}`
    assume(notes, `${path}.repair`, value, 'AIReSim, table 1 (assumed by its authors)')
  }
}

/** A class of the user's own; one from a record by classes or nodes becomes several. */
export function ownClasses(
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
    rate: rate === undefined ? (mtbf === undefined ? 0 : 1 / mtbf) : rateOf(notes, rate, per, path),
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
  assumePolicies(notes, input, policies, own)
  return trace === undefined ? [own] : recordedClasses(notes, own, trace, files, [...path, 'trace'])
}

/** A class of a set with the user's changes. */
export function changedClass(
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
    rate:
      change.rate === undefined
        ? change.mtbf === undefined
          ? base.rate
          : 1 / change.mtbf
        : rateOf(notes, change.rate, change.per ?? base.per, path),
    detection: change.detection ?? base.detection,
    losesNode: change.losesNode ?? (change.radius !== undefined || base.losesNode),
    repair: repairOver(base.repair, change.repair),
    source: change.source ?? `${base.source}, with changes`,
  }
  return change.trace === undefined ? [merged] : recordedClasses(notes, merged, change.trace, files, [...path, 'trace'])
}

import { compileDuration, type Duration, type DurationSpec, isRandom, NO_TIME } from '../duration.ts'
import { compileLifetime, type Lifetime } from '../lifetime.ts'
import { SimulationError } from '../simulation-error.ts'
import type { FailureClassSpec, FailureEffect, RepairSpec, RunSpec, TraceSpec } from '../spec.ts'
import { isObject, must, nonNegative, positive, shown } from '../validate.ts'
import type { CompiledClass, CompiledRepair, Moments } from './compiled.ts'

const EFFECTS: readonly FailureEffect[] = ['kill', 'corrupt', 'slow', 'rollback', 'stop', 'preempt']

/** A healthy node is checked for two hours before it goes back, as an automatic repair takes (AIReSim, table 1). */
export const CHECK_SECONDS = 7200

const NO_REPAIR: CompiledRepair = {
  automaticShare: 1,
  automatic: NO_TIME,
  manual: NO_TIME,
  silentAutomaticShare: 1,
  silentManualShare: 1,
}

const NEVER: Lifetime = { kind: 'exponential', rate: 0 }

/** What the nodes of the run are to its failure classes. */
export interface Members {
  readonly nodes: number
  /** Nodes that are replaced as one. */
  readonly perMember: number
  /** Replacements are counted: a class that loses nodes needs a repair time. */
  readonly counted: boolean
  /** A job that is stopped goes back to the one kind of checkpoint there is, and restarts. */
  readonly plain: boolean
  /** How much more often than sound nodes the nodes fail on average. */
  readonly lemonFactor: number
}

export function compileClasses(spec: RunSpec, members: Members): readonly CompiledClass[] {
  const units = nonNegative('units', spec.units ?? 1)
  const { failures } = spec
  must(isObject(failures), 'failures', `must be {mtbfSeconds} or a list of failure classes, not ${shown(failures)}`)
  if ('mtbfSeconds' in failures) {
    const { mtbfSeconds } = failures
    must(
      mtbfSeconds > 0,
      'failures.mtbfSeconds',
      `must be more than 0 (Infinity: nothing fails), not ${shown(mtbfSeconds)}`,
    )
    return [compileClass({ id: 'failure', rate: 1 / mtbfSeconds }, units, 'failures', members)]
  }
  must(Array.isArray(failures), 'failures', 'must be {mtbfSeconds} or a list of failure classes')
  return failures.map((c, i) => compileClass(c, units, `failures.${i}`, members))
}

function compileClass(c: FailureClassSpec, runUnits: number, path: string, members: Members): CompiledClass {
  const effect = c.effect ?? 'kill'
  must(EFFECTS.includes(effect), `${path}.effect`, `must be one of ${EFFECTS.join(', ')}, not ${shown(effect)}`)
  const perUnit = nonNegative(`${path}.rate`, c.rate)
  const units = nonNegative(`${path}.units`, c.units ?? runUnits)
  const lifetime = c.lifetime ?? 'exponential'
  const periodic = lifetime === 'periodic'
  const ages = lifetime !== 'exponential' && !periodic && perUnit > 0 && units > 0
  const modulation = compileModulation(`${path}.modulation`, c)
  const mean = modulation === undefined ? 1 : modulation.factors.reduce((a, b) => a + b, 0) / modulation.factors.length
  const base = perUnit * units
  const moments = compileMoments(path, c, base * (modulation?.peak ?? 1), periodic)
  const lemons = c.losesNode === true && c.fixedUnits !== true ? members.lemonFactor : 1
  const own = c.trace === undefined ? base * mean * lemons : traceRate(moments)
  const burst = c.burst === undefined ? undefined : compileBurst(`${path}.burst`, c.burst)
  must(
    !(ages && modulation !== undefined),
    `${path}.modulation`,
    'a class with a law of life other than exponential has no times of day',
  )
  must(!(ages && c.whileDown === true), `${path}.whileDown`, 'a part that ages ages only while the job runs')
  const duration = (name: keyof FailureClassSpec, value: FailureClassSpec['detectionSeconds']): Duration =>
    value === undefined ? NO_TIME : compileDuration(`${path}.${name}`, value)
  const detection = duration('detectionSeconds', c.detectionSeconds)
  const diagnosis = duration('diagnosisSeconds', c.diagnosisSeconds)
  return {
    id: c.id,
    effect,
    plain: members.plain && isPlain(c, effect, moments),
    rate: own / (1 - (burst?.share ?? 0)),
    peakRate: base * (modulation?.peak ?? 1),
    ...(modulation === undefined ? {} : { modulation }),
    ...(burst === undefined ? {} : { burst }),
    aging: ages,
    lifetime: ages ? compileLifetime(`${path}.lifetime`, lifetime, perUnit) : NEVER,
    units,
    perNode: (units * members.perMember) / members.nodes,
    fixedUnits: c.fixedUnits === true,
    ...(moments === undefined ? {} : { moments }),
    whileDown: c.whileDown === true,
    graceSeconds: nonNegative(`${path}.graceSeconds`, c.graceSeconds ?? 0),
    detection,
    diagnosis,
    noticeSeconds: isRandom(detection) || isRandom(diagnosis) ? -1 : detection.a + diagnosis.a,
    ...compileDiagnosis(path, c),
    stop: duration('stopSeconds', c.stopSeconds),
    ...(c.restartSeconds === undefined
      ? {}
      : { restartSeconds: nonNegative(`${path}.restartSeconds`, c.restartSeconds) }),
    ...compileLoss(path, c, members),
    slowPace: compileSlowPace(`${path}.slowPace`, effect, c.slowPace),
    rollback: duration('rollbackSeconds', c.rollbackSeconds),
  }
}

function isPlain(c: FailureClassSpec, effect: FailureEffect, moments: Moments | undefined): boolean {
  const more = [c.modulation, c.burst, c.graceSeconds, c.stopSeconds]
  return effect === 'kill' && moments === undefined && more.every((field) => field === undefined)
}

function compileModulation(path: string, { modulation }: FailureClassSpec): CompiledClass['modulation'] {
  if (modulation === undefined) return undefined
  const { periodSeconds, factors } = modulation
  positive(`${path}.periodSeconds`, periodSeconds)
  must(Array.isArray(factors) && factors.length > 0, `${path}.factors`, 'must be a list of factors')
  for (const [i, factor] of factors.entries()) nonNegative(`${path}.factors.${i}`, factor)
  const peak = Math.max(...factors)
  must(peak > 0, `${path}.factors`, 'must have one above 0')
  return { periodSeconds, factors, peak }
}

function compileBurst(path: string, { share, withinSeconds }: NonNullable<FailureClassSpec['burst']>) {
  must(share >= 0 && share < 1, `${path}.share`, `must be a share from 0 to below 1, not ${shown(share)}`)
  return { share, withinSeconds: nonNegative(`${path}.withinSeconds`, withinSeconds) }
}

function compileMoments(path: string, c: FailureClassSpec, rate: number, periodic: boolean): Moments | undefined {
  if (c.trace !== undefined) return compileTrace(`${path}.trace`, c.trace)
  if (periodic) {
    if (rate === 0) return undefined
    return { kind: 'record', times: [1 / rate], lengthSeconds: 1 / rate, randomStart: false, share: 1 }
  }
  return c.whileDown === true && rate > 0 ? { kind: 'poisson', rate } : undefined
}

function compileTrace(path: string, { times, lengthSeconds, start }: TraceSpec): Moments {
  must(Array.isArray(times), `${path}.times`, `must be a list of seconds, not ${shown(times)}`)
  positive(`${path}.lengthSeconds`, lengthSeconds)
  for (const [i, time] of times.entries()) {
    nonNegative(`${path}.times.${i}`, time)
    const before = i === 0 ? 0 : (times[i - 1] as number)
    must(time >= before, `${path}.times.${i}`, `must not fall: ${time} after ${before}`)
    must(
      time <= lengthSeconds,
      `${path}.times.${i}`,
      `must lie in the ${lengthSeconds} s of the record, not at ${time}`,
    )
  }
  return { kind: 'record', times, lengthSeconds, randomStart: start !== 'beginning', share: 1 }
}

function traceRate(moments: Moments | undefined): number {
  return moments?.kind === 'record' ? moments.times.length / moments.lengthSeconds : 0
}

function compileDiagnosis(path: string, { wrongDiagnosis, overEviction }: FailureClassSpec) {
  const share = wrongDiagnosis?.share ?? 0
  must(
    share >= 0 && share < 1,
    `${path}.wrongDiagnosis.share`,
    `must be a share from 0 to below 1, not ${shown(share)}`,
  )
  return {
    wrongShare: share,
    recurrenceSeconds: nonNegative(`${path}.wrongDiagnosis.recurrenceSeconds`, wrongDiagnosis?.recurrenceSeconds ?? 0),
    overEviction: wholeOrInfinite(`${path}.overEviction`, overEviction ?? 0, 0),
  }
}

function compileLoss(path: string, c: FailureClassSpec, { perMember, counted }: Members) {
  if (c.losesNode !== true) return { nodesLost: 0, wholeDomain: false, repair: NO_REPAIR }
  const lost = wholeOrInfinite(`${path}.nodesLost`, c.nodesLost ?? 1, 1)
  const size = { nodesLost: Math.ceil(lost / perMember), wholeDomain: lost > 1 }
  if (!counted && c.repair === undefined) return { ...size, repair: NO_REPAIR }
  if (c.repair === undefined) {
    throw new SimulationError('invalid-value', `${path}.repair`, `class ${c.id} loses a node and needs a repair time`)
  }
  return { ...size, repair: compileRepair(`${path}.repair`, c.repair) }
}

function compileRepair(path: string, repair: RepairSpec): CompiledRepair {
  const share = (name: keyof RepairSpec, value: number) => {
    nonNegative(`${path}.${name}`, value)
    must(value <= 1, `${path}.${name}`, `must be a share from 0 to 1, not ${value}`)
    return value
  }
  return {
    automaticShare: share('automaticShare', repair.automaticShare),
    automatic: repairTime(`${path}.automaticSeconds`, repair.automaticSeconds),
    manual: repairTime(`${path}.manualSeconds`, repair.manualSeconds),
    silentAutomaticShare: share('silentAutomaticShare', repair.silentAutomaticShare ?? 1),
    silentManualShare: share('silentManualShare', repair.silentManualShare ?? 1),
  }
}

/** Infinity: the node never comes back. */
function repairTime(path: string, spec: DurationSpec): Duration {
  return spec === Number.POSITIVE_INFINITY ? { ...NO_TIME, a: spec } : compileDuration(path, spec)
}

function compileSlowPace(path: string, effect: FailureEffect, pace: FailureClassSpec['slowPace']): Duration {
  if (effect !== 'slow') return NO_TIME
  if (pace === undefined)
    throw new SimulationError('invalid-value', path, 'a slow failure needs the pace while it lasts')
  const law = compileDuration(path, pace)
  must(law.a > 0 && law.a <= 1, path, `must be above 0 and at most 1, not ${law.a}`)
  return law
}

function wholeOrInfinite(path: string, value: number, least: number): number {
  const valid = (Number.isInteger(value) && value >= least) || value === Number.POSITIVE_INFINITY
  must(valid, path, `must be a whole number of at least ${least}, not ${shown(value)}`)
  return value
}

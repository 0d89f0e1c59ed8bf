import { certain, type Uncertain } from '@walltime/hardware'
import { compileCluster } from '../cluster-queue.ts'
import { compileDuration, isRandom, NO_TIME } from '../duration.ts'
import { FULL_STRENGTH, type PaceTable, progressPerSecond, RIGID } from '../pace.ts'
import { expectedSegment, segmentCount } from '../segment.ts'
import { SimulationError } from '../simulation-error.ts'
import type { PhaseSpec, RunSpec, SparesSpec } from '../spec.ts'
import { isObject, must, nonNegative, positive, shown, uncertain } from '../validate.ts'
import { checkWindow, chooseInterval, compileTiers, multiples, ratesByTier } from './checkpoints.ts'
import { compileClasses } from './classes.ts'
import type {
  CompiledClass,
  CompiledElastic,
  CompiledPhase,
  CompiledPool,
  CompiledRun,
  CompiledTier,
  RunWarning,
} from './compiled.ts'

/** A trial with more failures than this is given up: the run does not get through. */
export const MAX_FAILURES = 2_000_000
const MAX_NODES = 10_000_000
const MAX_PHASES = 1000

/** Checks a run and fills in its defaults; rates become those of the whole job. Throws a `SimulationError`. */
export function compileRun(spec: RunSpec): CompiledRun {
  const nodes = compileNodes(spec)
  const domain = compileDomain(spec, nodes)
  const perMember = domain?.nodes ?? 1
  const members = Math.ceil(nodes / perMember)
  const elastic = compileElastic(spec, nodes, perMember)
  const pools = compilePools(spec.spares, elastic)
  const tiers = compileTiers(spec, members)
  const rules = [spec.intervalSeconds, ...(spec.phases ?? []).map((p) => p.intervalSeconds)]
  const adaptive = rules.includes('adaptive')
  const plain = tiers.length === 1 && tiers[0]?.kind === 'remote' && elastic?.keepsWork !== true && !adaptive
  const lemons = compileLemons(spec)
  const lemonFactor = lemons === undefined ? 1 : 1 + lemons.share * (lemons.multiple - 1)
  const classes = compileClasses(spec, { nodes, perMember, counted: pools !== undefined, plain, lemonFactor })
  const sum = classes.reduce((total, c) => total + c.rate, 0)
  must(Number.isFinite(sum), 'failures', 'the failure rates add up to more than a number can hold')
  const constants = {
    stepError: factor('stepError', spec.stepError),
    fleet: factor('fleet', spec.fleet),
    restart: uncertain('restartSeconds', spec.restartSeconds),
    downtime: uncertain('downtimeSeconds', spec.downtimeSeconds ?? 0),
    price: uncertain('cost.usdPerChipHour', spec.cost?.usdPerChipHour ?? 0),
  }
  const shortest = positive('shortestIntervalSeconds', spec.shortestIntervalSeconds ?? 1)
  const shape = { spec, nodes, perMember, members, tiers, classes, shortest, fleet: constants.fleet.p50 }
  const phases = phaseSpecs(spec).map(([path, phase], i) => compilePhase(path, phase, i, shape))
  const first = phases[0] as CompiledPhase
  const requeue = spec.spares?.requeueSeconds
  const cluster = spec.cluster === undefined ? undefined : compileCluster('cluster', spec.cluster, nodes)
  const last = tiers.at(-1) as CompiledTier
  const rate = totalRate(shape, first)
  const compiled = {
    phases,
    tiers,
    startupSeconds: nonNegative('startupSeconds', spec.startupSeconds ?? 0),
    constants,
    classes,
    members,
    ...(lemons === undefined ? {} : { lemons }),
    batches: compileBatches(spec),
    ...(pools === undefined ? {} : { pools }),
    ...(requeue === undefined ? {} : { requeue: compileDuration('spares.requeueSeconds', requeue) }),
    ...(spec.repairCrews === undefined ? {} : { repairCrews: whole('repairCrews', spec.repairCrews, 1, 1e6) }),
    ...(domain === undefined ? {} : { domain }),
    ...(elastic === undefined ? {} : { elastic }),
    ...(cluster === undefined ? {} : { cluster }),
    pace: compilePace(spec.pace ?? RIGID, phases.length, elastic),
    cost: {
      spareChips: nonNegative('cost.spareChips', spec.cost?.spareChips ?? 0),
      freeWhileQueued: spec.cost?.freeWhileQueued === true,
    },
    adaptive,
    priorMtbf: rate > 0 ? 1 / rate : first.workSeconds,
    shortestInterval: Math.max(shortest, (tiers[0] as CompiledTier).durableAfterSeconds),
    lastBlockingSeconds: last.blockingSeconds,
    saveSeconds: last.blockingSeconds + last.durableAfterSeconds,
    streams: { details: false, repairs: pools !== undefined || cluster !== undefined },
    warnings: warningsOf(phases, tiers),
  }
  const streams = { ...compiled.streams, details: usesDetails(compiled) }
  return { ...compiled, streams, expectedFailures: expectedFailures(compiled, shape) }
}

interface Shape {
  readonly spec: RunSpec
  readonly nodes: number
  readonly perMember: number
  readonly members: number
  readonly tiers: readonly CompiledTier[]
  readonly classes: readonly CompiledClass[]
  readonly shortest: number
  readonly fleet: number
}

function compileNodes({ nodes, units, phases }: RunSpec): number {
  if (nodes !== undefined) return whole('nodes', nodes, 1, MAX_NODES)
  const counted = phases?.find((p) => p.nodes !== undefined)?.nodes
  const guess = counted ?? (typeof units === 'number' && units >= 1 ? Math.round(units) : 1)
  return whole(counted === undefined ? 'units' : 'phases', Math.min(guess, MAX_NODES), 1, MAX_NODES)
}

function compileDomain({ domain }: RunSpec, nodes: number): CompiledRun['domain'] {
  if (domain === undefined) return undefined
  const size = whole('domain.nodes', domain.nodes, 1, nodes)
  return { nodes: size, spare: whole('domain.spare', domain.spare, 0, 10_000) }
}

function compileElastic({ elastic }: RunSpec, nodes: number, perMember: number): CompiledElastic | undefined {
  if (elastic === undefined) return undefined
  const nodesPerReplica = whole('elastic.nodesPerReplica', elastic.nodesPerReplica, 1, nodes)
  const replicas = Math.floor(nodes / nodesPerReplica)
  const stallSeconds = nonNegative('elastic.stallSeconds', elastic.stallSeconds)
  return {
    replicas,
    nodesPerReplica: Math.max(1, nodesPerReplica / perMember),
    minReplicas: whole('elastic.minReplicas', elastic.minReplicas ?? 1, 1, replicas),
    stallSeconds,
    regrowSeconds: nonNegative('elastic.regrowSeconds', elastic.regrowSeconds ?? stallSeconds),
    keepsWork: elastic.keepsWork === true,
    first: elastic.first === true,
  }
}

function compilePools(
  spares: SparesSpec | undefined,
  elastic: CompiledElastic | undefined,
): readonly CompiledPool[] | undefined {
  if (spares === undefined) return elastic === undefined ? undefined : [{ nodes: 0, swap: NO_TIME }]
  const { nodes, pools } = spares
  must(nodes === undefined || pools === undefined, 'spares', 'has either nodes or pools')
  if (pools === undefined) return [{ nodes: whole('spares.nodes', nodes ?? 0, 0, MAX_NODES), swap: NO_TIME }]
  must(
    Array.isArray(pools) && pools.length > 0 && pools.length <= 100,
    'spares.pools',
    'must be a list of 1 to 100 pools',
  )
  return pools.map((pool, i) => {
    const path = `spares.pools.${i}`
    const unlimited = pool.nodes === Number.POSITIVE_INFINITY
    return {
      nodes: unlimited ? pool.nodes : whole(`${path}.nodes`, pool.nodes, 0, MAX_NODES),
      swap: pool.swapSeconds === undefined ? NO_TIME : compileDuration(`${path}.swapSeconds`, pool.swapSeconds),
    }
  })
}

function compileLemons({ lemons }: RunSpec): CompiledRun['lemons'] {
  if (lemons === undefined) return undefined
  must(
    lemons.share >= 0 && lemons.share < 1,
    'lemons.share',
    `must be a share from 0 to below 1, not ${shown(lemons.share)}`,
  )
  const multiple = positive('lemons.multiple', lemons.multiple)
  must(multiple >= 1, 'lemons.multiple', `must be at least 1, not ${multiple}`)
  return { share: lemons.share, multiple }
}

function compileBatches({ batches }: RunSpec): CompiledRun['batches'] {
  if (batches === undefined) return [{ share: 1, ageSeconds: 0 }]
  must(Array.isArray(batches) && batches.length <= 100, 'batches', 'must be a list of at most 100 {share, ageSeconds}')
  let left = 1
  for (const [i, { share, ageSeconds }] of batches.entries()) {
    nonNegative(`batches.${i}.share`, share)
    nonNegative(`batches.${i}.ageSeconds`, ageSeconds)
    left -= share
  }
  must(left > -1e-9, 'batches', 'has shares that add up to more than 1')
  return left > 1e-9 ? [...batches, { share: left, ageSeconds: 0 }] : batches
}

function phaseSpecs(spec: RunSpec): readonly (readonly [string, PhaseSpec])[] {
  const { phases, workSeconds } = spec
  if (phases === undefined) {
    return [['workSeconds', { workSeconds: positive('workSeconds', workSeconds ?? Number.NaN) }]]
  }
  must(workSeconds === undefined, 'workSeconds', 'is given by phases already')
  must(
    Array.isArray(phases) && phases.length > 0 && phases.length <= MAX_PHASES,
    'phases',
    `must be a list of 1 to ${MAX_PHASES}`,
  )
  return phases.map((phase: PhaseSpec, i) => {
    const given: unknown = phase
    must(isObject(given), `phases.${i}`, `must be {workSeconds}, not ${shown(given)}`)
    positive(`phases.${i}.workSeconds`, phase.workSeconds)
    return [`phases.${i}`, phase]
  })
}

function compilePhase(path: string, phase: PhaseSpec, i: number, shape: Shape): CompiledPhase {
  const { spec, nodes, perMember, tiers, classes, shortest, fleet } = shape
  const own = phase.nodes === undefined ? nodes : whole(`${path}.nodes`, phase.nodes, 1, MAX_NODES)
  const scale = own / nodes
  const rates = ratesByTier(tiers, classes, (c) => c.rate * (c.fixedUnits ? 1 : scale) * fleet)
  const limits = { workSeconds: phase.workSeconds, shortest }
  const further = typeof spec.checkpoint === 'number' ? [] : (spec.checkpoint.tiers ?? [])
  const ownInterval = phase.intervalSeconds !== undefined
  const intervals = tiers.map((tier, k) => {
    if (k > 0) {
      const at = `checkpoint.tiers.${k - 1}.intervalSeconds`
      return chooseInterval(at, further[k - 1]?.intervalSeconds ?? 'auto', tier, rates[k] as number, limits)
    }
    const at = ownInterval ? `${path}.intervalSeconds` : 'intervalSeconds'
    return chooseInterval(at, phase.intervalSeconds ?? spec.intervalSeconds, tier, rates[k] as number, limits)
  })
  // A quicker tier writes at least as often as a safer one.
  for (let k = tiers.length - 2; k >= 0; k--)
    intervals[k] = Math.min(intervals[k] as number, intervals[k + 1] as number)
  const every = multiples(intervals)
  const intervalSeconds = intervals[0] as number
  checkWindow(tiers, every, intervalSeconds)
  return {
    id: phase.id ?? String(i + 1),
    workSeconds: phase.workSeconds,
    members: Math.ceil(own / perMember),
    intervalSeconds,
    every,
    evaluationShare: evaluationShare(`${path}.evaluation`, phase.evaluation),
    switchSeconds: nonNegative(`${path}.switchSeconds`, phase.switchSeconds ?? 0),
    chips: Math.max(0, nonNegative('cost.chips', spec.cost?.chips ?? 0) - (spec.cost?.spareChips ?? 0)) * scale,
    busyWatts: nonNegative('power.busyWatts', spec.power?.busyWatts ?? 0) * scale,
    idleWatts: nonNegative('power.idleWatts', spec.power?.idleWatts ?? 0) * scale,
  }
}

function evaluationShare(path: string, evaluation: PhaseSpec['evaluation']): number {
  if (evaluation === undefined) return 0
  const every = positive(`${path}.everySeconds`, evaluation.everySeconds)
  const pause = nonNegative(`${path}.pauseSeconds`, evaluation.pauseSeconds)
  return pause / (every + pause)
}

function compilePace(pace: PaceTable, phases: number, elastic: CompiledElastic | undefined): PaceTable {
  const full = progressPerSecond(pace, FULL_STRENGTH)
  must(full > 0 && full <= 1, 'pace', `must be more than 0 and at most 1 at full strength, not ${full}`)
  must(
    pace.length === 1 || pace.length === phases,
    'pace',
    `must have one row, or one for each of the ${phases} phases`,
  )
  const rows = pace.map((row) =>
    elastic === undefined || row.length > 1 ? row : inProportion(row[0] as number, elastic),
  )
  return Array.from({ length: phases }, (_, i) => rows[Math.min(i, rows.length - 1)] as readonly number[])
}

/** Without a table, replicas are worth what they are of all. */
function inProportion(full: number, { replicas, minReplicas }: CompiledElastic): readonly number[] {
  return Array.from({ length: replicas - minReplicas + 1 }, (_, missing) => (full * (replicas - missing)) / replicas)
}

function factor(path: string, given: Uncertain | undefined): Uncertain {
  const law = given === undefined ? certain(1) : uncertain(path, given)
  must(law.p50 > 0, path, `must have a median of more than 0, not ${law.p50}`)
  return law
}

function whole(path: string, value: number, least: number, most: number): number {
  const valid = Number.isInteger(value) && value >= least && value <= most
  must(valid, path, `must be a whole number from ${least} to ${most}, not ${shown(value)}`)
  return value
}

/** Some failure takes more from its trial's streams than its moment and its class. */
function usesDetails(run: Omit<CompiledRun, 'expectedFailures'>): boolean {
  return (
    run.lemons !== undefined ||
    run.domain !== undefined ||
    run.tiers.some((t) => t.kind === 'memory') ||
    run.pools?.some((p) => isRandom(p.swap)) === true ||
    (run.requeue !== undefined && isRandom(run.requeue)) ||
    run.classes.some(
      (c) =>
        c.aging ||
        c.moments !== undefined ||
        c.modulation !== undefined ||
        c.burst !== undefined ||
        c.wrongShare > 0 ||
        (c.nodesLost > 1 && isRandom(c.repair.manual)) ||
        [c.detection, c.diagnosis, c.stop, c.slowPace, c.rollback].some(isRandom),
    )
  )
}

function totalRate({ tiers, classes, members, fleet }: Shape, phase: CompiledPhase): number {
  const scale = phase.members / members
  return ratesByTier(tiers, classes, (c) => c.rate * (c.fixedUnits ? 1 : scale) * fleet).reduce((a, b) => a + b, 0)
}

function expectedFailures(run: Omit<CompiledRun, 'expectedFailures'>, shape: Shape): number {
  const last = run.tiers.at(-1) as CompiledTier
  const restart = run.constants.restart.p50 + last.durableAfterSeconds + last.loadSeconds
  let failures = 0
  for (const phase of run.phases) {
    // A mean time between failures beyond the largest number is no failure.
    const sum = totalRate(shape, phase)
    const rate = Number.isFinite(1 / sum) ? sum : 0
    const work = phase.workSeconds * run.constants.stepError.p50
    const segment = {
      computeSeconds: Math.min(phase.intervalSeconds, work),
      blockingSeconds: (run.tiers[0] as CompiledTier).blockingSeconds,
      restartSeconds: run.elastic?.keepsWork === true ? run.elastic.stallSeconds : restart,
      downtimeSeconds: 0,
      rate,
    }
    const startup = { ...segment, computeSeconds: run.startupSeconds, blockingSeconds: 0, restartSeconds: 0 }
    const one = expectedSegment(segment)
    const all = rate * (segmentCount(work, phase.intervalSeconds) * one + expectedSegment(startup))
    failures += all
    if (!(failures <= MAX_FAILURES)) {
      throw new SimulationError(
        'cannot-finish',
        'intervalSeconds',
        `the run would fail more than ${MAX_FAILURES} times: mean time between failures ${show(1 / rate)} s, ` +
          `restart ${show(restart)} s, checkpoint every ${show(phase.intervalSeconds)} s; ` +
          `it would make ${show(segment.computeSeconds / one)} s of progress in a second`,
      )
    }
  }
  return failures
}

function warningsOf(phases: readonly CompiledPhase[], tiers: readonly CompiledTier[]): readonly RunWarning[] {
  const warnings: RunWarning[] = []
  for (const { id, intervalSeconds, every, workSeconds } of phases) {
    for (const [k, tier] of tiers.entries()) {
      const interval = intervalSeconds * (every[k] as number)
      const path = k === 0 ? 'intervalSeconds' : `checkpoint.tiers.${k - 1}.intervalSeconds`
      if (interval > workSeconds) {
        const message = `the interval of ${show(interval)} s is longer than the ${show(workSeconds)} s of phase ${id}: one checkpoint, at its end`
        warnings.push({ code: 'checkpoint.interval', path, message })
      }
      if (tier.durableAfterSeconds > interval + tier.blockingSeconds) {
        const message = `a checkpoint is safe only ${show(tier.durableAfterSeconds)} s after it was taken, and the next is taken every ${show(interval)} s: several are under way at once`
        warnings.push({ code: 'checkpoint.window', path, message })
      }
    }
  }
  return warnings
}

function show(value: number): string {
  return value.toPrecision(4)
}

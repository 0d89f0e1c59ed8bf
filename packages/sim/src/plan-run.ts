import {
  BUSY_POWER_SHARE,
  type CheckpointInterval,
  type CheckpointTier,
  chipsOfPhase,
  type Estimate,
  elasticPace,
  facilityPower,
  IDLE_POWER_SHARE,
  keepsCopies,
  mainPhase,
  mostMissing,
  type Phase,
  type PhaseResult,
  paidSpareChips,
  replicaUnit,
  type Scenario,
  secondsOf,
  trainerPool,
} from '@walltime/core'
import type { Uncertain } from '@walltime/hardware'
import type { PaceTable } from './pace.ts'
import { planFailures } from './plan-failures.ts'
import type { CheckpointKind, CheckpointTierSpec, IntervalRule, PhaseSpec, RunSpec } from './spec.ts'

/** What of an estimate a run is planned from. */
export type PlannedEstimate = Pick<Estimate, 'run' | 'step' | 'phases'>

/** The run of a scenario: its failure-free seconds from the estimate, its failures, checkpoints, price and power. */
export function planRun(scenario: Scenario, estimate: PlannedEstimate): RunSpec {
  const { reliability, cost } = scenario
  const { checkpoint, restart, lemons, batches, repairCrews } = reliability
  const pool = trainerPool(scenario)
  const first = scenario.phases[0] ?? mainPhase(scenario)
  const chips = chipsOfPhase(scenario, first)
  const nodes = Math.ceil(chips / pool.system.chipsPerNode)
  const stepSeconds = estimate.step.seconds
  const spareChips = paidSpareChips(scenario)
  return {
    ...planWork(scenario, estimate, first),
    stepError: scale(estimate.step.spread, 1 / stepSeconds),
    nodes,
    failures: planFailures(scenario, { pool, chips, nodes, stepSeconds }),
    fleet: reliability.fleet,
    checkpoint: {
      ...planTier(checkpoint),
      ...(checkpoint.tiers.length === 0
        ? {}
        : {
            tiers: checkpoint.tiers.map(
              (tier): CheckpointTierSpec => ({
                ...planTier(tier),
                intervalSeconds: planInterval(tier.interval, stepSeconds),
              }),
            ),
          }),
    },
    restartSeconds: plus(restart, restart.warmupSteps * stepSeconds),
    intervalSeconds: planInterval(checkpoint.interval, stepSeconds),
    shortestIntervalSeconds: stepSeconds,
    startupSeconds: reliability.startup,
    spares: planSpares(scenario),
    ...(lemons === undefined ? {} : { lemons }),
    ...(batches.length === 0 ? {} : { batches }),
    ...(repairCrews === undefined ? {} : { repairCrews }),
    ...planDomain(scenario, nodes),
    ...planElastic(scenario, first, nodes),
    ...planCluster(scenario),
    cost: {
      usdPerChipHour: cost.price.usdPerChipHour,
      chips: chips + spareChips,
      ...(spareChips === 0 ? {} : { spareChips }),
      ...(cost.freeWhileQueued ? { freeWhileQueued: true } : {}),
    },
    power: {
      busyWatts: facilityPower(pool, chips, BUSY_POWER_SHARE),
      idleWatts: facilityPower(pool, chips, IDLE_POWER_SHARE),
    },
  }
}

/** Seconds of work, or the phases where there are several or one has more to say than its length. */
function planWork(
  scenario: Scenario,
  { run, phases }: PlannedEstimate,
  first: Phase,
): Pick<RunSpec, 'workSeconds' | 'phases'> {
  const simple = first.evaluation === undefined && first.interval === undefined && first.switchSeconds === 0
  if (scenario.phases.length === 1 && simple) return { workSeconds: run.seconds }
  return { phases: scenario.phases.map((phase, i) => planPhase(scenario, phase, phases[i] as PhaseResult)) }
}

function planPhase(scenario: Scenario, phase: Phase, { name, seconds, stepSeconds }: PhaseResult): PhaseSpec {
  const { evaluation, switchSeconds } = phase
  const shared = scenario.reliability.checkpoint.interval
  const interval = phase.interval ?? (typeof shared === 'object' ? shared : undefined)
  return {
    id: name,
    workSeconds: seconds,
    nodes: Math.ceil(chipsOfPhase(scenario, phase) / trainerPool(scenario).system.chipsPerNode),
    ...(interval === undefined ? {} : { intervalSeconds: planInterval(interval, stepSeconds) }),
    ...(evaluation === undefined
      ? {}
      : { evaluation: { everySeconds: secondsOf(evaluation.every, stepSeconds), pauseSeconds: evaluation.pause } }),
    ...(switchSeconds === 0 ? {} : { switchSeconds }),
  }
}

const KINDS: Readonly<Record<CheckpointTier['kind'], CheckpointKind>> = {
  memory: 'memory',
  local: 'local',
  'file-system': 'remote',
  'object-store': 'remote',
}

function planTier({ kind, blocking, durableAfter, load, bytes, replicas }: CheckpointTier) {
  return {
    blockingSeconds: blocking,
    durableAfterSeconds: durableAfter,
    loadSeconds: load,
    bytes,
    kind: KINDS[kind],
    ...(replicas === undefined ? {} : { replicas }),
  }
}

function planInterval(interval: CheckpointInterval, stepSeconds: number): number | IntervalRule {
  return typeof interval === 'string' ? interval : secondsOf(interval, stepSeconds)
}

function planSpares({ reliability: { spares } }: Scenario): NonNullable<RunSpec['spares']> {
  const { nodes, pools, requeue } = spares
  return {
    ...(pools === undefined || pools.length === 0
      ? { nodes }
      : { pools: pools.map((pool) => ({ nodes: pool.nodes, swapSeconds: pool.swap })) }),
    ...(requeue === undefined ? {} : { requeueSeconds: requeue }),
  }
}

function planDomain(scenario: Scenario, nodes: number): Pick<RunSpec, 'domain'> {
  const { domain } = scenario.reliability
  const { domainChips, chipsPerNode } = trainerPool(scenario).system
  if (domain === undefined) return {}
  return { domain: { nodes: Math.min(nodes, Math.ceil(domainChips / chipsPerNode)), spare: domain.spareNodes } }
}

/** Replicas that can be missing, and what the job does per second without them. */
function planElastic(scenario: Scenario, first: Phase, nodes: number): Pick<RunSpec, 'elastic' | 'pace'> {
  const { elastic } = scenario.reliability
  const { chipsPerNode } = trainerPool(scenario).system
  const unit = replicaUnit(first.parallelism, chipsPerNode)
  const units = Math.floor(nodes / unit.nodes)
  if (elastic === undefined || units < 2) return {}
  const minReplicas = Math.min(units, Math.max(1, Math.ceil(elastic.minReplicas / unit.replicas)))
  const pace: PaceTable = scenario.phases.map((phase) => {
    const own = replicaUnit(phase.parallelism, chipsPerNode)
    const row = elasticPace(scenario, phase, mostMissing(phase, chipsPerNode, 1))
    // Missing units are counted in those of the first phase; a phase with larger ones loses more for each.
    return Array.from(
      { length: units - minReplicas + 1 },
      (_, missing) => row[Math.ceil((missing * unit.nodes) / own.nodes)] ?? 0,
    )
  })
  return {
    elastic: {
      nodesPerReplica: unit.nodes,
      minReplicas,
      stallSeconds: elastic.stall,
      regrowSeconds: elastic.regrow,
      keepsWork: elastic.keepsWork ?? keepsCopies(mainPhase(scenario)),
      first: elastic.first,
    },
    pace,
  }
}

function planCluster({ reliability: { cluster } }: Scenario): Pick<RunSpec, 'cluster'> {
  if (cluster === undefined) return {}
  const { nodes, priority, grace, jobs } = cluster
  return {
    cluster: {
      nodes,
      priority,
      graceSeconds: grace,
      jobs: jobs.map(({ duration, ...job }) => ({ ...job, durationSeconds: duration })),
    },
  }
}

function scale({ p5, p50, p95, law }: Uncertain, by: number): Uncertain {
  return { p5: p5 * by, p50: p50 * by, p95: p95 * by, law }
}

function plus({ p5, p50, p95, law }: Uncertain, seconds: number): Uncertain {
  return { p5: p5 + seconds, p50: p50 + seconds, p95: p95 + seconds, law }
}

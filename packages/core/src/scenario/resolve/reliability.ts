import { formatQuantity, type Uncertain } from '@walltime/hardware'
import { usedDomainChips } from '../../layout/placement.ts'
import type { Path } from '../document.ts'
import {
  DEFAULT_RESTART,
  ELASTIC_STALL_SECONDS,
  LARGEST_RACK,
  LEMONS,
  POD_RACK_CHIPS,
  RACK_CHIPS,
  SWAP_SECONDS,
} from '../failure-defaults.ts'
import { given } from '../given.ts'
import type { Profiles } from '../profiles.ts'
import type { Elastic, Reliability, Restart, SharedCluster, SparePool, Spares } from '../reliability.ts'
import type { ReliabilityInput, RestartByScaleInput } from '../reliability-input.ts'
import { communicatorSeconds, restartSeconds } from '../restart-seconds.ts'
import type { Parallelism, Pool } from '../scenario.ts'
import { type CheckpointCase, resolveCheckpoint } from './checkpoint.ts'
import { resolveFailures } from './failures.ts'
import { assume, type Notes, report } from './notes.ts'

const SECTION: Path = ['reliability']

function isPlain(restart: NonNullable<ReliabilityInput['restart']>): restart is Uncertain {
  return 'p50' in restart
}

/** Parts of a restart that come together on a slow day: their quantiles add up. */
function addUp(parts: readonly Uncertain[]): Uncertain {
  const sum = (name: 'p5' | 'p50' | 'p95') => parts.reduce((total, part) => total + part[name], 0)
  const law = parts.some((part) => part.law === 'normal') ? 'normal' : 'lognormal'
  const [p5, p50, p95] = [sum('p5'), sum('p50'), sum('p95')]
  return { p5, p50, p95, law: p5 === p95 ? 'fixed' : law }
}

/** A law around a median, as wide as the restarts of large jobs are (`DEFAULT_RESTART`). */
function around(median: number): Uncertain {
  const { p5, p50, p95 } = DEFAULT_RESTART
  return { p5: (median * p5) / p50, p50: median, p95: (median * p95) / p50, law: 'lognormal' }
}

const fixed = (seconds: number): Uncertain => ({ p5: seconds, p50: seconds, p95: seconds, law: 'fixed' })

function restartByScale(notes: Notes, input: RestartByScaleInput, chips: number): Restart {
  const { mode = 'requeue', process = 'auto', communicator = 'auto', load = 'auto', warmupSteps = 0 } = input
  const path = 'reliability.restart'
  const scheduled = restartSeconds(mode, chips)
  const connected = communicatorSeconds(chips)
  if (process === 'auto') {
    const source = `${mode} at ${chips} chips: ByteRobust, arXiv:2509.16293, table 7; as uncertain as published restarts`
    assume(notes, `${path}.process`, formatQuantity(scheduled, 'time'), source)
  }
  if (communicator === 'auto') {
    assume(
      notes,
      `${path}.communicator`,
      formatQuantity(connected, 'time'),
      'MegaScale, arXiv:2402.15627: 5 s at 2,048 chips',
    )
  }
  const parts = [
    process === 'auto' ? around(scheduled) : process,
    communicator === 'auto' ? fixed(connected) : communicator,
    ...(load === 'auto' ? [] : [load]),
  ]
  return { ...addUp(parts), warmupSteps }
}

function resolveRestart(notes: Notes, input: ReliabilityInput['restart'], chips: number): Restart {
  if (input !== undefined && !isPlain(input)) return restartByScale(notes, input, chips)
  if (input === undefined) assume(notes, 'reliability.restart', '10 min (5 to 20)', 'Kokolis et al., HPCA 2025')
  return { ...(input ?? DEFAULT_RESTART), warmupSteps: 0 }
}

function resolveSpares(notes: Notes, input: ReliabilityInput['spares']): Spares {
  if (input?.nodes === undefined && input?.pools === undefined) assume(notes, 'reliability.spares.nodes', '0')
  const paid = input?.paid ?? true
  const own: SparePool = { kind: 'hot', nodes: input?.nodes ?? 0, swap: 0, paid }
  const listed = (input?.pools ?? []).map((pool, i): SparePool => {
    const path = `reliability.spares.pools[${i}]`
    if (pool.swap === undefined && pool.kind !== 'hot') {
      const source = 'AIReSim, table 1: host selection of a standby, preemption of another job (assumed by its authors)'
      assume(notes, `${path}.swap`, formatQuantity(SWAP_SECONDS[pool.kind], 'time'), source)
    }
    if (pool.nodes === undefined && pool.kind !== 'shared') {
      report(
        notes,
        'scenario.missing',
        [...SECTION, 'spares', 'pools', i, 'nodes'],
        `missing; a ${pool.kind} pool has a size`,
      )
    }
    return {
      kind: pool.kind,
      nodes: pool.nodes ?? Number.POSITIVE_INFINITY,
      swap: pool.swap ?? SWAP_SECONDS[pool.kind],
      paid: pool.paid ?? (pool.kind === 'shared' ? false : paid),
    }
  })
  const endless = listed.findIndex((pool) => pool.nodes === Number.POSITIVE_INFINITY)
  if (endless >= 0 && endless < listed.length - 1) {
    const message = 'is never asked: the pool before it is never empty'
    report(notes, 'spares.pools', [...SECTION, 'spares', 'pools', endless + 1], message)
  }
  const pools = own.nodes > 0 ? [own, ...listed] : listed
  return {
    nodes: pools.reduce((sum, { nodes }) => sum + (Number.isFinite(nodes) ? nodes : 0), 0),
    paid,
    ...(input?.pools === undefined ? {} : { pools }),
    ...(input?.requeue === undefined ? {} : { requeue: input.requeue }),
  }
}

function resolveElastic(notes: Notes, input: ReliabilityInput['elastic'], layout: Parallelism): Elastic | undefined {
  if (input === undefined) return undefined
  const { minReplicas = 1, keepsWork, first = false } = input
  if (input.stall === undefined) {
    assume(
      notes,
      'reliability.elastic.stall',
      formatQuantity(ELASTIC_STALL_SECONDS, 'time'),
      'FT-HSDP, arXiv:2602.00277',
    )
  }
  if (minReplicas > layout.dp) {
    const message = `the layout has ${layout.dp} data-parallel replicas; at most as many can be needed`
    report(notes, 'elastic.replicas', [...SECTION, 'elastic', 'minReplicas'], message)
  }
  const stall = input.stall ?? ELASTIC_STALL_SECONDS
  return { minReplicas, stall, regrow: input.regrow ?? stall, first, ...(keepsWork === undefined ? {} : { keepsWork }) }
}

function resolveSharedCluster(
  notes: Notes,
  input: ReliabilityInput['cluster'],
  nodes: number,
): SharedCluster | undefined {
  if (input === undefined) return undefined
  const path = [...SECTION, 'cluster']
  if (input.nodes < nodes) {
    report(
      notes,
      'cluster.shared',
      [...path, 'nodes'],
      `the run alone needs ${nodes} nodes; the cluster has ${input.nodes}`,
    )
  }
  const jobs = input.jobs.map((job, i) => {
    const here = [...path, 'jobs', i]
    if ((job.rate === undefined) === (job.every === undefined)) {
      report(notes, 'cluster.shared', here, 'give how often such a job comes: either rate or every')
    }
    if (job.nodes > input.nodes) {
      report(notes, 'cluster.shared', [...here, 'nodes'], `never starts: the cluster has ${input.nodes} nodes`)
    }
    return {
      id: job.id ?? `job-${i + 1}`,
      nodes: job.nodes,
      priority: job.priority ?? 0,
      rate: job.rate ?? 1 / (job.every ?? 1),
      duration: job.duration,
    }
  })
  return { nodes: input.nodes, priority: input.priority ?? 0, grace: input.grace ?? 0, jobs }
}

function resolveDomain(
  notes: Notes,
  input: ReliabilityInput['domain'],
  layout: Parallelism,
  { system }: Pool,
): Reliability['domain'] {
  if (input === undefined) return undefined
  const nodes = system.domainChips / system.chipsPerNode
  const path = [...SECTION, 'domain']
  if (nodes <= 1) {
    return report(
      notes,
      'reliability.domain',
      path,
      `the scale-up domain of ${system.name} is a node: it is replaced as a whole anyway`,
    )
  }
  const { spareNodes = 'auto' } = input
  const idle = Math.floor((system.domainChips - usedDomainChips(layout, system.domainChips)) / system.chipsPerNode)
  if (spareNodes === 'auto')
    assume(notes, 'reliability.domain.spareNodes', `${idle}`, 'nodes that the layout leaves idle')
  else if (spareNodes >= nodes) {
    return report(notes, 'reliability.domain', [...path, 'spareNodes'], `the domain has ${nodes} nodes`)
  }
  return { spareNodes: spareNodes === 'auto' ? idle : spareNodes }
}

function resolveBatches(notes: Notes, input: ReliabilityInput['batches'] = []): Reliability['batches'] {
  const total = input.reduce((sum, { share }) => sum + share, 0)
  if (total > 1 + 1e-9) {
    report(
      notes,
      'reliability.batches',
      [...SECTION, 'batches'],
      `the shares add up to ${total.toFixed(3)}, more than 1`,
    )
  }
  return input.map(({ share, age }) => ({ share, ageSeconds: age }))
}

/** Nodes of a rack: the scale-up domain where it is one, a cube of a pod that is larger, four nodes of eight chips else. */
function rackNodesOf(notes: Notes, told: number | undefined, { system }: Pool, used: boolean): number {
  if (told !== undefined) return told
  const { domainChips, chipsPerNode } = system
  const [chips, source] =
    domainChips > LARGEST_RACK
      ? [POD_RACK_CHIPS, 'a rack of a TPU pod holds a cube of 64 chips']
      : domainChips > chipsPerNode
        ? [domainChips, 'the scale-up domain']
        : [RACK_CHIPS, 'four nodes of eight chips (DGX SuperPOD); assumed']
  const nodes = Math.max(1, Math.round(chips / chipsPerNode))
  if (used) assume(notes, 'reliability.rackNodes', String(nodes), source)
  return nodes
}

/** Failures, checkpoints, restart and spares of the run. */
export function resolveReliability(
  notes: Notes,
  profiles: Profiles,
  input: ReliabilityInput = {},
  of: CheckpointCase,
  files: ReadonlyMap<string, string>,
): Reliability | undefined {
  const { layout, pool } = of
  const failures = resolveFailures(notes, profiles.failures, input, files)
  const { restart, lemons, repair } = input
  const loads = restart !== undefined && !isPlain(restart) && (restart.load ?? 'auto') === 'auto'
  const checkpoint = resolveCheckpoint(notes, input.checkpoint, of, loads)
  if (failures === undefined || checkpoint === undefined) return undefined
  const domain = resolveDomain(notes, input.domain, layout, pool)
  const elastic = resolveElastic(notes, input.elastic, layout)
  const nodes = Math.ceil(pool.chips / pool.system.chipsPerNode)
  const cluster = resolveSharedCluster(notes, input.cluster, nodes)
  const racks = failures.classes.some(({ per, radius }) => per === 'rack' || radius === 'rack')
  if (lemons !== undefined && (lemons.share === undefined || lemons.multiple === undefined)) {
    const value = `${lemons.share ?? LEMONS.share} of the nodes, ${lemons.multiple ?? LEMONS.multiple} times as often`
    assume(
      notes,
      'reliability.lemons',
      value,
      'Kokolis et al., HPCA 2025: 1.2 % of the nodes behind 13 % of failed jobs',
    )
  }
  if (input.fleet === undefined && failures.fleet.law !== 'fixed') {
    const { p5, p95 } = failures.fleet
    assume(
      notes,
      'reliability.fleet',
      `1 (${p5.toFixed(2)} to ${p95.toFixed(2)})`,
      `what fleets differ by: ${failures.name}`,
    )
  }
  return {
    failures: { id: failures.id, classes: failures.classes },
    fleet: input.fleet ?? failures.fleet,
    checkpoint,
    restart: resolveRestart(notes, restart, pool.chips),
    startup: input.startup ?? 0,
    spares: resolveSpares(notes, input.spares),
    batches: resolveBatches(notes, input.batches),
    rackNodes: rackNodesOf(notes, input.rackNodes, pool, racks),
    people: input.people ?? 1,
    ...given({
      lemons: lemons && { share: lemons.share ?? LEMONS.share, multiple: lemons.multiple ?? LEMONS.multiple },
      repairCrews: repair?.crews,
      ...{ domain, elastic, cluster },
    }),
  }
}

import { certain, formatQuantity, type Uncertain } from '@walltime/hardware'
import type { Architecture } from '../../model/architecture.ts'
import { countParameters } from '../../model/parameters.ts'
import { SECONDS_PER_HOUR } from '../../run/run.ts'
import type { Path } from '../document.ts'
import type { FailureSet } from '../failure-presets.ts'
import { type FailureClassInput, failureClassInput, type ScenarioInput } from '../input-schema.ts'
import { toIssues, unknownName } from '../object-schema.ts'
import { lookUp, type Profiles } from '../profiles.ts'
import type { Checkpoint, FailureClass, Pool, Reliability } from '../scenario.ts'
import { assume, type Notes, report } from './notes.ts'

/** Bytes of a checkpoint for each parameter: 16-bit weights, 32-bit master weights and two moments. */
const CHECKPOINT_BYTES_PER_PARAMETER = 14

/** Seconds training stands still for a checkpoint that is copied to host memory and written behind it (ByteRobust, arXiv:2509.16293, table 8: 0.01 to 1.84 s). */
const SNAPSHOT_SECONDS = 2

/** Bytes/s that storage takes from one node and from a whole cluster (node: DGX SuperPOD reference designs; cluster: 50 to 200 GB/s in published runs). */
const STORAGE_PER_NODE = 2e9
const STORAGE_CLUSTER = 200e9

/** Restart of a large job: 5 to 20 minutes (Kokolis et al., HPCA 2025), 10 at 16,384 chips. */
const DEFAULT_RESTART: Uncertain = { p5: 300, p50: 600, p95: 1200, law: 'lognormal' }

const DETECTION_SECONDS = 60
const REPAIR = { automaticShare: 0.2, automaticSeconds: 2 * SECONDS_PER_HOUR, manualSeconds: 48 * SECONDS_PER_HOUR }

function resolveFailureClass(notes: Notes, input: FailureClassInput, path: Path): FailureClass | undefined {
  const { mtbf, rate, per } = input
  if ((mtbf === undefined) === (rate === undefined)) {
    return report(notes, 'failures.rate', path, 'give either mtbf or rate of a failure class')
  }
  const { repair } = input
  return {
    id: input.id,
    per,
    rate: rate ?? 1 / (mtbf ?? 1),
    detection: input.detection ?? DETECTION_SECONDS,
    losesNode: input.losesNode ?? (per === 'chip' || per === 'node'),
    repair: {
      automaticShare: repair?.automaticShare ?? REPAIR.automaticShare,
      automaticSeconds: repair?.automatic ?? REPAIR.automaticSeconds,
      manualSeconds: repair?.manual ?? REPAIR.manualSeconds,
    },
    source: input.source ?? 'given by the user',
  }
}

function resolveFailures(notes: Notes, profiles: Profiles, input: unknown): FailureSet | undefined {
  const path = ['reliability', 'failures']
  if (input === undefined) assume(notes, 'reliability.failures', 'llama3-2024', 'the largest published set of causes')
  const reference = input ?? 'llama3-2024'
  if (typeof reference === 'string') {
    const known = Object.keys(profiles.failures)
    return (
      lookUp(profiles.failures, reference) ??
      report(notes, 'scenario.unknown', path, unknownName('set of failures', reference, known))
    )
  }
  if (!Array.isArray(reference)) {
    return report(notes, 'scenario.type', path, 'failures are the id of a set, or a list of classes')
  }
  const classes: FailureClass[] = []
  for (const [i, item] of reference.entries()) {
    const result = failureClassInput.safeParse(item)
    if (!result.success) notes.issues.push(...toIssues(result.error, [...path, i]))
    else {
      const one = resolveFailureClass(notes, result.data, [...path, i])
      if (one !== undefined) classes.push(one)
    }
  }
  return { id: 'custom', name: 'given by the user', source: 'given by the user', classes, fleet: certain(1) }
}

function resolveCheckpoint(
  notes: Notes,
  input: NonNullable<ScenarioInput['reliability']>['checkpoint'],
  model: Architecture,
  pool: Pool,
): Checkpoint {
  const bytes = countParameters(model).total * (input?.bytesPerParameter ?? CHECKPOINT_BYTES_PER_PARAMETER)
  const nodes = pool.chips / pool.system.chipsPerNode
  const bandwidth = input?.bandwidth ?? Math.min(STORAGE_CLUSTER, nodes * STORAGE_PER_NODE)
  if (input?.blocking === undefined) {
    assume(
      notes,
      'reliability.checkpoint.blocking',
      `${SNAPSHOT_SECONDS} s`,
      'copied to host memory, written behind the training',
    )
  }
  const given = input?.blocking !== undefined && input.bandwidth === undefined
  const durableAfter = input?.durableAfter ?? (given ? 0 : bytes / bandwidth)
  if (input?.durableAfter === undefined && !given) {
    assume(
      notes,
      'reliability.checkpoint.durableAfter',
      formatQuantity(durableAfter, 'time'),
      `${formatQuantity(bytes, 'bytes')} at ${formatQuantity(bandwidth, 'bandwidth')}`,
    )
  }
  return { interval: input?.interval ?? 'auto', blocking: input?.blocking ?? SNAPSHOT_SECONDS, durableAfter, bytes }
}

/** Failures, checkpoints, restart and spares of the run. */
export function resolveReliability(
  notes: Notes,
  profiles: Profiles,
  input: ScenarioInput['reliability'],
  model: Architecture,
  pool: Pool,
): Reliability | undefined {
  const failures = resolveFailures(notes, profiles, input?.failures)
  if (failures === undefined) return undefined
  if (input?.restart === undefined)
    assume(notes, 'reliability.restart', '10 min (5 to 20)', 'Kokolis et al., HPCA 2025')
  if (input?.spares === undefined) assume(notes, 'reliability.spares.nodes', '0')
  return {
    failures: { id: failures.id, classes: failures.classes },
    fleet: input?.fleet ?? failures.fleet,
    checkpoint: resolveCheckpoint(notes, input?.checkpoint, model, pool),
    restart: input?.restart ?? DEFAULT_RESTART,
    startup: input?.startup ?? 0,
    spares: { nodes: input?.spares?.nodes ?? 0, paid: input?.spares?.paid ?? true },
  }
}

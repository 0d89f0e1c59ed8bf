/** What a job does per second while some of its data-parallel replicas are missing. */

import { checkLayout } from '../layout/check.ts'
import { ownStepSeconds } from '../layout-evaluator.ts'
import { chipsOfPhase, type Parallelism, type Phase, type Scenario, trainerPool } from '../scenario/scenario.ts'

/** Replicas that go together when one node is lost, and the nodes that they stand on. */
export interface ReplicaUnit {
  readonly replicas: number
  readonly nodes: number
}

/**
 * A node holds the ranks of one pipeline stage side by side (tp, then cp, then dp), so it breaks all replicas that have a
 * rank on it; and the replicas whose experts are spread over one expert-parallel group break together.
 */
export function replicaUnit({ tp, cp, pp, ep, etp, dp }: Parallelism, chipsPerNode: number): ReplicaUnit {
  const replicas = Math.min(dp, Math.max(1, Math.ceil(chipsPerNode / (tp * cp)), Math.ceil((ep * etp) / (tp * cp))))
  return { replicas, nodes: Math.max(1, Math.ceil((replicas * tp * cp * pp) / chipsPerNode)) }
}

/** Points at which steps are timed; between them seconds change little, and in proportion. */
const SAMPLES = 12

/** Seconds of a step with so many replicas, each with as many micro-batches as before; null where no such layout is. */
function stepWith(scenario: Scenario, phase: Phase, dp: number): number | null {
  const { parallelism, training } = phase
  const part = dp / parallelism.dp
  const { shardGroup: _, ...layout } = { ...parallelism, dp }
  const fewer = {
    ...phase,
    main: true,
    training: { ...training, globalBatch: training.globalBatch * part },
    parallelism: layout,
  }
  const pool = { ...trainerPool(scenario), chips: chipsOfPhase(scenario, phase) * part }
  const one: Scenario = { ...scenario, cluster: { ...scenario.cluster, pools: [pool] }, phases: [fewer], measured: [] }
  return checkLayout(one).length > 0 ? null : ownStepSeconds(one)
}

/**
 * Planned work done in one second of a phase, by missing replica units from none up to `most`: tokens a second over those
 * at full strength. The replicas that are left keep their micro-batches, so the global batch shrinks with them
 * (FT-HSDP, arXiv:2602.00277).
 */
export function elasticPace(scenario: Scenario, phase: Phase, most: number): readonly number[] {
  const { replicas } = replicaUnit(phase.parallelism, trainerPool(scenario).system.chipsPerNode)
  const { dp } = phase.parallelism
  const full = stepWith(scenario, phase, dp)
  const stride = Math.max(1, Math.ceil(most / SAMPLES))
  const known: { readonly missing: number; readonly seconds: number }[] = []
  for (
    let missing = 0;
    missing <= most;
    missing += missing + stride > most && missing < most ? most - missing : stride
  ) {
    const left = dp - missing * replicas
    const seconds = left > 0 ? stepWith(scenario, phase, left) : null
    if (seconds !== null) known.push({ missing, seconds })
  }
  return Array.from({ length: most + 1 }, (_, missing) => {
    const share = Math.max(0, (dp - missing * replicas) / dp)
    if (full === null || missing === 0) return share
    return Math.min(1, (share * full) / secondsAt(known, missing, full))
  })
}

function secondsAt(
  known: readonly { readonly missing: number; readonly seconds: number }[],
  missing: number,
  otherwise: number,
): number {
  const after = known.find((point) => point.missing >= missing)
  const before = known.findLast((point) => point.missing <= missing)
  if (after === undefined || before === undefined) return (after ?? before)?.seconds ?? otherwise
  if (after.missing === before.missing) return after.seconds
  const part = (missing - before.missing) / (after.missing - before.missing)
  return before.seconds + part * (after.seconds - before.seconds)
}

/** Units that a phase has, and how many of them may be missing before it has fewer replicas than it needs. */
export function mostMissing(phase: Phase, chipsPerNode: number, minReplicas: number): number {
  const { replicas } = replicaUnit(phase.parallelism, chipsPerNode)
  return Math.max(0, Math.floor((phase.parallelism.dp - minReplicas) / replicas))
}

/** The layout keeps whole copies of the state on other replicas: a replica's loss takes nothing that is not elsewhere. */
export function keepsCopies({ parallelism: { zero, shardGroup, dp, cp } }: Phase): boolean {
  return dp > 1 && (zero === 0 || (shardGroup !== undefined && shardGroup < dp * cp))
}

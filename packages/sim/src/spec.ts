/** A run as the literature states it: seconds of work, failures, checkpoints and restarts. No model of the step behind it. */

import type { Uncertain } from '@walltime/hardware'
import type { DurationSpec } from './duration.ts'
import type { LifetimeSpec } from './lifetime.ts'
import type { PaceTable } from './pace.ts'

export interface RunSpec {
  /** Seconds that the run takes without failures and without checkpoints; or `phases`. */
  readonly workSeconds?: number
  /** The run in parts that follow each other, each with its own size, pace and interval. */
  readonly phases?: readonly PhaseSpec[]
  /** What fails: `mtbfSeconds` and `rate` are those of one unit unless a class counts its own. Default 1. */
  readonly units?: number
  readonly failures: MeanTimeBetweenFailures | readonly FailureClassSpec[]
  /** Seconds that the job stands still for one checkpoint, or the whole of it. */
  readonly checkpoint: number | CheckpointSpec
  /** Seconds from the end of the downtime to the first new second of work; failures strike it, and it starts over. */
  readonly restartSeconds: number | Uncertain
  /** Seconds after every failure in which nothing can fail, on top of the detection of its class. Default 0. */
  readonly downtimeSeconds?: number | Uncertain
  /** Seconds of computing between two checkpoints of the first tier, or the rule that chooses them. */
  readonly intervalSeconds: number | IntervalRule
  /** A rule chooses nothing shorter: one training step. Default 1 s. */
  readonly shortestIntervalSeconds?: number
  /** Seconds before the first step; failures strike it, and it starts over. Default 0. */
  readonly startupSeconds?: number
  /** Factor on `workSeconds` that is unknown before the run: how wrong the predicted step is. */
  readonly stepError?: Uncertain
  /** Factor on every failure rate that is unknown before the run: how good this fleet is. */
  readonly fleet?: Uncertain
  /** Nodes that the job runs on, in the first phase; what spares, lemons and elastic runs count. Default 1. */
  readonly nodes?: number
  /** Share of nodes that fail at a multiple of the rate of the classes that lose nodes. */
  readonly lemons?: { readonly share: number; readonly multiple: number }
  /** Ages with which shares of the nodes begin; what is left of 1 begins at 0. It matters to classes that age. */
  readonly batches?: readonly { readonly share: number; readonly ageSeconds: number }[]
  /** Nodes that wait beside the job. Absent: a lost node is replaced at once. */
  readonly spares?: SparesSpec
  /** Repairs by hand that can go on at once. Default: any number. */
  readonly repairCrews?: number
  /** Nodes that share one scale-up domain: it is replaced as a whole once more than `spare` of its nodes are lost. */
  readonly domain?: { readonly nodes: number; readonly spare: number }
  /** Goes on with fewer data-parallel replicas while nodes are missing. */
  readonly elastic?: ElasticSpec
  /** Other jobs that share the cluster: the run waits for its nodes and is preempted as they make it. */
  readonly cluster?: SharedClusterSpec
  /** What one second of computing is worth in each state of the job. Default: a second. */
  readonly pace?: PaceTable
  readonly cost?: CostSpec
  readonly power?: PowerSpec
}

/**
 * How an interval is chosen: `young`: √(2CM); `auto` and `daly`: Daly's higher order; `optimal`: the exact optimum under
 * exponential failures; `adaptive`: Daly's, from the failures seen so far in the run, beginning with the median rate.
 */
export type IntervalRule = 'auto' | 'young' | 'daly' | 'optimal' | 'adaptive'

export interface PhaseSpec {
  readonly id?: string
  readonly workSeconds: number
  /** Nodes of this phase. Default: those of the run. */
  readonly nodes?: number
  /** Default: that of the run; a rule is applied at this phase's own rate. */
  readonly intervalSeconds?: number | IntervalRule
  /** Pauses to evaluate the model, after every so many seconds of computing. */
  readonly evaluation?: { readonly everySeconds: number; readonly pauseSeconds: number }
  /** Seconds to set up the phase, after the checkpoint of the one before; failures strike it. Default 0. */
  readonly switchSeconds?: number
}

export interface MeanTimeBetweenFailures {
  /** Of one unit. */
  readonly mtbfSeconds: number
}

/**
 * What a failure does to the job. `kill`: it stops (a hang is a kill with a long detection). `corrupt`: it goes on until
 * the damage is found, then back to before it struck. `slow`: it goes on at a smaller pace until the cause is found.
 * `rollback`: a loss spike; back by `rollbackSeconds` of work and on without the batches that caused it. `stop`: planned
 * from outside. `preempt`: the nodes are taken, and `stopSeconds` is the wait until they are back.
 */
export type FailureEffect = 'kill' | 'corrupt' | 'slow' | 'rollback' | 'stop' | 'preempt'

export interface FailureClassSpec {
  readonly id: string
  /** Failures per second of one unit, 1 over its mean life; 0 never fails. */
  readonly rate: number
  /** Units of this class; default: those of the run. They grow and shrink with the nodes of a phase unless `fixedUnits`. */
  readonly units?: number
  readonly fixedUnits?: boolean
  /** Law of a unit's life. Default exponential. A unit is new after each of its own failures, and only then. */
  readonly lifetime?: LifetimeSpec
  /** In place of a rate: moments of past incidents. */
  readonly trace?: TraceSpec
  /** Factor on the rate by time of day or of year, in equal parts of the period; the run begins with the first. */
  readonly modulation?: { readonly periodSeconds: number; readonly factors: readonly number[] }
  /** Share of failures that bring another of the same class within an exponential time of this mean. */
  readonly burst?: { readonly share: number; readonly withinSeconds: number }
  /** It strikes while the job is down too, and then stops it once more. Default false. */
  readonly whileDown?: boolean
  /** Default kill. */
  readonly effect?: FailureEffect
  /** Seconds of warning: the job writes a checkpoint first where they suffice. Default 0. */
  readonly graceSeconds?: number
  /** Seconds until the job notices, or until the cause of `slow` and `corrupt` is found. Default 0. */
  readonly detectionSeconds?: DurationSpec
  /** Seconds from there to know what to replace, and to decide. Default 0. */
  readonly diagnosisSeconds?: DurationSpec
  /** Share of diagnoses that replace a sound node; the failure comes back within `recurrenceSeconds` of running (mean). */
  readonly wrongDiagnosis?: { readonly share: number; readonly recurrenceSeconds: number }
  /** Sound nodes that are replaced together with the lost one. Default 0. */
  readonly overEviction?: number
  /** Seconds of standstill before the restart: a stop, the wait after a preemption. Default 0. */
  readonly stopSeconds?: DurationSpec
  /** In place of the run's restart: a hot update, a whole requeue. */
  readonly restartSeconds?: number
  /** The node leaves the job and goes to repair. Default false. */
  readonly losesNode?: boolean
  /** Nodes that a failure takes with it: those of a rack, a switch, a pod; Infinity: all. Default 1 where nodes are lost. */
  readonly nodesLost?: number
  /** Pace in (0, 1) while a `slow` failure lasts. */
  readonly slowPace?: number | Uncertain
  /** Seconds of work that a `rollback` gives up. */
  readonly rollbackSeconds?: DurationSpec
  /** Needed where a node is lost and spares are counted. */
  readonly repair?: RepairSpec
}

export interface TraceSpec {
  /** Rising moments in seconds of wall clock, counted from the beginning of the record. */
  readonly times: readonly number[]
  /** Seconds that the record covers; it begins anew after. */
  readonly lengthSeconds: number
  /** Where in the record a trial begins: anywhere, or at its beginning. Default random. */
  readonly start?: 'random' | 'beginning'
}

export interface RepairSpec {
  /** Share of lost nodes that an automatic repair brings back; a time of Infinity brings none back. */
  readonly automaticShare: number
  readonly automaticSeconds: DurationSpec
  /** Of the others, from the loss; where crews are counted, this is what occupies one. */
  readonly manualSeconds: DurationSpec
  /** Shares of the repairs that leave a lemon a lemon; the others cure it. Default 1: repair cures no lemon. */
  readonly silentAutomaticShare?: number
  readonly silentManualShare?: number
}

export interface CheckpointSpec {
  readonly blockingSeconds: number
  /** Seconds after the blocking part until the checkpoint is safe; a failure before goes back to the one before. Default 0. */
  readonly durableAfterSeconds?: number
  /** Seconds to load it, on top of the restart. Default 0. */
  readonly loadSeconds?: number
  readonly bytes?: number
  /** What a loss of nodes leaves of it. Default remote. */
  readonly kind?: CheckpointKind
  /** Copies of a checkpoint in memory, on nodes of one group. Default 2. */
  readonly replicas?: number
  /** Further tiers, from the quickest to the safest; this one is the first. */
  readonly tiers?: readonly CheckpointTierSpec[]
}

/**
 * `memory`: in host memory of the node and its peers (Wang et al., GEMINI, SOSP 2023); lost when all replicas of a group
 * are. `local`: on the node's own disk; lost with any node. `remote`: on a file system or object store.
 */
export type CheckpointKind = 'memory' | 'local' | 'remote'

export interface CheckpointTierSpec extends Omit<CheckpointSpec, 'tiers'> {
  /** Seconds of computing between two of this tier: rounded to a multiple of the tier before; a rule otherwise. */
  readonly intervalSeconds: number | IntervalRule
}

export interface SparesSpec {
  /** One pool of so many nodes that are in place at once. */
  readonly nodes?: number
  /** Or pools in the order in which they are asked: hot spares, warm standby, a pool shared with others. */
  readonly pools?: readonly SparePoolSpec[]
  /** Where all are empty, the job queues for a node as long as this; absent: it waits for the next repair. */
  readonly requeueSeconds?: DurationSpec
}

export interface SparePoolSpec {
  /** Infinity: never empty. */
  readonly nodes: number
  /** Seconds until a node of the pool stands in for the lost one. Default 0. */
  readonly swapSeconds?: DurationSpec
}

export interface ElasticSpec {
  readonly nodesPerReplica: number
  /** Below this the job waits. Default 1. */
  readonly minReplicas?: number
  /** Seconds of standstill to shrink. */
  readonly stallSeconds: number
  /** Seconds of standstill to grow back. Default: those to shrink. */
  readonly regrowSeconds?: number
  /** The replicas that are left hold the state, so that nothing is lost. Default false: back to the checkpoint. */
  readonly keepsWork?: boolean
  /** Shrinks at each loss, and takes the spare in when it is there, instead of standing still for it. Default false. */
  readonly first?: boolean
}

export interface SharedClusterSpec {
  /** Nodes of the whole cluster. */
  readonly nodes: number
  /** Larger goes first. */
  readonly priority: number
  /** Warning before the run is preempted. Default 0. */
  readonly graceSeconds?: number
  readonly jobs: readonly QueuedJobSpec[]
}

export interface QueuedJobSpec {
  readonly id: string
  readonly nodes: number
  readonly priority: number
  /** Arrivals per second. */
  readonly rate: number
  readonly durationSeconds: DurationSpec
}

export interface CostSpec {
  readonly usdPerChipHour: number | Uncertain
  /** Chips that are paid for, spares included where they are. They grow and shrink with the nodes of a phase. */
  readonly chips: number
  /** Of these, chips that wait as spares: they do not change with the phase. Default 0. */
  readonly spareChips?: number
  /** Nothing is paid while the run waits in a queue. Default false. */
  readonly freeWhileQueued?: boolean
}

export interface PowerSpec {
  /** Watts of the whole job at the meter while it computes. */
  readonly busyWatts: number
  /** Watts while it does not: checkpoint, detection, waiting, restart. */
  readonly idleWatts: number
}

/** A run as the literature states it: seconds of work, failures, checkpoints and restarts. No model of the step behind it. */

import type { Uncertain } from '@walltime/hardware'
import type { PaceTable } from './pace.ts'

export interface RunSpec {
  /** Seconds that the run takes without failures and without checkpoints. */
  readonly workSeconds: number
  /** What fails: `mtbfSeconds` and `rate` are those of one unit unless a class counts its own. Default 1. */
  readonly units?: number
  readonly failures: MeanTimeBetweenFailures | readonly FailureClassSpec[]
  /** Seconds that the job stands still for one checkpoint, or the whole of it. */
  readonly checkpoint: number | CheckpointSpec
  /** Seconds from the end of the downtime to the first new second of work; failures strike it, and it starts over. */
  readonly restartSeconds: number | Uncertain
  /** Seconds after every failure in which nothing can fail, on top of the detection of its class. Default 0. */
  readonly downtimeSeconds?: number | Uncertain
  /** Seconds of computing between two checkpoints, or Daly's optimum. */
  readonly intervalSeconds: number | 'auto'
  /** `auto` chooses nothing shorter: one training step. Default 1 s. */
  readonly shortestIntervalSeconds?: number
  /** Seconds before the first step; failures strike it, and it starts over. Default 0. */
  readonly startupSeconds?: number
  /** Factor on `workSeconds` that is unknown before the run: how wrong the predicted step is. */
  readonly stepError?: Uncertain
  /** Factor on every failure rate that is unknown before the run: how good this fleet is. */
  readonly fleet?: Uncertain
  /** Nodes that wait beside the job. Absent: a lost node is replaced at once. */
  readonly spares?: { readonly nodes: number }
  /** What one second of computing is worth in each state of the job. Default: a second. */
  readonly pace?: PaceTable
  readonly cost?: CostSpec
  readonly power?: PowerSpec
}

export interface MeanTimeBetweenFailures {
  /** Of one unit. */
  readonly mtbfSeconds: number
}

export interface FailureClassSpec {
  readonly id: string
  /** Failures per second of one unit; 0 never fails. */
  readonly rate: number
  /** Units of this class; default: those of the run. */
  readonly units?: number
  /** Seconds until the job notices; nothing fails meanwhile. Default 0. */
  readonly detectionSeconds?: number
  /** The node leaves the job and goes to repair. Default false. */
  readonly losesNode?: boolean
  /** Needed where a node is lost and spares are counted. */
  readonly repair?: RepairSpec
}

export interface RepairSpec {
  /** Share of lost nodes that an automatic repair brings back. */
  readonly automaticShare: number
  readonly automaticSeconds: number
  readonly manualSeconds: number
}

export interface CheckpointSpec {
  readonly blockingSeconds: number
  /** Seconds after the blocking part until the checkpoint is safe; a failure before goes back to the one before. Default 0. */
  readonly durableAfterSeconds?: number
}

export interface CostSpec {
  readonly usdPerChipHour: number | Uncertain
  /** Chips that are paid for, spares included where they are. */
  readonly chips: number
}

export interface PowerSpec {
  /** Watts of the whole job at the meter while it computes. */
  readonly busyWatts: number
  /** Watts while it does not: checkpoint, detection, waiting, restart. */
  readonly idleWatts: number
}

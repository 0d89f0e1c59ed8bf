/** A run after validation: defaults filled in, rates of the whole job, plain data that a worker can be sent. */

import type { Uncertain } from '@walltime/hardware'
import type { CompiledCluster } from '../cluster-queue.ts'
import type { Duration } from '../duration.ts'
import type { Lifetime } from '../lifetime.ts'
import type { PaceTable } from '../pace.ts'
import type { StreamsUsed } from '../rng.ts'
import type { CheckpointKind, FailureEffect } from '../spec.ts'

export interface CompiledRun {
  readonly phases: readonly CompiledPhase[]
  /** From the quickest to the safest; at least one. */
  readonly tiers: readonly CompiledTier[]
  readonly startupSeconds: number
  readonly constants: {
    readonly stepError: Uncertain
    readonly fleet: Uncertain
    readonly restart: Uncertain
    readonly downtime: Uncertain
    /** USD for one chip and one hour. */
    readonly price: Uncertain
  }
  readonly classes: readonly CompiledClass[]
  /** What is replaced as one: nodes, or whole domains where the run counts those. Rates are for so many. */
  readonly members: number
  readonly lemons?: { readonly share: number; readonly multiple: number }
  readonly batches: readonly { readonly share: number; readonly ageSeconds: number }[]
  /** Absent: a lost node is replaced at once. */
  readonly pools?: readonly CompiledPool[]
  readonly requeue?: Duration
  readonly repairCrews?: number
  readonly domain?: { readonly nodes: number; readonly spare: number }
  readonly elastic?: CompiledElastic
  readonly cluster?: CompiledCluster
  readonly pace: PaceTable
  readonly cost: { readonly spareChips: number; readonly freeWhileQueued: boolean }
  /** The interval follows the failures that were seen; this one was the first guess. */
  readonly adaptive: boolean
  readonly priorMtbf: number
  readonly shortestInterval: number
  /** Seconds of the checkpoint that ends a phase, and until it is safe. */
  readonly lastBlockingSeconds: number
  readonly saveSeconds: number
  readonly streams: StreamsUsed
  /** Failures of the median run, to size batches by. */
  readonly expectedFailures: number
  readonly warnings: readonly RunWarning[]
}

/** What is odd about a run, though it can be simulated. */
export interface RunWarning {
  readonly code: string
  readonly path: string
  readonly message: string
}

export interface CompiledPhase {
  readonly id: string
  readonly workSeconds: number
  readonly members: number
  readonly intervalSeconds: number
  /** Segments between two checkpoints of each tier; each divides the next, the first is 1. */
  readonly every: readonly number[]
  /** Share of computing time that goes into evaluating the model. */
  readonly evaluationShare: number
  readonly switchSeconds: number
  readonly chips: number
  readonly busyWatts: number
  readonly idleWatts: number
}

export interface CompiledTier {
  readonly kind: CheckpointKind
  readonly blockingSeconds: number
  readonly durableAfterSeconds: number
  readonly loadSeconds: number
  readonly bytes: number
  /** Of copies in memory: the probability that they survive the loss of 0, 1, 2, … nodes, as far as it is above 0. */
  readonly recoverable: readonly number[]
}

export interface CompiledPool {
  readonly nodes: number
  readonly swap: Duration
}

export interface CompiledElastic {
  readonly replicas: number
  readonly nodesPerReplica: number
  readonly minReplicas: number
  readonly stallSeconds: number
  readonly regrowSeconds: number
  readonly keepsWork: boolean
  readonly first: boolean
}

export interface CompiledClass {
  readonly id: string
  readonly effect: FailureEffect
  /** It does nothing but stop the job, at a moment of exposed time, and send it back to its checkpoint. */
  readonly plain: boolean
  /** Failures of the job per second, on average over a modulation, with those of lemons and bursts. */
  readonly rate: number
  /** Of sound nodes, without bursts, at the height of the modulation: what candidates come at. */
  readonly peakRate: number
  readonly modulation?: { readonly periodSeconds: number; readonly factors: readonly number[]; readonly peak: number }
  readonly burst?: { readonly share: number; readonly withinSeconds: number }
  /** Its parts age, each by itself. */
  readonly aging: boolean
  readonly lifetime: Lifetime
  readonly units: number
  readonly perNode: number
  readonly fixedUnits: boolean
  /** It keeps to the clock on the wall. */
  readonly moments?: Moments
  readonly whileDown: boolean
  readonly graceSeconds: number
  readonly detection: Duration
  readonly diagnosis: Duration
  /** Both together where they are fixed; else −1. */
  readonly noticeSeconds: number
  readonly wrongShare: number
  readonly recurrenceSeconds: number
  readonly overEviction: number
  readonly stop: Duration
  readonly restartSeconds?: number
  /** Members that leave the job; 0: none. */
  readonly nodesLost: number
  /** The domain is lost as a whole, not one of its nodes. */
  readonly wholeDomain: boolean
  readonly slowPace: Duration
  readonly rollback: Duration
  readonly repair: CompiledRepair
}

export type Moments =
  | { readonly kind: 'poisson'; readonly rate: number }
  | {
      readonly kind: 'record'
      readonly times: readonly number[]
      readonly lengthSeconds: number
      readonly randomStart: boolean
      /** Share of the record's moments that concern this run. */
      readonly share: number
    }

export interface CompiledRepair {
  readonly automaticShare: number
  readonly automatic: Duration
  readonly manual: Duration
  readonly silentAutomaticShare: number
  readonly silentManualShare: number
}

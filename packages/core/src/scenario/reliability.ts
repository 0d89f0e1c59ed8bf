/** What can go wrong in a run and what is done about it: the `reliability` section after validation, all in SI. */

import type { Uncertain } from '@walltime/hardware'

/** Seconds that differ from one time to the next, drawn anew each time. A plain number is fixed. */
export type Duration =
  | number
  | Uncertain
  | { readonly exponential: { readonly mean: number } }
  | { readonly uniform: { readonly from: number; readonly to: number } }
  | { readonly weibull: { readonly mean: number; readonly shape: number } }

/** Seconds, or as many training steps of the phase that runs. */
export type SecondsOrSteps = number | { readonly steps: number }

/** What one failure belongs to; a class's rate is given per one of these. A link is that of a network card to its switch. */
export const FAILURE_UNITS = ['chip', 'node', 'link', 'switch', 'rack', 'job', 'person'] as const
export type FailureUnit = (typeof FAILURE_UNITS)[number]

/**
 * What a failure does to the job. `kill`: it stops; `hang`: it stops, and a timeout tells; `corrupt`: it goes on until the
 * damage is found, then back to before it struck; `slow`: it goes on at a smaller pace until the cause is found;
 * `rollback`: a loss spike, back by some work; `stop`: planned or asked for from outside; `preempt`: the nodes are taken
 * for a while.
 */
export const FAILURE_EFFECTS = ['kill', 'hang', 'corrupt', 'slow', 'rollback', 'stop', 'preempt'] as const
export type FailureEffect = (typeof FAILURE_EFFECTS)[number]

/** What one failure takes with it. How many nodes that is follows from the system and its network. */
export const BLAST_RADII = ['chip', 'node', 'tray', 'rack', 'domain', 'leaf-switch', 'pod', 'cluster'] as const
export type BlastRadius = (typeof BLAST_RADII)[number]

/** Law of a unit's life, whose mean is 1 over the rate of its class. */
export type Lifetime =
  | 'exponential'
  | 'periodic'
  | { readonly weibull: { readonly shape: number } }
  | { readonly lognormal: { readonly sigma: number } }
  | { readonly piecewise: readonly { readonly untilSeconds?: number; readonly factor: number }[] }

/** Past incidents in place of a rate. */
export interface IncidentTrace {
  /** Rising seconds from the beginning of the record. */
  readonly times: readonly number[]
  readonly lengthSeconds: number
  /** Where in the record a run begins. */
  readonly start: 'random' | 'beginning'
}

export interface FailureClass {
  readonly id: string
  readonly per: FailureUnit
  /** Failures per second of one unit. */
  readonly rate: number
  /** Seconds until the job notices, or until the cause of `slow` and `corrupt` is found. */
  readonly detection: Duration
  /** The node leaves the job and goes to repair; otherwise the job restarts on the same nodes. */
  readonly losesNode: boolean
  readonly repair: Repair
  readonly source: string
  /** Default exponential. */
  readonly lifetime?: Lifetime
  readonly trace?: IncidentTrace
  /** Factors on the rate in equal parts of a period (a day, a year). */
  readonly modulation?: { readonly periodSeconds: number; readonly factors: readonly number[] }
  /** Share of failures that bring another within an exponential time of this mean. */
  readonly burst?: { readonly share: number; readonly withinSeconds: number }
  /** It strikes while the job is down too. */
  readonly whileDown?: boolean
  /** Default kill. */
  readonly effect?: FailureEffect
  /** Seconds of warning before it. */
  readonly grace?: number
  /** Seconds from notice to know what to replace, and to decide. */
  readonly diagnosis?: Duration
  readonly wrongDiagnosis?: { readonly share: number; readonly recurrenceSeconds: number }
  /** Sound nodes that are replaced together with the lost one. */
  readonly overEviction?: number
  /** A named radius, or a number of nodes. Default: one node where nodes are lost. */
  readonly radius?: BlastRadius | number
  /** Seconds of standstill before the restart. */
  readonly stop?: Duration
  /** In place of the run's restart: seconds, or as a kind of restart takes on so many chips (`restartSeconds`). */
  readonly restart?: number | RestartMode
  /** Pace in (0, 1) while a slow failure lasts. */
  readonly pace?: number | Uncertain
  /** Work that a rollback gives up. */
  readonly rollback?: Duration | { readonly steps: number }
}

export interface Repair {
  /** Share of failed nodes that an automatic repair (reset, reboot) brings back. */
  readonly automaticShare: number
  readonly automaticSeconds: Duration
  readonly manualSeconds: Duration
  /** Shares of the repairs that leave a bad node bad. Default 1. */
  readonly silentAutomaticShare?: number
  readonly silentManualShare?: number
}

export interface Reliability {
  readonly failures: {
    readonly id: string
    readonly classes: readonly FailureClass[]
  }
  /** Factor on every failure rate that is unknown before the run: how good this fleet is. */
  readonly fleet: Uncertain
  readonly checkpoint: Checkpoint
  readonly restart: Restart
  /** Seconds before the first step. */
  readonly startup: number
  readonly spares: Spares
  /** Share of nodes that fail at a multiple of the rate. */
  readonly lemons?: { readonly share: number; readonly multiple: number }
  /** Ages at which shares of the nodes begin; the others begin new. */
  readonly batches: readonly { readonly share: number; readonly ageSeconds: number }[]
  /** Repairs by hand that can go on at once; absent: any number. */
  readonly repairCrews?: number
  /** The scale-up domain is replaced as a whole once more than `spareNodes` of its nodes are lost. */
  readonly domain?: { readonly spareNodes: number }
  readonly elastic?: Elastic
  readonly cluster?: SharedCluster
  /** Nodes of a rack, and people whose failures are counted. */
  readonly rackNodes: number
  readonly people: number
}

/** How an interval is chosen: Young's and Daly's formulas, the exact optimum, or Daly's from the failures seen so far. */
export const INTERVAL_RULES = ['auto', 'young', 'daly', 'optimal', 'adaptive'] as const
export type IntervalRule = (typeof INTERVAL_RULES)[number]

/** Time of training between two checkpoints, or the rule that chooses it. */
export type CheckpointInterval = SecondsOrSteps | IntervalRule

/** From the quickest to the safest. */
export const TIER_KINDS = ['memory', 'local', 'file-system', 'object-store'] as const
export type TierKind = (typeof TIER_KINDS)[number]

export interface CheckpointTier {
  readonly kind: TierKind
  readonly interval: CheckpointInterval
  /** Seconds that training stands still for one checkpoint. */
  readonly blocking: number
  /** Seconds after the blocking part until the checkpoint is safe; a failure before that goes back to the one before. */
  readonly durableAfter: number
  /** Seconds to load it, on top of the restart. */
  readonly load: number
  /** Bytes of one checkpoint, copies left out. */
  readonly bytes: number
  /** Copies of a checkpoint in memory. */
  readonly replicas?: number
}

/** The first tier, and those behind it. */
export interface Checkpoint extends CheckpointTier {
  readonly tiers: readonly CheckpointTier[]
}

/** `requeue`: scheduled anew, with fresh processes; `hot-update`: in place, on the same machines and containers. */
export const RESTART_MODES = ['requeue', 'hot-update'] as const
export type RestartMode = (typeof RESTART_MODES)[number]

/**
 * Seconds from a noticed failure to the first new step; failures can strike it. `warmupSteps` of a full step's time come
 * on top.
 */
export interface Restart extends Uncertain {
  readonly warmupSteps: number
}

export const SPARE_KINDS = ['hot', 'warm', 'shared'] as const
export type SpareKind = (typeof SPARE_KINDS)[number]

export interface SparePool {
  readonly kind: SpareKind
  /** Infinity: never empty. */
  readonly nodes: number
  /** Seconds until a node of the pool stands in. */
  readonly swap: Duration
  readonly paid: boolean
}

export interface Spares {
  /** Nodes that wait beside the job, in all pools that have a size. */
  readonly nodes: number
  readonly paid: boolean
  /** In the order in which they are asked; absent: one hot pool of `nodes`. */
  readonly pools?: readonly SparePool[]
  /** Seconds that the job queues for a node where all pools are empty; absent: it waits for the next repair. */
  readonly requeue?: Duration
}

export interface Elastic {
  readonly minReplicas: number
  /** Seconds of standstill to shrink, and to grow back. */
  readonly stall: number
  readonly regrow: number
  /** The replicas that are left hold the state, so that nothing is lost; absent: where the layout keeps copies. */
  readonly keepsWork?: boolean
  /** Shrinks at each loss instead of standing still for a spare. */
  readonly first: boolean
}

/** A cluster that other jobs share. */
export interface SharedCluster {
  readonly nodes: number
  /** Larger goes first. */
  readonly priority: number
  readonly grace: number
  readonly jobs: readonly {
    readonly id: string
    readonly nodes: number
    readonly priority: number
    /** Arrivals per second. */
    readonly rate: number
    readonly duration: Duration
  }[]
}

/** Pauses to evaluate the model. */
export interface Evaluation {
  readonly every: SecondsOrSteps
  readonly pause: number
}

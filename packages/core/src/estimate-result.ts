/** What `estimate` answers: plain readonly data whose keys users' scripts rely on. Seconds, bytes, FLOP, USD, joules. */

import type { Uncertain } from '@walltime/hardware'
import type { NearStep } from './nearest/nearest.ts'
import type { Assumption, Recompute, Schedule, Warning } from './scenario/scenario.ts'

/** Parts of a step. Exposed seconds: what hides under compute is not in them. */
export const STEP_PARTS = [
  'compute',
  'recompute',
  'tensor',
  'context',
  'expert',
  'pipeline',
  'bubble',
  'data',
  'optimizer',
  'overhead',
] as const
export type StepPart = (typeof STEP_PARTS)[number]

/** Parts of a chip's memory. */
export const MEMORY_PARTS = ['weights', 'gradients', 'optimizer', 'activations', 'buffers', 'reserve'] as const
export type MemoryPart = (typeof MEMORY_PARTS)[number]

export interface Estimate {
  readonly scenario: string
  readonly step: StepResult
  readonly memory: MemoryResult
  readonly layout: LayoutResult
  readonly traffic: readonly TrafficResult[]
  readonly model: ModelResult
  readonly run: RunResult
  /** The parts of the run in their order; one in the short form. `step`, `memory` and `layout` are those of the longest. */
  readonly phases: readonly PhaseResult[]
  /** The measured steps that lie nearest, the nearest first. */
  readonly nearest: readonly NearStep[]
  readonly warnings: readonly Warning[]
  readonly assumptions: readonly Assumption[]
}

export interface StepResult {
  readonly seconds: number
  /** 5 % and 95 % quantile of what a measured step would be. */
  readonly interval90: readonly [number, number]
  /** The same as a law to draw from. */
  readonly spread: Uncertain
  /** Adds up to `seconds`. */
  readonly breakdown: Readonly<Record<StepPart, number>>
  readonly tokensPerSecond: number
  readonly tokensPerSecondPerChip: number
  /** FLOPs of one step as the model needs them: causal attention halved, no recompute. */
  readonly modelFlops: number
  readonly modelTflopsPerChip: number
  readonly mfu: number
  /** As MFU with recomputed FLOPs counted. */
  readonly hfu: number
  /** True where the scenario's `override` replaced walltime's own figure, which then stands in `ownSeconds`. */
  readonly overridden: boolean
  readonly ownSeconds: number
}

export interface MemoryResult {
  /** On the fullest stage. */
  readonly peakBytes: number
  readonly capacityBytes: number
  readonly fits: boolean
  /** Adds up to `peakBytes`. */
  readonly breakdown: Readonly<Record<MemoryPart, number>>
  /** Pipeline stage with the highest peak, from 0. */
  readonly stage: number
  /** What would make it fit, best first; empty where it fits. */
  readonly remedies: readonly Remedy[]
}

export interface Remedy {
  /** Changes to the scenario, all of them together, each as `PATH=VALUE`. */
  readonly changes: readonly string[]
  readonly peakBytes: number
  readonly stepSeconds: number
}

export interface LayoutResult {
  readonly tp: number
  readonly pp: number
  readonly cp: number
  readonly ep: number
  readonly etp: number
  readonly dp: number
  readonly vpp: number
  readonly microBatch: number
  /** Micro-batches of one pipeline and step. */
  readonly microBatches: number
  readonly zero: number
  /** Ranks over which ZeRO shards, where not over all replicas. */
  readonly shardGroup?: number
  readonly sequenceParallel: boolean
  readonly schedule: Schedule
  readonly recompute: Recompute
  readonly layersPerStage: readonly number[]
  readonly groups: readonly GroupResult[]
}

/** A communication group of the layout and where its members sit. */
export interface GroupResult {
  readonly name: string
  readonly size: number
  /** Distance in rank between neighbours. */
  readonly stride: number
  readonly membersPerNode: number
  readonly membersPerDomain: number
}

/** One kind of traffic of a chip in one step. */
export interface TrafficResult {
  readonly part: StepPart
  readonly name: string
  readonly group: string
  /** Bytes of the collective's buffer summed over the step. */
  readonly bytes: number
  readonly count: number
  readonly algorithm: string
  /** Where the slowest hop runs. */
  readonly link: string
  /** Seconds on the link, hidden ones included. */
  readonly seconds: number
  readonly exposedSeconds: number
}

export interface ModelResult {
  readonly parameters: number
  readonly activeParameters: number
  readonly parametersByPart: Readonly<Record<string, number>>
}

/** A part of the run, without failures. */
export interface PhaseResult {
  readonly name: string
  readonly tokens: number
  readonly chips: number
  readonly steps: number
  readonly stepSeconds: number
  readonly seconds: number
  readonly mfu: number
  readonly peakBytes: number
  readonly fits: boolean
}

/** The run without failures. */
export interface RunResult {
  readonly steps: number
  readonly seconds: number
  readonly chipHours: number
  readonly rentalUsd: number
  readonly energyJoules: number
}

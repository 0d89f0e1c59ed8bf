/**
 * A scenario after validation: presets expanded, defaults filled in, every number in SI. Plain readonly data.
 * A run is phases on pools; the short form of a scenario file gives one of each.
 */

import type { Chip, Fabric, System, Uncertain } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import type { Architecture } from '../model/architecture.ts'
import type { CheckpointInterval, Evaluation, Reliability } from './reliability.ts'

export * from './reliability.ts'

export interface Scenario {
  readonly name: string
  readonly model: Architecture
  readonly cluster: Cluster
  readonly phases: readonly Phase[]
  /** What each part of the job does and on which pool: one trainer in pre-training. */
  readonly roles: readonly Role[]
  readonly software: SoftwareStack
  /** A pilot's own steps. */
  readonly measured: readonly MeasuredStep[]
  readonly override: Override
  readonly reliability: Reliability
  readonly cost: Cost
  /** Free constants of the step model. */
  readonly calibration: Calibration
  /** Numbers given by quantiles that the step depends on: the same scenario at the outer quantiles of each. */
  readonly uncertainInputs: readonly UncertainInput[]
  /** What the file did not say and walltime filled in, or what a preset only assumes. */
  readonly assumptions: readonly Assumption[]
  readonly warnings: readonly Warning[]
}

export interface UncertainInput {
  readonly path: string
  readonly low: Scenario
  readonly high: Scenario
}

export interface Cluster {
  readonly pools: readonly Pool[]
  /** Links between the sites of pools. */
  readonly links: readonly SiteLink[]
}

/** Chips of one kind in one place that train together. */
export interface Pool {
  readonly id: string
  readonly site: string
  readonly system: System
  /** Chips that train; spares come on top. */
  readonly chips: number
  readonly fabric: Fabric
  /** Facility watts over IT watts. */
  readonly pue: number
}

export interface SiteLink {
  readonly from: string
  readonly to: string
  /** Bytes/s per direction. */
  readonly bandwidth: number
  /** Seconds one way. */
  readonly latency: number
}

export interface Phase {
  readonly name: string
  /** Where the phase's fields stand in the file: at the top, or under `phases`. */
  readonly path: readonly (string | number)[]
  readonly training: Training
  readonly parallelism: Parallelism
  /** The file gives dp and does not leave it to follow from the chips. */
  readonly dpGiven: boolean
  /** Chips that train in this phase, where they are not those of its pool: the pool has those of the main phase. */
  readonly chips?: number
  /** The phase that most of the run is spent in: step, memory and layout of an estimate are its. */
  readonly main: boolean
  readonly evaluation?: Evaluation
  /** In place of the run's checkpoint interval. */
  readonly interval?: CheckpointInterval
  /** Seconds to set the phase up after the one before. */
  readonly switchSeconds: number
}

export interface Role {
  readonly name: 'trainer' | 'rollout' | 'reward'
  readonly pool: string
}

/** Recipes of number formats in training. */
export const TRAINING_PRECISIONS = ['bf16', 'fp16', 'fp8', 'fp8-block', 'mxfp8', 'nvfp4'] as const
export type TrainingPrecision = (typeof TRAINING_PRECISIONS)[number]

export interface Training {
  readonly tokens: number
  readonly sequenceLength: number
  /** Sequences a step. */
  readonly globalBatch: number
  readonly precision: TrainingPrecision
  readonly optimizer: Optimizer
}

export interface Optimizer {
  readonly name: string
  /** Bytes of optimizer state per parameter, master weights included. */
  readonly stateBytesPerParameter: number
  /** Bytes of a gradient as accumulated and reduced. */
  readonly gradientBytes: number
}

export const SCHEDULES = ['gpipe', '1f1b', 'interleaved', 'zb-h1', 'zb-v', 'dualpipe', 'dualpipe-v'] as const
export type Schedule = (typeof SCHEDULES)[number]

/** Parts of a layer whose outputs can be dropped after the forward pass and computed again. */
export const RECOMPUTE_MODULES = ['norm', 'activation', 'attention', 'mla', 'mlp', 'moe', 'layer'] as const
export type RecomputeModule = (typeof RECOMPUTE_MODULES)[number]

export interface Recompute {
  readonly mode: 'none' | 'selective' | 'full'
  readonly modules: readonly RecomputeModule[]
  /** The first layers of each stage that it holds for; null: all. */
  readonly layers: number | null
  /** What is kept from forward to backward is kept on the host. */
  readonly offload: boolean
}

export interface Parallelism {
  readonly tp: number
  readonly pp: number
  readonly cp: number
  readonly ep: number
  /** Tensor parallelism inside the experts. */
  readonly etp: number
  readonly dp: number
  readonly vpp: number
  /** Sequences of one micro-batch. */
  readonly microBatch: number
  readonly zero: 0 | 1 | 2 | 3
  /** Ranks of dp·cp over which ZeRO shards, the others hold copies (HSDP); all of them unless given. */
  readonly shardGroup?: number
  readonly sequenceParallel: boolean
  readonly schedule: Schedule
  readonly recompute: Recompute
  /** The optimizer's states lie on the host, and visit the chip for its step. */
  readonly optimizerOffload: boolean
  /** Layers of the first and last stage where they differ from the others. */
  readonly layerSplit: LayerSplit
}

export interface LayerSplit {
  readonly first?: number
  readonly last?: number
  /** Layers of every stage in order, instead of `first` and `last`. */
  readonly stages?: readonly number[]
}

/**
 * Attention kernels: scores written out; FlashAttention 1 (and its Triton form), 2; `flash` is the newest that the chip
 * has (FlashAttention 2 on Ampere, 3 or cuDNN on Hopper, 4 or cuDNN on Blackwell).
 */
export const ATTENTION_KERNELS = ['materialised', 'flash-1', 'flash-2', 'flash'] as const
export type AttentionKernel = (typeof ATTENTION_KERNELS)[number]

export const EXPERT_DISPATCHES = ['pairwise', 'per-domain'] as const
export type ExpertDispatch = (typeof EXPERT_DISPATCHES)[number]

/** A software stack as physical switches. */
export interface SoftwareStack {
  readonly id: string
  readonly name: string
  readonly attention: AttentionKernel
  /** Chains of pointwise operations run as one kernel. */
  readonly fusedPointwise: boolean
  /** A norm runs as one kernel; otherwise it keeps its input in 32 bits and its result before the weight too, as PyTorch's do. */
  readonly fusedNorms: boolean
  /** The loss runs as one kernel a pass. */
  readonly fusedLoss: boolean
  /** Rotary embedding and gate keep copies of their own for backward, as eager PyTorch does. */
  readonly eagerCopies: boolean
  /** Bytes of an element of an MLP's gate and up projections as kept for backward: 1 where they are stored in 8 bits. */
  readonly gateBytes: 1 | 2
  /** Share of tensor-parallel traffic that hides under the matrix products beside it. */
  readonly tensorOverlap: number
  /** Share of the network's rate that gradient and parameter traffic reaches. */
  readonly dataRate: number
  /** Share of the backward pass under which gradient traffic may hide. */
  readonly dataOverlap: number
  /** Share of the forward pass under which the gathering of parameters may hide. */
  readonly parameterOverlap: number
  /** Host launches per layer and step by which sharded parameters are gathered tensor by tensor; 0 where they travel in buckets. */
  readonly gatherLaunches: number
  /** Share of expert all-to-all that hides under compute. */
  readonly expertOverlap: number
  /**
   * How tokens reach their experts: `pairwise` sends one copy an expert to its rank (NCCL all-to-all), `per-domain` one
   * copy a scale-up domain over the network and spreads it there (DeepEP, HybridEP).
   */
  readonly expertDispatch: ExpertDispatch
  /** Bytes of an element on its way to the experts: 1 where it is quantised before it is sent. */
  readonly dispatchBytes: 1 | 2
  /** Share of pipeline sends and receives that hides under compute. */
  readonly pipelineOverlap: number
  /** Seconds of host time per kernel launch; the step cannot run faster than its launches. */
  readonly launchSeconds: number
  /** Seconds of a step on the host whatever its size: batch hand-over, optimizer calls, loss read-back, logging. */
  readonly stepSeconds: number
  /** The step is captured as a graph: launches cost the host nothing; `dense`: all but the experts' kernels are. */
  readonly graphs: boolean | 'dense'
  /** Bytes of a logit held at once in the loss: the 16-bit logit, its 32-bit copies, softmax and gradient. */
  readonly logitBytes: number
  /** Each rank gathers all logits of its tokens over tp; otherwise it works on its part of the vocabulary. */
  readonly gathersLogits: boolean
  /** 16-bit weights are kept beside the optimizer's 32-bit ones; otherwise they are cast layer by layer. */
  readonly weightCopies: boolean
  /** 16-bit gradients are kept beside the 32-bit ones that they are added to. */
  readonly gradientCopies: boolean
  /** Most gradients that are copied to one buffer to be reduced, in parameters; 0 where they are reduced where they lie. */
  readonly gradientBucket: number
  /** What a stage sends on is kept until its backward; otherwise it is freed once it is sent. */
  readonly stageOutputs: boolean
  /** Inputs gathered over tp (sequence parallelism) are kept gathered for backward; otherwise they are gathered again. */
  readonly gatheredInputs: boolean
  /**
   * A compiler plans the memory of the whole step: ZeRO 3 gathers parameters matrix by matrix instead of layer by layer,
   * and what pointwise operations bring back under recompute goes straight into the products that read it.
   */
  readonly plannedMemory: boolean
  /** Bytes lost to the allocator's gaps, as a share of those that come and go within a step (activations and buffers). */
  readonly fragmentation: number
  /** Bytes of memory that the stack takes besides tensors (context, communicators, workspaces). */
  readonly reserveBytes: number
  readonly source: string
}

export interface MeasuredStep {
  readonly stepSeconds: number
  readonly chips: number
  /** Sequences a step. */
  readonly globalBatch: number
  readonly parallelism: Parallelism
}

export interface Override {
  readonly stepSeconds?: Uncertain
  /** Model FLOP utilisation, causal attention halved, no recompute. */
  readonly mfu?: Uncertain
}

export interface Cost {
  readonly price: {
    readonly id: string
    /** USD for one chip and one hour. */
    readonly usdPerChipHour: Uncertain
    readonly source: string
  }
  /** Nothing is paid while the run waits in a queue. */
  readonly freeWhileQueued: boolean
}

export interface Assumption {
  readonly path: string
  readonly value: string
  readonly source: string
}

export interface Warning {
  readonly code: string
  readonly path: string
  readonly message: string
}

/** The pool on which the trainer runs. */
export function trainerPool(scenario: Pick<Scenario, 'roles' | 'cluster'>): Pool {
  const role = scenario.roles.find((r) => r.name === 'trainer')
  const pool = scenario.cluster.pools.find((p) => p.id === role?.pool)
  if (pool === undefined) throw new Error('a scenario without a trainer pool')
  return pool
}

/** The chip on which the trainer runs. */
export function trainerChip(scenario: Scenario): Chip {
  return trainerPool(scenario).system.chip
}

/** The phase that most of the run is spent in. */
export function mainPhase(scenario: Pick<Scenario, 'phases'>): Phase {
  const phase = scenario.phases.find(({ main }) => main) ?? scenario.phases[0]
  if (phase === undefined) throw new Error('a scenario without a phase')
  return phase
}

/** Chips that train in a phase. */
export function chipsOfPhase(scenario: Scenario, phase: Phase): number {
  return phase.chips ?? trainerPool(scenario).chips
}

/** The scenario with one of its phases as all that there is, on the chips of that phase. */
export function phaseScenario(scenario: Scenario, phase: Phase): Scenario {
  if (scenario.phases.length === 1) return scenario
  const pool = trainerPool(scenario)
  return {
    ...scenario,
    cluster: { ...scenario.cluster, pools: [{ ...pool, chips: chipsOfPhase(scenario, phase) }] },
    phases: [{ ...phase, main: true }],
    uncertainInputs: [],
  }
}

/** The scenario as its pilot ran it: the same model and system at the pilot's chips, batch and layout. */
export function pilotScenario(scenario: Scenario, pilot: MeasuredStep): Scenario {
  const { chips, globalBatch, parallelism } = pilot
  const pool = trainerPool(scenario)
  const phase = mainPhase(scenario)
  return {
    ...scenario,
    cluster: { ...scenario.cluster, pools: [{ ...pool, chips }] },
    phases: [{ ...phase, training: { ...phase.training, globalBatch }, parallelism }],
    measured: [],
  }
}

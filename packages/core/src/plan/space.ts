/** The layouts that a search chooses among: what the software stack could run, or what a user restricts it to. */

import type { LayoutProblem } from '../layout-evaluator.ts'
import type { Architecture } from '../model/architecture.ts'
import {
  mainPhase,
  type Parallelism,
  type Recompute,
  type RecomputeModule,
  type Schedule,
  trainerPool,
} from '../scenario/scenario.ts'
import { isPlayed } from '../schedule/pipeline-seconds.ts'

/**
 * What may be chosen, axis by axis. A layout is one choice of each; what a choice makes meaningless is left out, so that no
 * layout is there twice: sequence parallelism needs tp of 2 or more, chunks need `interleaved` and it them, a schedule other
 * than `1f1b` needs a pipeline (and without one, none is chosen). dp follows from the chips.
 */
export interface PlanSpace {
  readonly tp: readonly number[]
  /** Null: divisors of chips/(tp·cp) up to the model's layers. */
  readonly pp: readonly number[] | null
  readonly cp: readonly number[]
  readonly ep: readonly number[]
  readonly etp: readonly number[]
  /** Null: 1, and what divides the layers of the longest stage (all chunks are then alike but at the model's ends). */
  readonly vpp: readonly number[] | null
  /** Null: what divides a replica's batch. */
  readonly microBatch: readonly number[] | null
  readonly zero: readonly Parallelism['zero'][]
  readonly sequenceParallel: readonly boolean[]
  readonly schedule: readonly Schedule[]
  readonly recompute: readonly Recompute[]
  /** Recompute of whole layers is chosen for the first 1, 2, … layers of a stage too. */
  readonly partialRecompute: boolean
  readonly optimizerOffload: readonly boolean[]
}

/** Axes that a user can restrict, by the name they have under `parallelism`. */
export type PlanChoices = Partial<Omit<PlanSpace, 'partialRecompute'>>

export const PLAN_AXES = [
  'tp',
  'pp',
  'cp',
  'ep',
  'etp',
  'vpp',
  'microBatch',
  'zero',
  'sequenceParallel',
  'schedule',
  'recompute',
  'optimizerOffload',
] as const satisfies readonly (keyof PlanChoices)[]

/**
 * Pipeline schedules of the stacks that ship. Megatron-LM `core/pipeline_parallel/schedules.py` (1F1B, interleaved);
 * `torch.distributed.pipelining` (GPipe, 1F1B, interleaved, ZBV, DualPipeV); github.com/deepseek-ai/DualPipe; XLA
 * differentiates a pipelined loop, so that all forwards come first.
 */
const STACK_SCHEDULES: Readonly<Record<string, readonly Schedule[]>> = {
  'hai-llm': ['1f1b', 'interleaved', 'dualpipe', 'dualpipe-v'],
  'pytorch-fsdp': ['gpipe', '1f1b', 'interleaved', 'zb-v', 'dualpipe-v'],
  maxtext: ['gpipe'],
}
const USUAL_SCHEDULES: readonly Schedule[] = ['1f1b', 'interleaved']

/** Schedules that a software stack runs, changed ones (`id*`) as the one they come from. */
function schedulesOf(stack: string): readonly Schedule[] {
  return STACK_SCHEDULES[stack.replace(/\*+$/, '')] ?? USUAL_SCHEDULES
}

/** Whole numbers that divide `n`, ascending. */
export function divisorsOf(n: number): readonly number[] {
  const low: number[] = []
  const high: number[] = []
  for (let d = 1; d * d <= n; d++) {
    if (n % d !== 0) continue
    low.push(d)
    if (d * d < n) high.push(n / d)
  }
  return [...low, ...high.reverse()]
}

const divides = (part: number, whole: number) => whole % part === 0

/** Every subset of a list, the empty one first. */
function subsets<T>(items: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** items.length }, (_, bits) => items.filter((_, i) => (bits & (1 << i)) !== 0))
}

/**
 * Sets of modules to run again that differ in what they keep. `mlp` and `moe` hold `activation`. Attention is left out
 * where its kernel keeps no scores: running it again then costs time and saves no byte, so that the set without it is
 * never slower nor larger.
 */
function recomputeSets(model: Architecture, attention: string): readonly (readonly RecomputeModule[])[] {
  const { moe, mla, ffnHidden } = model
  const dense = ffnHidden > 0 && (moe === null || moe.firstDense > 0 || moe.every > 1)
  const others: readonly RecomputeModule[] = [
    'norm',
    ...(attention === 'materialised' ? (['attention'] as const) : []),
    ...(mla === null ? [] : (['mla'] as const)),
  ]
  const wide: readonly RecomputeModule[] = [
    ...(dense ? (['mlp'] as const) : []),
    ...(moe === null ? [] : (['moe'] as const)),
  ]
  const last: readonly (readonly RecomputeModule[])[] = [[], ['activation'], ...subsets(wide).slice(1)]
  return subsets(others).flatMap((some) => last.map((more) => [...some, ...more]))
}

function derivedRecompute({ model, software }: LayoutProblem, offloads: readonly boolean[]): readonly Recompute[] {
  const sets = recomputeSets(model, software.attention)
  return offloads.flatMap((offload): readonly Recompute[] => [
    ...sets.map(
      (modules): Recompute => ({ mode: modules.length === 0 ? 'none' : 'selective', modules, layers: null, offload }),
    ),
    { mode: 'full', modules: ['layer'], layers: null, offload },
  ])
}

/**
 * Everything that the software stack could run on the scenario's chips, restricted to `choices`. Degrees are those that
 * divide what they split: heads and MLP over tp, the sequence over cp, experts over ep, the experts' width over etp.
 */
export function planSpace(problem: LayoutProblem, choices: PlanChoices = {}): PlanSpace {
  const { model, software } = problem
  const { training } = mainPhase(problem)
  const pool = trainerPool(problem)
  const { chips } = pool
  const { moe } = model
  const linked = pool.system.chip.hostBandwidth !== undefined
  const sizes = divisorsOf(chips)
  const splitsHeads = (tp: number) =>
    divides(tp, model.heads) &&
    (divides(tp, model.kvHeads) || divides(model.kvHeads, tp)) &&
    divides(tp, model.ffnHidden) &&
    divides(tp, moe?.sharedFfn ?? 0)
  return {
    tp: sizes.filter(splitsHeads),
    pp: null,
    cp: sizes.filter((cp) => divides(cp === 1 ? 1 : 2 * cp, training.sequenceLength)),
    ep: moe === null ? [1] : sizes.filter((ep) => divides(ep, moe.experts)),
    etp: moe === null ? [1] : sizes.filter((etp) => divides(etp, moe.expertFfn)),
    vpp: null,
    microBatch: null,
    zero: [0, 1, 2, 3],
    sequenceParallel: [true, false],
    schedule: schedulesOf(software.id),
    recompute: derivedRecompute(problem, linked ? [false, true] : [false]),
    partialRecompute: choices.recompute === undefined,
    optimizerOffload: linked ? [false, true] : [false],
    ...choices,
  }
}

/** A schedule with the chunks that it is given. */
export interface Chunking {
  readonly schedule: Schedule
  readonly vpp: number
}

/** The choices of an axis that depend on others, and how many layouts there are. Lists are kept: a search asks again and again. */
export class SpaceTable {
  readonly space: PlanSpace
  private readonly layers: number
  private readonly chips: number
  private readonly globalBatch: number
  private readonly pipelines = new Map<number, readonly number[]>()
  private readonly batches = new Map<number, readonly number[]>()
  private readonly closedChunks = new Map<number, readonly Chunking[]>()
  private readonly playedChunks = new Map<number, readonly Chunking[]>()
  private readonly closedCounts = new Map<number, number>()
  private readonly playedCounts = new Map<number, number>()

  constructor(problem: LayoutProblem, space: PlanSpace) {
    this.space = space
    this.layers = problem.model.layers
    this.chips = trainerPool(problem).chips
    this.globalBatch = mainPhase(problem).training.globalBatch
  }

  /** Context-parallel degrees beside tp. */
  contextDegrees(tp: number): readonly number[] {
    const { cp } = this.space
    return cp.filter((degree) => divides(tp * degree, this.chips))
  }

  sequenceSplits(tp: number): readonly boolean[] {
    return tp > 1 ? this.space.sequenceParallel : [false]
  }

  /** Stages beside a tensor-and-context block of `block` chips. */
  stages(block: number): readonly number[] {
    const { pp } = this.space
    return remember(this.pipelines, block, () =>
      pp === null
        ? divisorsOf(this.chips / block).filter((stages) => stages <= this.layers)
        : pp.filter((stages) => divides(block * stages, this.chips)),
    )
  }

  /** Sequences of a micro-batch beside dp replicas; 1 where the batch does not divide, to be refused for it. */
  microBatches(dp: number): readonly number[] {
    const { microBatch } = this.space
    if (microBatch !== null) return microBatch
    return remember(this.batches, dp, () => (divides(dp, this.globalBatch) ? divisorsOf(this.globalBatch / dp) : [1]))
  }

  /** Schedules and chunks of pipelines of so many stages: those that have to be played event by event, or the others. */
  chunkings(stages: number, played: boolean): readonly Chunking[] {
    return remember(played ? this.playedChunks : this.closedChunks, stages, () =>
      this.findChunkings(stages).filter(({ schedule }) => isPlayed(schedule) === played),
    )
  }

  private findChunkings(stages: number): readonly Chunking[] {
    const { schedule, vpp } = this.space
    const chunks = vpp ?? divisorsOf(this.longest(stages))
    const single = (one: Schedule): readonly Chunking[] => (chunks.includes(1) ? [{ schedule: one, vpp: 1 }] : [])
    if (stages === 1) return single('1f1b')
    return schedule.flatMap((one) =>
      one === 'interleaved'
        ? chunks.filter((count) => count > 1).map((count) => ({ schedule: one, vpp: count }))
        : single(one),
    )
  }

  /** Kinds of recompute on pipelines of so many stages. */
  recomputes(stages: number): number {
    const { recompute, partialRecompute } = this.space
    const whole = recompute.filter(({ mode }) => mode === 'full').length
    return recompute.length + (partialRecompute ? whole * (this.longest(stages) - 1) : 0)
  }

  /** Layers of the longest stage. */
  longest(stages: number): number {
    return Math.ceil(this.layers / stages)
  }

  /** Choices of sharding for each of the others. */
  get shardings(): number {
    return this.space.zero.length * this.space.optimizerOffload.length
  }

  /** Layouts of one choice of each degree within a layer, of `block` chips for tensor and context, whose schedules are played or not. */
  layoutsOf(block: number, played: boolean): number {
    return remember(played ? this.playedCounts : this.closedCounts, block, () => {
      let count = 0
      for (const stages of this.stages(block)) {
        const batches = this.microBatches(this.chips / (block * stages)).length
        count += batches * this.chunkings(stages, played).length * this.recomputes(stages)
      }
      return count * this.shardings
    })
  }

  /** All layouts. */
  size(): number {
    const { tp, ep, etp } = this.space
    let count = 0
    for (const degree of tp)
      for (const context of this.contextDegrees(degree))
        for (const played of [false, true])
          count += this.sequenceSplits(degree).length * this.layoutsOf(degree * context, played)
    return count * ep.length * etp.length
  }
}

function remember<T>(map: Map<number, T>, key: number, find: () => T): T {
  const known = map.get(key)
  if (known !== undefined) return known
  const found = find()
  map.set(key, found)
  return found
}

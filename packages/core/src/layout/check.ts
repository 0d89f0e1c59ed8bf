/** Rules that a layout must keep. A broken rule is data: a code, the path in the scenario and what would be right. */

import type { Issue } from '@walltime/hardware'
import type { Architecture } from '../model/architecture.ts'
import { mainPhase, type Parallelism, type Scenario, type Training, trainerPool } from '../scenario/scenario.ts'
import { type PipelineShape, scheduleProblem } from '../schedule/order.ts'
import { chunksOf, copiesOf, isFolded } from '../schedule/shape.ts'
import { divides } from './divides.ts'
import { isEven, splitLayers } from './stages.ts'

/** What the rules read. */
interface Case {
  readonly model: Architecture
  readonly training: Training
  readonly chips: number
  readonly layout: Parallelism
  readonly mostLayers: number
}

/** A rule: its code, the field to change, and the words for one who broke it. */
interface Rule {
  readonly code: string
  readonly field: string
  readonly section?: string
  readonly message: (broken: Case) => string
}

/** Bits of `brokenRules`: a rule's place in `RULES`. */
const PRODUCT = 1 << 0
const ALL_CHIPS = 1 << 1
const HEADS = 1 << 2
const KEY_VALUE_HEADS = 1 << 3
const FFN = 1 << 4
const NO_EXPERTS_EP = 1 << 5
const NO_EXPERTS_ETP = 1 << 6
const EXPERTS = 1 << 7
const SHARED_FFN = 1 << 8
const EXPERT_FFN = 1 << 9
const EXPERT_BLOCK = 1 << 10
const BATCH = 1 << 11
const SEQUENCE = 1 << 12
const STAGES = 1 << 13
const SPLIT = 1 << 14
const LONE_CHUNKS = 1 << 15
const CHUNKS = 1 << 16
const INTERLEAVED = 1 << 17
const FEW_MICRO_BATCHES = 1 << 18
const CHUNKED_SCHEDULE = 1 << 19
const LONE_FOLD = 1 << 20
const FOLDED_LAYERS = 1 << 21
const SCHEDULE_SHAPE = 1 << 22
const UNSHARDED = 1 << 23
const SHARD_GROUP = 1 << 24
const EXPERT_SHARDS = 1 << 25

/** In the order of the bits. */
const RULES: readonly Rule[] = [
  {
    code: 'layout.chips',
    field: 'tp',
    message: ({ layout: { tp, pp, cp }, chips }) => {
      const product = tp * pp * cp
      return `tp·pp·cp = ${tp}·${pp}·${cp} = ${product} does not divide ${chips} chips: ${nearestMultiples(chips, product)}`
    },
  },
  {
    code: 'layout.chips',
    field: 'dp',
    message: ({ layout: { tp, pp, cp, dp }, chips }) => {
      const product = tp * pp * cp
      return `tp·pp·cp·dp = ${tp}·${pp}·${cp}·${dp} = ${product * dp}, but the cluster has ${chips} chips; dp = ${chips / product} would use all of them`
    },
  },
  {
    code: 'layout.heads',
    field: 'tp',
    message: ({ model, layout: { tp } }) =>
      `${model.heads} attention heads cannot be split over tp = ${tp}; tp can be ${divisors(model.heads, 64)}`,
  },
  {
    code: 'layout.heads',
    field: 'tp',
    message: ({ model, layout: { tp } }) =>
      `${model.kvHeads} key-value heads and tp = ${tp}: one must divide the other`,
  },
  {
    code: 'layout.ffn',
    field: 'tp',
    message: ({ model, layout: { tp } }) => `ffnHidden = ${model.ffnHidden} cannot be split over tp = ${tp}`,
  },
  {
    code: 'layout.experts',
    field: 'ep',
    message: ({ model, layout: { ep } }) => `ep = ${ep}, but ${model.name} has no experts; ep must be 1`,
  },
  {
    code: 'layout.experts',
    field: 'etp',
    message: ({ model, layout: { etp } }) => `etp = ${etp}, but ${model.name} has no experts; etp must be 1`,
  },
  {
    code: 'layout.experts',
    field: 'ep',
    message: ({ model: { moe }, layout: { ep } }) =>
      `${moe?.experts} experts cannot be split over ep = ${ep}; ep can be ${divisors(moe?.experts ?? 1, 256)}`,
  },
  {
    code: 'layout.ffn',
    field: 'tp',
    message: ({ model: { moe }, layout: { tp } }) =>
      `shared experts of width ${moe?.sharedFfn} cannot be split over tp = ${tp}`,
  },
  {
    code: 'layout.experts',
    field: 'etp',
    message: ({ model: { moe }, layout: { etp } }) =>
      `experts of width ${moe?.expertFfn} cannot be split over etp = ${etp}`,
  },
  {
    code: 'layout.experts',
    field: 'ep',
    message: ({ layout: { tp, cp, dp, ep, etp } }) => `ep·etp = ${ep * etp} does not divide tp·cp·dp = ${tp * cp * dp}`,
  },
  {
    code: 'layout.batch',
    field: 'globalBatch',
    section: 'training',
    message: ({ training: { globalBatch }, layout: { dp, microBatch } }) =>
      `a global batch of ${globalBatch} sequences does not divide by dp·microBatch = ${dp}·${microBatch} = ${dp * microBatch}: ${nearestMultiples(globalBatch, dp * microBatch)}`,
  },
  {
    code: 'layout.sequence',
    field: 'cp',
    message: ({ training, layout }) =>
      `a sequence of ${training.sequenceLength} tokens cannot be cut into ${sequencePieces(layout)} pieces (2·cp, times tp with sequence parallelism)`,
  },
  {
    code: 'layout.layers',
    field: 'pp',
    message: ({ model, layout: { pp } }) => `pp = ${pp} stages for ${model.layers} layers; every stage needs one`,
  },
  {
    code: 'layout.layers',
    field: 'layerSplit',
    message: ({ model, layout: { pp } }) => `the split does not add up to ${model.layers} layers on ${pp} stages`,
  },
  {
    code: 'layout.layers',
    field: 'vpp',
    message: ({ layout: { vpp } }) => `vpp = ${vpp} needs a pipeline; with pp = 1 it must be 1`,
  },
  {
    code: 'layout.layers',
    field: 'vpp',
    message: ({ layout: { vpp }, mostLayers }) => `vpp = ${vpp} chunks, but a stage has at most ${mostLayers} layers`,
  },
  {
    code: 'layout.schedule',
    field: 'schedule',
    message: () => 'an interleaved schedule needs vpp of 2 or more; with vpp = 1 it is 1f1b',
  },
  {
    code: 'layout.batch',
    field: 'vpp',
    message: ({ training: { globalBatch }, layout: { pp, dp, microBatch } }) =>
      `interleaved chunks need at least pp = ${pp} micro-batches, not ${globalBatch / (dp * microBatch)} (globalBatch/(dp·microBatch))`,
  },
  {
    code: 'layout.schedule',
    field: 'schedule',
    message: ({ layout: { vpp, schedule } }) =>
      isFolded(schedule)
        ? `${schedule} lays two chunks on a stage by itself: leave vpp out`
        : `vpp = ${vpp} needs schedule: interleaved`,
  },
  {
    code: 'layout.schedule',
    field: 'schedule',
    message: ({ layout: { schedule } }) => `${schedule} needs a pipeline; with pp = 1 leave the schedule out`,
  },
  {
    code: 'layout.layers',
    field: 'pp',
    message: ({ layout: { schedule }, mostLayers }) =>
      `${schedule} lays two chunks on every stage, but a stage has at most ${mostLayers} layers`,
  },
  {
    code: 'layout.schedule',
    field: 'schedule',
    message: ({ training, layout }) => scheduleProblem(layout.schedule, pipelineShape(training, layout)) ?? '',
  },
  {
    code: 'layout.shards',
    field: 'shardGroup',
    message: () => 'nothing is sharded: a shard group needs zero of 1 or more and two ranks',
  },
  {
    code: 'layout.shards',
    field: 'shardGroup',
    message: ({ layout: { dp, cp, shardGroup } }) =>
      `a shard group of ${shardGroup} does not divide dp·cp = ${dp}·${cp} = ${dp * cp}; it can be ${divisors(dp * cp, 1024)}`,
  },
  {
    code: 'layout.shards',
    field: 'shardGroup',
    message: ({ layout: { tp, cp, dp, ep, etp, shardGroup = 1 } }) =>
      `${(dp * cp) / shardGroup} shard groups of ${shardGroup} do not divide the ${(tp * cp * dp) / (ep * etp)} replicas of an expert`,
  },
]

function pipelineShape({ globalBatch }: Training, { pp, vpp, dp, microBatch }: Parallelism): PipelineShape {
  return { stages: pp, virtualStages: vpp, microBatches: globalBatch / (dp * microBatch), recompute: false }
}

/** Code of the first rule that bits of `brokenRules` name. */
export function brokenCode(bits: number): string {
  return RULES[31 - Math.clz32(bits & -bits)]?.code ?? ''
}

function sequencePieces({ cp, tp, sequenceParallel }: Parallelism): number {
  return (cp > 1 ? 2 * cp : 1) * (sequenceParallel ? tp : 1)
}

/** Layers of the stage with most; 0 where the given split does not add up. `perStage` is written to. */
function mostLayers(layers: number, { pp, layerSplit }: Parallelism, perStage: Int32Array): number {
  if (isEven(layerSplit)) return Math.ceil(layers / pp)
  if (!splitLayers(perStage, layers, pp, layerSplit)) return 0
  let most = 0
  for (let stage = 0; stage < pp; stage++) most = Math.max(most, perStage[stage] ?? 0)
  return most
}

/**
 * The rules that a layout breaks, as bits; 0 where it can be placed. Memory is not judged here. Where the chips do not
 * come out, nothing else is looked at.
 *
 * Rules: tp·pp·cp·dp = chips; heads and MLP over tp (a vocabulary is padded); experts over ep; ep·etp over tp·cp·dp; global batch over
 * dp·microBatch; sequence over cp (twice, for causal balance) and over tp with sequence parallelism; layers over stages and
 * chunks; micro-batches over stages where chunks are interleaved (Megatron-LM asserts it); two chunks a stage, and
 * micro-batches as DualPipe needs them, where a schedule passes every stage twice; shard groups over dp·cp.
 *
 * @param perStage as long as the model has layers, to be written to
 */
export function brokenRules(
  model: Architecture,
  training: Training,
  chips: number,
  layout: Parallelism,
  perStage: Int32Array,
): number {
  const { tp, pp, cp, ep, etp, dp, vpp, microBatch } = layout
  const { moe } = model
  if (!divides(tp * pp * cp, chips)) return PRODUCT
  if (tp * pp * cp * dp !== chips) return ALL_CHIPS
  let broken = 0
  if (!divides(tp, model.heads)) broken |= HEADS
  if (!divides(tp, model.kvHeads) && !divides(model.kvHeads, tp)) broken |= KEY_VALUE_HEADS
  if (!divides(tp, model.ffnHidden)) broken |= FFN
  if (moe === null) {
    if (ep > 1) broken |= NO_EXPERTS_EP
    if (etp > 1) broken |= NO_EXPERTS_ETP
  } else {
    if (!divides(ep, moe.experts)) broken |= EXPERTS
    if (!divides(tp, moe.sharedFfn)) broken |= SHARED_FFN
    if (!divides(etp, moe.expertFfn)) broken |= EXPERT_FFN
  }
  if (!divides(ep * etp, tp * cp * dp)) broken |= EXPERT_BLOCK
  if (!divides(dp * microBatch, training.globalBatch)) broken |= BATCH
  if (!divides(sequencePieces(layout), training.sequenceLength)) broken |= SEQUENCE
  const most = pp > model.layers ? 0 : mostLayers(model.layers, layout, perStage)
  if (pp > model.layers) broken |= STAGES
  else if (most === 0) broken |= SPLIT
  else if (vpp > 1 && pp === 1) broken |= LONE_CHUNKS
  else if (vpp > most) broken |= CHUNKS
  if (layout.schedule === 'interleaved' && vpp === 1 && pp > 1) broken |= INTERLEAVED
  if (vpp > 1 && (broken & BATCH) === 0 && training.globalBatch / (dp * microBatch) < pp) broken |= FEW_MICRO_BATCHES
  if (layout.schedule !== 'interleaved' && vpp > 1) broken |= CHUNKED_SCHEDULE
  if (layout.shardGroup !== undefined) broken |= brokenShards(model, layout, layout.shardGroup)
  return isFolded(layout.schedule) ? broken | brokenFold(training, layout, most, broken) : broken
}

/** The rules of states that are sharded within groups and copied between them. */
function brokenShards({ moe }: Architecture, { tp, cp, dp, ep, etp, zero }: Parallelism, shardGroup: number): number {
  if (zero === 0 || shardGroup === 1) return UNSHARDED
  if ((dp * cp) % shardGroup !== 0) return SHARD_GROUP
  const perExpert = (tp * cp * dp) / (ep * etp)
  return moe !== null && perExpert % ((dp * cp) / shardGroup) !== 0 ? EXPERT_SHARDS : 0
}

/** The rules of schedules that pass a stage twice. */
function brokenFold(training: Training, layout: Parallelism, most: number, broken: number): number {
  const { schedule, pp } = layout
  if (pp === 1) return LONE_FOLD
  if ((broken & (STAGES | SPLIT | BATCH)) !== 0) return 0
  const short = chunksOf(schedule, 1) / copiesOf(schedule) > most
  if (short) return FOLDED_LAYERS
  return scheduleProblem(schedule, pipelineShape(training, layout)) === null ? 0 : SCHEDULE_SHAPE
}

/** What is wrong with a scenario's layout, in words; empty where it can be placed. */
export function checkLayout(scenario: Scenario): readonly Issue[] {
  const phase = mainPhase(scenario)
  const { training, parallelism: layout } = phase
  const { model } = scenario
  const { chips } = trainerPool(scenario)
  const perStage = new Int32Array(model.layers)
  const bits = brokenRules(model, training, chips, layout, perStage)
  const broken: Case = { model, training, chips, layout, mostLayers: mostLayers(model.layers, layout, perStage) }
  return RULES.filter((_, i) => (bits & (1 << i)) !== 0).map(({ code, field, section = 'parallelism', message }) => ({
    code,
    path: [...phase.path, section, field],
    message: message(broken),
  }))
}

function divisors(n: number, most: number): string {
  const found: number[] = []
  for (let d = 1; d <= most && d <= n; d++) if (n % d === 0) found.push(d)
  return found.join(', ')
}

function nearestMultiples(value: number, of: number): string {
  const below = Math.floor(value / of) * of
  return below > 0 ? `${below} or ${below + of} would` : `${of} would`
}

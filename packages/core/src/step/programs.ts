/** Programs of a transformer layer and of the two ends of the pipeline, from architecture and shard. */

import type { Precision } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import type { Architecture, MixtureOfExperts } from '../model/architecture.ts'
import { meanKeys } from '../model/flops.ts'
import type { LayerKind } from '../model/layers.ts'
import type { Parallelism, SoftwareStack, Training } from '../scenario/scenario.ts'
import { matrixFormat } from './machine.ts'
import {
  ACTIVATION,
  ATTENTION,
  ENDS,
  LAYER_INPUT,
  LOSS,
  MLA,
  MLP,
  MLP_INPUT,
  MOE,
  type Module,
  NORM,
  type Pass,
  PROJECTION,
  type ProgramSink,
  type Spread,
} from './operators.ts'

/** The part of a micro-batch that one rank works on. */
export interface Shard extends Pick<Parallelism, 'tp' | 'cp' | 'ep' | 'etp' | 'sequenceParallel'> {
  readonly microBatch: number
  readonly sequence: number
  /** Tokens of one micro-batch on a context-parallel rank. */
  readonly tokens: number
  /** Tokens of the parts that sequence parallelism splits further. */
  readonly splitTokens: number
  readonly materialised: boolean
  /** How copies of a routed token travel; null: each on its own. */
  readonly spread: Spread | null
  readonly dispatchBytes: number
  /** Passes over memory of a chain of pointwise operations, against one fused kernel. */
  readonly pointwisePasses: number
  /** Likewise of a norm. */
  readonly normPasses: number
  /** Bytes that a logit costs in the loss, forward and backward. */
  readonly lossForward: number
  readonly lossBackward: number
  readonly eagerCopies: boolean
  readonly gateBytes: number
  /** Norms are unfused and keep their 32-bit input and their 16-bit result before the weight. */
  readonly normCopies: boolean
  /** Bytes of a logit held in the loss besides the logit itself. */
  readonly lossBytes: number
  readonly gathersLogits: boolean
  readonly gatheredInputs: boolean
  /** Bytes of an element of a product's input as kept for its weight gradient: one byte in 8-bit recipes. */
  readonly inputBytes: number
  /** Bytes moved to quantise one element of a product's input or of its output's gradient; 0 in 16-bit recipes. */
  readonly quantiseBytes: number
}

/** Activations and their gradients stay in 16 bits. */
const ACTIVATION_BYTES = 2

/** Formats whose recipes keep a product's input in one byte (Transformer Engine keeps the 8-bit copy for 4-bit products too). */
const EIGHT_BIT_OR_LESS: ReadonlySet<Precision> = new Set(['fp8', 'fp6', 'fp4'])

/**
 * Bytes that quantising one element of an activation or its gradient costs: 16 bits read, 8 written as they lie and 8
 * transposed for the weight gradient (Transformer Engine). Weights are quantised once a step, which is left out.
 */
const QUANTISE_BYTES = 4

function expertSpread({ moe }: Architecture, software: SoftwareStack): Spread | null {
  if (moe === null || software.expertDispatch === 'pairwise') return null
  return { copies: moe.topK, mostDomains: moe.nodeLimit || Number.POSITIVE_INFINITY }
}

/** What every layout of a scenario shares of its shards; `shapeShard` makes it a layout's own. */
export function newShard(
  model: Architecture,
  training: Training,
  software: SoftwareStack,
  calibration: Calibration,
): Shard {
  const low = EIGHT_BIT_OR_LESS.has(matrixFormat(training.precision))
  const whole = training.sequenceLength
  const lossBytes = software.fusedLoss ? FUSED_LOSS_BYTES : LOSS_BYTES
  const lossPasses = software.fusedLoss && !software.fusedPointwise ? calibration.unfusedPasses : 1
  return {
    ...{ tp: 1, cp: 1, ep: 1, etp: 1, sequenceParallel: false, microBatch: 1, tokens: whole, splitTokens: whole },
    sequence: training.sequenceLength,
    materialised: software.attention === 'materialised',
    spread: expertSpread(model, software),
    dispatchBytes: software.dispatchBytes,
    pointwisePasses: software.fusedPointwise ? 1 : calibration.unfusedPasses,
    lossForward: lossBytes[0] * lossPasses,
    lossBackward: lossBytes[1] * lossPasses,
    normPasses: software.fusedNorms ? 1 : calibration.unfusedNormPasses,
    eagerCopies: software.eagerCopies,
    gateBytes: software.gateBytes,
    normCopies: !software.fusedNorms,
    lossBytes: software.logitBytes - ACTIVATION_BYTES,
    gathersLogits: software.gathersLogits,
    gatheredInputs: software.gatheredInputs,
    inputBytes: low ? 1 : ACTIVATION_BYTES,
    quantiseBytes: low ? QUANTISE_BYTES : 0,
  }
}

/** The part of a micro-batch that each rank of a layout works on. */
export function shapeShard(shard: { -readonly [K in keyof Shard]: Shard[K] }, layout: Parallelism): void {
  const tokens = (layout.microBatch * shard.sequence) / layout.cp
  shard.tp = layout.tp
  shard.cp = layout.cp
  shard.ep = layout.ep
  shard.etp = layout.etp
  shard.sequenceParallel = layout.sequenceParallel
  shard.microBatch = layout.microBatch
  shard.tokens = tokens
  shard.splitTokens = layout.sequenceParallel ? tokens / layout.tp : tokens
}

/** Bytes that a rank sends to the next stage for one micro-batch. */
export function boundaryBytes(model: Architecture, shard: Shard): number {
  return shard.splitTokens * model.hidden * ACTIVATION_BYTES
}

/**
 * Column-parallel product (output split over tp). With sequence parallelism the input is gathered before it, gathered
 * again in backward beside the input gradient, and the input gradient is scattered beside the weight gradient;
 * without, the input gradient is reduced beside the weight gradient (Korthikanti et al. 2022, arXiv:2205.05198, section 4).
 */
function addColumnParallel(
  sink: ProgramSink,
  shard: Shard,
  name: string,
  module: Module,
  m: number,
  n: number,
  k: number,
  hidden: number,
  low = true,
): void {
  const split = shard.tp > 1
  const gathered = split && shard.sequenceParallel
  const bytes = shard.tokens * hidden * ACTIVATION_BYTES
  if (gathered) {
    sink.communicate('forward', 'tensor', name, module, 'allGather', 'tp', bytes, null, null)
    if (shard.gatheredInputs) sink.save('gathered input', NORM, bytes)
  }
  sink.product(name, module, m, n, k, 1, 1, low, low ? shard.quantiseBytes : 0)
  if (!split) return
  const collective = gathered ? 'reduceScatter' : 'allReduce'
  sink.communicate('backward', 'tensor', name, module, collective, 'tp', bytes, null, 'weight')
  if (gathered) sink.communicate('backward', 'tensor', name, module, 'allGather', 'tp', bytes, null, 'input')
}

/** Row-parallel product (input split over tp): its output is reduced, or reduced and scattered with sequence parallelism. */
function addRowParallel(
  sink: ProgramSink,
  shard: Shard,
  name: string,
  module: Module,
  m: number,
  n: number,
  k: number,
  hidden: number,
): void {
  sink.product(name, module, m, n, k, 1, 1, true, shard.quantiseBytes)
  if (shard.tp === 1) return
  const bytes = shard.tokens * hidden * ACTIVATION_BYTES
  const collective = shard.sequenceParallel ? 'reduceScatter' : 'allReduce'
  sink.communicate('forward', 'tensor', name, module, collective, 'tp', bytes, null, null)
  if (shard.sequenceParallel) {
    sink.communicate('backward', 'tensor', name, module, 'allGather', 'tp', bytes, null, null)
  }
}

/** What a norm and its tensors are called. */
interface NormNames {
  readonly norm: string
  readonly output: string
  readonly copy: string
}

function normNames(norm: string): NormNames {
  return { norm, output: `${norm} output`, copy: `${norm} copies` }
}

const ATTENTION_NORM = normNames('attention norm')
const MLP_NORM = normNames('mlp norm')
const FINAL_NORM = normNames('final norm')

function addNorm(sink: ProgramSink, shard: Shard, names: NormNames, width: number): void {
  const bytes = shard.splitTokens * width * ACTIVATION_BYTES
  sink.pointwise(names.norm, NORM, 2 * bytes * shard.normPasses, 3 * bytes * shard.normPasses)
  sink.save(names.output, NORM, shard.splitTokens * width * shard.inputBytes)
  if (shard.normCopies) sink.save(names.copy, NORM, 3 * bytes)
}

function addResidual(sink: ProgramSink, shard: Shard, name: string, hidden: number): void {
  const bytes = shard.splitTokens * hidden * ACTIVATION_BYTES
  sink.pointwise(name, PROJECTION, 3 * bytes, 3 * bytes)
}

function addCoreAttention(sink: ProgramSink, model: Architecture, kind: LayerKind, shard: Shard): void {
  const { tokens, tp, cp, microBatch, sequence } = shard
  const heads = model.heads / tp
  const latent = model.mla
  const keyWidth = latent === null ? model.headDim : latent.queryKeyDim + latent.ropeDim
  const valueWidth = latent === null ? model.headDim : latent.valueDim
  const keyValueHeads = latent === null ? Math.max(1, model.kvHeads / tp) : heads
  const keyValueBytes = tokens * keyValueHeads * (keyWidth + valueWidth) * ACTIVATION_BYTES
  const outputBytes = tokens * heads * valueWidth * ACTIVATION_BYTES
  const window = kind.local ? (model.slidingWindow?.tokens ?? null) : null
  const keys = meanKeys(sequence, window, 'causal')
  const queries = sequence / cp
  const inSight = Math.min(sequence, window ?? sequence)
  const flopsPerPair = 2 * (keyWidth + valueWidth)
  // Flash attention computes the scores again: five products backward for two forward (arXiv:2307.08691).
  const backwardFlops = (shard.materialised ? 2 : 2.5) * flopsPerPair
  sink.attention(ATTENTION, microBatch, heads, queries, keys, inSight, flopsPerPair, backwardFlops)
  if (cp > 1) {
    const hops = keyValueBytes * (cp - 1)
    sink.communicate('forward', 'context', 'key-value ring', ATTENTION, 'sendRecv', 'cp', hops, null, 'forward')
    sink.communicate('backward', 'context', 'key-value ring', ATTENTION, 'sendRecv', 'cp', 2 * hops, null, 'input')
  }
  const projected = latent === null ? PROJECTION : MLA
  sink.save('queries', projected, tokens * heads * keyWidth * ACTIVATION_BYTES)
  sink.save('keys and values', projected, keyValueBytes)
  sink.save('attention output', PROJECTION, outputBytes)
  if (shard.materialised) {
    // Softmax output, dropout mask and dropout output: 5 bytes a score (arXiv:2205.05198, section 4.1).
    sink.save('attention scores', ATTENTION, 5 * microBatch * heads * (sequence / cp) * sequence)
  }
}

/** A layer up to the sum behind its attention, which is the same before an MLP and before experts. */
export function attentionProgram(sink: ProgramSink, model: Architecture, kind: LayerKind, shard: Shard): void {
  const { hidden, heads, kvHeads, headDim, mla } = model
  const { tokens, tp } = shard
  sink.save('attention input', LAYER_INPUT, shard.splitTokens * hidden * ACTIVATION_BYTES)
  addNorm(sink, shard, ATTENTION_NORM, hidden)
  if (mla === null) {
    const width = (heads / tp + 2 * Math.max(1, kvHeads / tp)) * headDim
    addColumnParallel(sink, shard, 'qkv', PROJECTION, tokens, width, hidden, hidden)
    const rotated = tokens * (heads / tp + Math.max(1, kvHeads / tp)) * headDim * ACTIVATION_BYTES
    if (model.learnedPositions === 0) {
      sink.pointwise('rotary', PROJECTION, 2 * rotated, 2 * rotated)
      if (shard.eagerCopies) sink.save('before rotary', PROJECTION, rotated)
    }
  } else {
    // The down-projections are small and run on every tensor-parallel rank alike, on its share of the sequence.
    const down = mla.queryRank + mla.kvRank + mla.ropeDim
    sink.product('latent down', PROJECTION, shard.splitTokens, down, hidden, 1, 1, true, shard.quantiseBytes)
    sink.pointwise(
      'latent norms',
      NORM,
      2 * shard.splitTokens * down * ACTIVATION_BYTES,
      3 * shard.splitTokens * down * ACTIVATION_BYTES,
    )
    sink.save('latents', PROJECTION, 2 * shard.splitTokens * down * ACTIVATION_BYTES)
    const perHead = mla.queryKeyDim + mla.ropeDim
    const width = mla.queryRank || hidden
    addColumnParallel(sink, shard, 'query up', MLA, tokens, (heads / tp) * perHead, width, width)
    const keyValues = (heads / tp) * (mla.queryKeyDim + mla.valueDim)
    addColumnParallel(sink, shard, 'key-value up', MLA, tokens, keyValues, mla.kvRank, mla.kvRank)
    const rotated = tokens * (heads / tp) * perHead * 2 * ACTIVATION_BYTES
    sink.pointwise('rotary', MLA, 2 * rotated, 2 * rotated)
  }
  addCoreAttention(sink, model, kind, shard)
  const valueWidth = mla === null ? headDim : mla.valueDim
  addRowParallel(sink, shard, 'projection', PROJECTION, tokens, hidden, (heads / tp) * valueWidth, hidden)
  addResidual(sink, shard, 'attention residual', hidden)
}

/** Bytes that the activation function moves for one output element: it reads and writes once forward, twice its inputs backward. */
function activationBytes(model: Architecture, shard: Shard, pass: Pass): number {
  const inputs = model.gatedMlp ? 2 : 1
  const elements = pass === 'forward' ? inputs + 1 : 2 * inputs + 1
  return elements * ACTIVATION_BYTES * shard.pointwisePasses
}

/** What the operators and tensors of an MLP are called. */
interface MlpNames {
  readonly up: string
  readonly upOutput: string
  readonly activation: string
  readonly activationOutput: string
  readonly gate: string
  readonly down: string
}

function mlpNames(name: string): MlpNames {
  return {
    up: `${name} up`,
    upOutput: `${name} up output`,
    activation: `${name} activation`,
    activationOutput: `${name} activation output`,
    gate: `${name} gate`,
    down: `${name} down`,
  }
}

const DENSE_MLP = mlpNames('mlp')
const SHARED_EXPERT = mlpNames('shared expert')

function addMlp(
  sink: ProgramSink,
  model: Architecture,
  shard: Shard,
  names: MlpNames,
  ffn: number,
  module: Module,
): void {
  const { hidden } = model
  const { tokens, tp } = shard
  const width = ffn / tp
  const inputs = model.gatedMlp ? 2 : 1
  addColumnParallel(sink, shard, names.up, module, tokens, inputs * width, hidden, hidden)
  sink.save(names.upOutput, module, tokens * inputs * width * shard.gateBytes)
  sink.pointwise(
    names.activation,
    ACTIVATION,
    tokens * width * activationBytes(model, shard, 'forward'),
    tokens * width * activationBytes(model, shard, 'backward'),
  )
  sink.save(names.activationOutput, ACTIVATION, tokens * width * shard.inputBytes)
  if (shard.eagerCopies) sink.save(names.gate, ACTIVATION, (inputs - 1) * tokens * width * ACTIVATION_BYTES)
  addRowParallel(sink, shard, names.down, module, tokens, hidden, width, hidden)
}

/** All-to-all of the routed tokens: to their experts, or back. */
function exchange(sink: ProgramSink, shard: Shard, pass: Pass, name: string, bytes: number): void {
  if (shard.ep > 1) sink.communicate(pass, 'expert', name, MOE, 'allToAll', 'ep', bytes, shard.spread, null)
}

/**
 * Load of the busiest of `ep` expert-parallel ranks over the mean. With a skew s it is ep^s: so grows the time of the
 * busiest rank over balanced routing in measured tables of experts, s = 0.21 where tokens follow a power law of exponent
 * 1.01 and 0.28 of 1.2 (`imbalance` in fit/kernels.fitted.json). No rank gets more than each token once for every expert
 * that it holds.
 */
function busiestRank({ experts, topK, imbalance, skew }: MixtureOfExperts, ep: number): number {
  if (ep === 1) return 1
  if (skew === null) return imbalance
  return Math.min(ep ** skew, (ep * Math.min(topK, experts / ep)) / topK)
}

function addMixture(sink: ProgramSink, model: Architecture, shard: Shard): void {
  const { moe, hidden } = model
  if (moe === null) return
  const { ep, etp, splitTokens } = shard
  // Every rank routes its own tokens once; ranks that share a whole copy of them (tp without sp) route 1/tp each.
  const routed = (shard.tokens / shard.tp) * moe.topK
  const imbalance = moe.capacity > 0 ? moe.capacity : busiestRank(moe, ep)
  const perRank = routed * etp * imbalance
  const local = moe.experts / ep
  const rows = perRank / local
  const width = moe.expertFfn / etp
  const inputs = model.gatedMlp ? 2 : 1
  const routedBytes = routed * hidden * ACTIVATION_BYTES
  const exchanged = routed * hidden * ACTIVATION_BYTES * imbalance
  const dispatched = routed * hidden * shard.dispatchBytes * imbalance
  const split = perRank * hidden * ACTIVATION_BYTES
  const activation = perRank * width

  sink.product('router', MOE, splitTokens, moe.experts, hidden, 1, 1, false, 0)
  sink.pointwise('permute', MOE, 2 * routedBytes, 2 * routedBytes)
  exchange(sink, shard, 'forward', 'dispatch', dispatched)
  exchange(sink, shard, 'backward', 'dispatch', exchanged)
  if (etp > 1) {
    sink.communicate('forward', 'expert', 'expert gather', MOE, 'allGather', 'etp', split, null, null)
    sink.communicate('backward', 'expert', 'expert gather', MOE, 'reduceScatter', 'etp', split, null, null)
  }
  sink.product('experts up', MOE, rows, inputs * width, hidden, local, imbalance, true, shard.quantiseBytes)
  sink.pointwise(
    'experts activation',
    ACTIVATION,
    activation * activationBytes(model, shard, 'forward'),
    activation * activationBytes(model, shard, 'backward'),
  )
  sink.product('experts down', MOE, rows, hidden, width, local, imbalance, true, shard.quantiseBytes)
  if (etp > 1) {
    sink.communicate('forward', 'expert', 'expert reduce', MOE, 'reduceScatter', 'etp', split, null, null)
    sink.communicate('backward', 'expert', 'expert reduce', MOE, 'allGather', 'etp', split, null, null)
  }
  exchange(sink, shard, 'forward', 'combine', exchanged)
  exchange(sink, shard, 'backward', 'combine', exchanged)
  sink.pointwise('unpermute', MOE, 2 * routedBytes, 2 * routedBytes)

  sink.save('experts input', MOE, perRank * hidden * shard.inputBytes)
  sink.save('experts up output', MOE, inputs * activation * shard.gateBytes)
  sink.save('experts activation output', ACTIVATION, activation * shard.inputBytes)
  if (moe.sharedFfn > 0) addMlp(sink, model, shard, SHARED_EXPERT, moe.sharedFfn, MOE)
}

/** Forward and backward of one layer for one micro-batch on one rank. */
export function layerProgram(sink: ProgramSink, model: Architecture, kind: LayerKind, shard: Shard): void {
  attentionProgram(sink, model, kind, shard)
  mlpProgram(sink, model, kind, shard)
}

/** The part of a layer behind its attention. */
export function mlpProgram(sink: ProgramSink, model: Architecture, kind: LayerKind, shard: Shard): void {
  sink.save('mlp input', MLP_INPUT, shard.splitTokens * model.hidden * ACTIVATION_BYTES)
  addNorm(sink, shard, MLP_NORM, model.hidden)
  if (kind.mixture) addMixture(sink, model, shard)
  else addMlp(sink, model, shard, DENSE_MLP, model.ffnHidden, MLP)
  addResidual(sink, shard, 'mlp residual', model.hidden)
}

/** The input embedding: a lookup forward, a scattered sum in 32 bits backward. */
export function embeddingProgram(sink: ProgramSink, model: Architecture, shard: Shard): void {
  const bytes = shard.tokens * model.hidden * ACTIVATION_BYTES
  sink.pointwise('embedding', ENDS, 2 * bytes, 4 * bytes)
  if (shard.tp > 1) {
    const collective = shard.sequenceParallel ? 'reduceScatter' : 'allReduce'
    sink.communicate('forward', 'tensor', 'embedding', ENDS, collective, 'tp', bytes, null, null)
    if (shard.sequenceParallel) {
      sink.communicate('backward', 'tensor', 'embedding', ENDS, 'allGather', 'tp', bytes, null, null)
    }
  }
}

/** Bytes a logit costs in softmax and cross-entropy as one kernel: 16-bit read, 32-bit intermediate, 16-bit gradient. */
const FUSED_LOSS_BYTES = [6, 6] as const

/**
 * The same one operation at a time, as Megatron's vocabulary-parallel loss: to 32 bits, maximum, difference, exponential,
 * sum and quotient forward; product with the gradient and back to 16 bits backward.
 */
const LOSS_BYTES = [38, 14] as const

/** The output projection with softmax and cross-entropy, `count` times (once more for each multi-token-prediction layer). */
export function headProgram(sink: ProgramSink, model: Architecture, shard: Shard, count: number): void {
  const { tokens, tp } = shard
  const { hidden } = model
  const logits = (tokens * model.vocab) / tp
  for (let i = 0; i < count; i++) {
    addNorm(sink, shard, FINAL_NORM, hidden)
    addColumnParallel(sink, shard, 'logits', ENDS, tokens, model.vocab / tp, hidden, hidden, false)
    sink.pointwise('cross-entropy', ENDS, logits * shard.lossForward, logits * shard.lossBackward)
    const held = shard.gathersLogits ? logits * tp : logits
    sink.save('logits', ENDS, held * ACTIVATION_BYTES)
    sink.save('loss', LOSS, held * shard.lossBytes)
  }
  for (let i = 1; i < count; i++) {
    sink.product('prediction projection', ENDS, shard.splitTokens, hidden, 2 * hidden, 1, 1, true, shard.quantiseBytes)
  }
}

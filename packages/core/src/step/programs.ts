/** Programs of a transformer layer and of the two ends of the pipeline, from architecture and shard. */

import type { Collective, Precision } from '@walltime/hardware'
import type { GroupName } from '../layout/placement.ts'
import type { Architecture } from '../model/architecture.ts'
import { meanKeys } from '../model/flops.ts'
import type { LayerKind } from '../model/layers.ts'
import type { ExpertDispatch, Parallelism, SoftwareStack, Training } from '../scenario/scenario.ts'
import { matrixFormat } from './machine.ts'
import type { Attention, Communication, Gemm, Module, Operator, Pointwise, Program, SavedTensor } from './operators.ts'

/** The part of a micro-batch that one rank works on. */
export interface Shard extends Pick<Parallelism, 'tp' | 'cp' | 'ep' | 'etp' | 'sequenceParallel'> {
  readonly microBatch: number
  readonly sequence: number
  /** Tokens of one micro-batch on a context-parallel rank. */
  readonly tokens: number
  /** Tokens of the parts that sequence parallelism splits further. */
  readonly splitTokens: number
  readonly materialised: boolean
  readonly expertDispatch: ExpertDispatch
  readonly dispatchBytes: number
  /** Passes over memory of a chain of pointwise operations, against one fused kernel. */
  readonly pointwisePasses: number
  readonly eagerCopies: boolean
  /** Bytes of an element of a product's input as kept for its weight gradient: one byte in 8-bit recipes. */
  readonly inputBytes: number
}

/** Activations and their gradients stay in 16 bits. */
const ACTIVATION_BYTES = 2

/** Formats whose recipes keep a product's input in one byte (Transformer Engine keeps the 8-bit copy for 4-bit products too). */
const EIGHT_BIT_OR_LESS: ReadonlySet<Precision> = new Set(['fp8', 'fp6', 'fp4'])

/** Passes over memory that unfused pointwise chains make for each pass of a fused kernel: two to three operations a chain. */
const UNFUSED_PASSES = 2.5

/** The part of a micro-batch that each rank of a layout works on. */
export function buildShard(training: Training, layout: Parallelism, software: SoftwareStack): Shard {
  const { tp, cp, ep, etp, sequenceParallel, microBatch } = layout
  const tokens = (microBatch * training.sequenceLength) / cp
  return {
    tp,
    cp,
    ep,
    etp,
    sequenceParallel,
    microBatch,
    sequence: training.sequenceLength,
    tokens,
    splitTokens: sequenceParallel ? tokens / tp : tokens,
    materialised: software.attention === 'materialised',
    expertDispatch: software.expertDispatch,
    dispatchBytes: software.dispatchBytes,
    pointwisePasses: software.fusedPointwise ? 1 : UNFUSED_PASSES,
    eagerCopies: software.eagerCopies,
    inputBytes: EIGHT_BIT_OR_LESS.has(matrixFormat(training.precision)) ? 1 : ACTIVATION_BYTES,
  }
}

/** Gathers the operators of a program: forward in order, backward from the end. */
interface Draft {
  readonly forward: Operator[]
  readonly backward: Operator[]
  readonly saved: SavedTensor[]
}

function gemm(name: string, module: Module, m: number, n: number, k: number, low = true): Gemm {
  return { kind: 'gemm', name, module, m, n, k, groups: 1, load: 1, low, pass: 'forward' }
}

function pointwise(name: string, module: Module, bytes: number): Pointwise {
  return { kind: 'pointwise', name, module, bytes }
}

function save(draft: Draft, name: string, module: SavedTensor['module'], bytes: number): void {
  draft.saved.push({ name, module, bytes })
}

function addPointwise(draft: Draft, name: string, module: Module, forwardBytes: number, backwardBytes: number): void {
  draft.forward.push(pointwise(name, module, forwardBytes))
  draft.backward.unshift(pointwise(`${name} backward`, module, backwardBytes))
}

/** Gradients of a product y = x·w: dx = dy·wᵀ (m×n by n×k) and dw = xᵀ·dy (k×m by m×n). */
function gradients(op: Gemm): { input: Gemm; weight: Gemm } {
  return {
    input: { ...op, name: `${op.name} dgrad`, n: op.k, k: op.n, pass: 'input' },
    weight: { ...op, name: `${op.name} wgrad`, m: op.k, k: op.m, pass: 'weight' },
  }
}

function addGemm(draft: Draft, op: Gemm): void {
  const { input, weight } = gradients(op)
  draft.forward.push(op)
  draft.backward.unshift(input, weight)
}

function communicate(
  part: Communication['part'],
  name: string,
  module: Module,
  collective: Collective,
  group: GroupName,
  bytes: number,
  under: Communication['under'] = null,
): Communication {
  return { kind: 'communication', name, module, part, collective, group, bytes, spread: null, under }
}

/**
 * Column-parallel product (output split over tp). With sequence parallelism the input is gathered before it, gathered
 * again in backward beside the input gradient, and the input gradient is scattered beside the weight gradient;
 * without, the input gradient is reduced beside the weight gradient (Korthikanti et al. 2022, arXiv:2205.05198, section 4).
 */
function addColumnParallel(draft: Draft, shard: Shard, op: Gemm, hidden: number): void {
  const { input, weight } = gradients(op)
  if (shard.tp === 1) {
    addGemm(draft, op)
    return
  }
  const bytes = shard.tokens * hidden * ACTIVATION_BYTES
  const tensor = (name: string, collective: Collective, under: Communication['under'] = null) =>
    communicate('tensor', `${op.name} ${name}`, op.module, collective, 'tp', bytes, under)
  if (shard.sequenceParallel) {
    draft.forward.push(tensor('gather', 'allGather'), op)
    draft.backward.unshift(
      tensor('gather again', 'allGather', input),
      input,
      tensor('scatter', 'reduceScatter', weight),
      weight,
    )
  } else {
    draft.forward.push(op)
    draft.backward.unshift(input, tensor('reduce', 'allReduce', weight), weight)
  }
}

/** Row-parallel product (input split over tp): its output is reduced, or reduced and scattered with sequence parallelism. */
function addRowParallel(draft: Draft, shard: Shard, op: Gemm, hidden: number): void {
  const { input, weight } = gradients(op)
  if (shard.tp === 1) {
    addGemm(draft, op)
    return
  }
  const bytes = shard.tokens * hidden * ACTIVATION_BYTES
  const collective = shard.sequenceParallel ? 'reduceScatter' : 'allReduce'
  draft.forward.push(op, communicate('tensor', `${op.name} reduce`, op.module, collective, 'tp', bytes))
  draft.backward.unshift(input, weight)
  if (shard.sequenceParallel) {
    draft.backward.unshift(communicate('tensor', `${op.name} gather`, op.module, 'allGather', 'tp', bytes))
  }
}

function addNorm(draft: Draft, shard: Shard, name: string, width: number): void {
  const bytes = shard.splitTokens * width * ACTIVATION_BYTES
  addPointwise(draft, name, 'norm', 2 * bytes * shard.pointwisePasses, 3 * bytes * shard.pointwisePasses)
  save(draft, `${name} output`, 'norm', shard.splitTokens * width * shard.inputBytes)
  if (shard.eagerCopies) save(draft, `${name} in 32 bits`, 'norm', 2 * bytes)
}

function addResidual(draft: Draft, shard: Shard, name: string, hidden: number): void {
  const bytes = shard.splitTokens * hidden * ACTIVATION_BYTES
  addPointwise(draft, name, 'projection', 3 * bytes, 3 * bytes)
}

function addCoreAttention(draft: Draft, model: Architecture, kind: LayerKind, shard: Shard): void {
  const { tokens, tp, cp, microBatch, sequence } = shard
  const heads = model.heads / tp
  const latent = model.mla
  const keyWidth = latent === null ? model.headDim : latent.queryKeyDim + latent.ropeDim
  const valueWidth = latent === null ? model.headDim : latent.valueDim
  const keyValueHeads = latent === null ? Math.max(1, model.kvHeads / tp) : heads
  const keyValueBytes = tokens * keyValueHeads * (keyWidth + valueWidth) * ACTIVATION_BYTES
  const outputBytes = tokens * heads * valueWidth * ACTIVATION_BYTES
  const window = kind.local ? (model.slidingWindow?.tokens ?? null) : null
  const forward: Attention = {
    kind: 'attention',
    name: 'attention',
    module: 'attention',
    batch: microBatch,
    heads,
    queries: sequence / cp,
    keys: meanKeys(sequence, window, 'causal'),
    sequence: Math.min(sequence, window ?? sequence),
    flopsPerPair: 2 * (keyWidth + valueWidth),
    backward: false,
  }
  // Flash attention computes the scores again: five products backward for two forward (arXiv:2307.08691).
  const backward: Attention = {
    ...forward,
    name: 'attention backward',
    flopsPerPair: (shard.materialised ? 2 : 2.5) * forward.flopsPerPair,
    backward: true,
  }
  if (cp > 1) {
    const hops = keyValueBytes * (cp - 1)
    draft.forward.push(communicate('context', 'key-value ring', 'attention', 'sendRecv', 'cp', hops, forward))
  }
  draft.forward.push(forward)
  draft.backward.unshift(backward)
  if (cp > 1) {
    const hops = 2 * keyValueBytes * (cp - 1)
    draft.backward.unshift(
      communicate('context', 'key-value gradient ring', 'attention', 'sendRecv', 'cp', hops, backward),
    )
  }
  const projected = latent === null ? 'projection' : 'mla'
  save(draft, 'queries', projected, tokens * heads * keyWidth * ACTIVATION_BYTES)
  save(draft, 'keys and values', projected, keyValueBytes)
  save(draft, 'attention output', 'projection', outputBytes)
  if (shard.materialised) {
    // Softmax output, dropout mask and dropout output: 5 bytes a score (arXiv:2205.05198, section 4.1).
    save(draft, 'attention scores', 'attention', 5 * microBatch * heads * (sequence / cp) * sequence)
  }
}

function addAttentionBlock(draft: Draft, model: Architecture, kind: LayerKind, shard: Shard): void {
  const { hidden, heads, kvHeads, headDim, mla } = model
  const { tokens, tp } = shard
  save(draft, 'attention input', 'input', shard.splitTokens * hidden * ACTIVATION_BYTES)
  addNorm(draft, shard, 'attention norm', hidden)
  if (mla === null) {
    const width = (heads / tp + 2 * Math.max(1, kvHeads / tp)) * headDim
    addColumnParallel(draft, shard, gemm('qkv', 'projection', tokens, width, hidden), hidden)
    const rotated = tokens * (heads / tp + Math.max(1, kvHeads / tp)) * headDim * ACTIVATION_BYTES
    if (model.learnedPositions === 0) {
      addPointwise(draft, 'rotary', 'projection', 2 * rotated, 2 * rotated)
      if (shard.eagerCopies) save(draft, 'before rotary', 'projection', rotated)
    }
  } else {
    // The down-projections are small and run on every tensor-parallel rank alike, on its share of the sequence.
    const down = mla.queryRank + mla.kvRank + mla.ropeDim
    addGemm(draft, gemm('latent down', 'projection', shard.splitTokens, down, hidden))
    addPointwise(
      draft,
      'latent norms',
      'norm',
      2 * shard.splitTokens * down * ACTIVATION_BYTES,
      3 * shard.splitTokens * down * ACTIVATION_BYTES,
    )
    save(draft, 'latents', 'projection', 2 * shard.splitTokens * down * ACTIVATION_BYTES)
    const perHead = mla.queryKeyDim + mla.ropeDim
    const query = gemm('query up', 'mla', tokens, (heads / tp) * perHead, mla.queryRank || hidden)
    addColumnParallel(draft, shard, query, mla.queryRank || hidden)
    const keyValue = gemm('key-value up', 'mla', tokens, (heads / tp) * (mla.queryKeyDim + mla.valueDim), mla.kvRank)
    addColumnParallel(draft, shard, keyValue, mla.kvRank)
    const rotated = tokens * (heads / tp) * perHead * 2 * ACTIVATION_BYTES
    addPointwise(draft, 'rotary', 'mla', 2 * rotated, 2 * rotated)
  }
  addCoreAttention(draft, model, kind, shard)
  const valueWidth = mla === null ? headDim : mla.valueDim
  addRowParallel(draft, shard, gemm('projection', 'projection', tokens, hidden, (heads / tp) * valueWidth), hidden)
  addResidual(draft, shard, 'attention residual', hidden)
}

/** Bytes that the activation function reads and writes for one output element, forward and backward. */
function activationBytes(model: Architecture, shard: Shard): { forward: number; backward: number } {
  const inputs = model.gatedMlp ? 2 : 1
  return {
    forward: (inputs + 1) * ACTIVATION_BYTES * shard.pointwisePasses,
    backward: (2 * inputs + 1) * ACTIVATION_BYTES * shard.pointwisePasses,
  }
}

function addMlp(draft: Draft, model: Architecture, shard: Shard, name: string, ffn: number, module: Module): void {
  const { hidden } = model
  const { tokens, tp } = shard
  const width = ffn / tp
  const inputs = model.gatedMlp ? 2 : 1
  const bytes = activationBytes(model, shard)
  addColumnParallel(draft, shard, gemm(`${name} up`, module, tokens, inputs * width, hidden), hidden)
  save(draft, `${name} up output`, module, tokens * inputs * width * ACTIVATION_BYTES)
  addPointwise(
    draft,
    `${name} activation`,
    'activation',
    tokens * width * bytes.forward,
    tokens * width * bytes.backward,
  )
  save(draft, `${name} activation output`, 'activation', tokens * width * shard.inputBytes)
  if (shard.eagerCopies) save(draft, `${name} gate`, 'activation', (inputs - 1) * tokens * width * ACTIVATION_BYTES)
  addRowParallel(draft, shard, gemm(`${name} down`, module, tokens, hidden, width), hidden)
}

/**
 * Times that routed tokens pass through memory more than once each way around the experts: sorting, padding and scaling
 * (fitted on expert layers of H100 and H200 at 256 rows an expert and more, NVIDIA aiconfigurator).
 */
const EXPERT_PASSES = 1.6

function addMixture(draft: Draft, model: Architecture, shard: Shard): void {
  const { moe, hidden } = model
  if (moe === null) return
  const { ep, etp, splitTokens } = shard
  // Every rank routes its own tokens once; ranks that share a whole copy of them (tp without sp) route 1/tp each.
  const routed = (shard.tokens / shard.tp) * moe.topK
  const imbalance = ep > 1 ? moe.imbalance : 1
  const perRank = routed * etp * imbalance
  const local = moe.experts / ep
  const width = moe.expertFfn / etp
  const inputs = model.gatedMlp ? 2 : 1
  const bytes = activationBytes(model, shard)
  const routedBytes = routed * hidden * ACTIVATION_BYTES

  addGemm(draft, gemm('router', 'moe', splitTokens, moe.experts, hidden, false))
  addPointwise(draft, 'permute', 'moe', EXPERT_PASSES * 2 * routedBytes, EXPERT_PASSES * 2 * routedBytes)
  const spread =
    shard.expertDispatch === 'per-domain'
      ? { copies: moe.topK, mostDomains: moe.nodeLimit || Number.POSITIVE_INFINITY }
      : null
  const exchange = (name: string, elementBytes: number = ACTIVATION_BYTES) => ({
    ...communicate('expert', name, 'moe', 'allToAll', 'ep', routed * hidden * elementBytes * imbalance),
    spread,
  })
  const split = (name: string, collective: Collective) =>
    communicate('expert', name, 'moe', collective, 'etp', perRank * hidden * ACTIVATION_BYTES)
  if (ep > 1) draft.forward.push(exchange('dispatch', shard.dispatchBytes))
  if (etp > 1) draft.forward.push(split('expert gather', 'allGather'))

  const up: Gemm = {
    ...gemm('experts up', 'moe', perRank / local, inputs * width, hidden),
    groups: local,
    load: imbalance,
  }
  const down: Gemm = { ...up, name: 'experts down', n: hidden, k: width }
  const upGradients = gradients(up)
  const downGradients = gradients(down)
  const activation = perRank * width
  draft.forward.push(
    up,
    pointwise('experts activation', 'activation', EXPERT_PASSES * activation * bytes.forward),
    down,
  )
  if (etp > 1) draft.forward.push(split('expert reduce', 'reduceScatter'))
  if (ep > 1) draft.forward.push(exchange('combine'))

  const backward: Operator[] = []
  if (ep > 1) backward.push(exchange('combine backward'))
  if (etp > 1) backward.push(split('expert reduce backward', 'allGather'))
  backward.push(
    downGradients.input,
    downGradients.weight,
    pointwise('experts activation backward', 'activation', EXPERT_PASSES * activation * bytes.backward),
    upGradients.input,
    upGradients.weight,
  )
  if (etp > 1) backward.push(split('expert gather backward', 'reduceScatter'))
  if (ep > 1) backward.push(exchange('dispatch backward'))
  draft.backward.unshift(...backward)
  addPointwise(draft, 'unpermute', 'moe', EXPERT_PASSES * 2 * routedBytes, EXPERT_PASSES * 2 * routedBytes)

  save(draft, 'experts input', 'moe', perRank * hidden * shard.inputBytes)
  save(draft, 'experts up output', 'moe', inputs * activation * ACTIVATION_BYTES)
  save(draft, 'experts activation output', 'activation', activation * shard.inputBytes)
  if (moe.sharedFfn > 0) addMlp(draft, model, shard, 'shared expert', moe.sharedFfn, 'moe')
}

/**
 * Bytes that quantising one element of an activation or its gradient costs: 16 bits read, 8 written as they lie and 8
 * transposed for the weight gradient (Transformer Engine). Weights are quantised once a step, which is left out.
 */
const QUANTISE_BYTES = 4

/** The operators with the work that quantises the operands of low-format products before them. */
function withQuantising(operators: readonly Operator[], shard: Shard): readonly Operator[] {
  if (shard.inputBytes === ACTIVATION_BYTES) return operators
  return operators.flatMap((op) =>
    op.kind === 'gemm' && op.low && op.pass !== 'weight'
      ? [pointwise(`${op.name} quantise`, op.module, QUANTISE_BYTES * op.m * op.k * op.groups), op]
      : [op],
  )
}

/** Forward and backward of one layer for one micro-batch on one rank. */
export function layerProgram(model: Architecture, kind: LayerKind, shard: Shard): Program {
  const draft: Draft = { forward: [], backward: [], saved: [] }
  addAttentionBlock(draft, model, kind, shard)
  save(draft, 'mlp input', 'input', shard.splitTokens * model.hidden * ACTIVATION_BYTES)
  addNorm(draft, shard, 'mlp norm', model.hidden)
  if (kind.mixture) addMixture(draft, model, shard)
  else addMlp(draft, model, shard, 'mlp', model.ffnHidden, 'mlp')
  addResidual(draft, shard, 'mlp residual', model.hidden)
  return {
    forward: withQuantising(draft.forward, shard),
    backward: withQuantising(draft.backward, shard),
    saved: draft.saved,
  }
}

/** The input embedding: a lookup forward, a scattered sum in 32 bits backward. */
export function embeddingProgram(model: Architecture, shard: Shard): Program {
  const bytes = shard.tokens * model.hidden * ACTIVATION_BYTES
  const draft: Draft = { forward: [], backward: [], saved: [] }
  addPointwise(draft, 'embedding', 'ends', 2 * bytes, 4 * bytes)
  if (shard.tp > 1) {
    const collective = shard.sequenceParallel ? 'reduceScatter' : 'allReduce'
    draft.forward.push(communicate('tensor', 'embedding reduce', 'ends', collective, 'tp', bytes))
    if (shard.sequenceParallel) {
      draft.backward.unshift(communicate('tensor', 'embedding gather', 'ends', 'allGather', 'tp', bytes))
    }
  }
  return draft
}

/** Bytes a logit costs in softmax and cross-entropy: 16-bit read, 32-bit intermediate, 16-bit gradient. */
const LOGIT_BYTES_FORWARD = 6
const LOGIT_BYTES_BACKWARD = 6

/** Bytes of a logit held by eager PyTorch: 16 bits, their 32-bit copy, its softmax and its gradient. */
const EAGER_LOGIT_BYTES = 14

/** The output projection with softmax and cross-entropy, `count` times (once more for each multi-token-prediction layer). */
export function headProgram(model: Architecture, shard: Shard, count: number): Program {
  const draft: Draft = { forward: [], backward: [], saved: [] }
  const { tokens, tp } = shard
  const logits = (tokens * model.vocab) / tp
  for (let i = 0; i < count; i++) {
    addNorm(draft, shard, 'final norm', model.hidden)
    addColumnParallel(draft, shard, gemm('logits', 'ends', tokens, model.vocab / tp, model.hidden, false), model.hidden)
    addPointwise(
      draft,
      'cross-entropy',
      'ends',
      logits * LOGIT_BYTES_FORWARD * shard.pointwisePasses,
      logits * LOGIT_BYTES_BACKWARD * shard.pointwisePasses,
    )
    save(draft, 'logits', 'ends', logits * (shard.eagerCopies ? EAGER_LOGIT_BYTES : LOGIT_BYTES_FORWARD))
  }
  for (let i = 1; i < count; i++) {
    addGemm(draft, gemm('prediction projection', 'ends', shard.splitTokens, model.hidden, 2 * model.hidden))
  }
  return draft
}

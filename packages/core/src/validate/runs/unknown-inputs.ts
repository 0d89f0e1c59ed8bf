/** What published runs leave open, as stated spreads, and the draws from them. */

import { type Uncertain, valueAt } from '@walltime/hardware'
import type { WholeRun } from './whole-run.ts'

/** Spreads of inputs that are not published: 5 %, 50 % and 95 % quantiles. */
export const UNKNOWN_INPUTS = {
  /** Days that a run is planned for; the chips follow. Published runs: MPT-7B 9.5, DeepSeek-V3 54, PaLM 64, BLOOM 118. */
  days: { p5: 10, p50: 35, p95: 100, law: 'lognormal' },
  /**
   * Tokens of a step over 0.292·(FLOP of the run)^0.3271 (DeepSeek LLM, arXiv:2401.02954, section 3.1). Published: PaLM
   * 0.15, GPT-3 0.23, Llama 3.1 405B and Nemotron-4 0.25, LLaMA 7B 0.55, DeepSeek 67B 1, DeepSeek-V3 2.
   */
  batchOverOptimum: { p5: 0.13, p50: 0.3, p95: 1.2, law: 'lognormal' },
  /** The same of mixtures of experts: DeepSeek-V2 1.8, DeepSeek-V3 2.1, Kimi K2 2.3. */
  batchOverOptimumOfExperts: { p5: 0.7, p50: 1.5, p95: 3, law: 'lognormal' },
} as const satisfies Readonly<Record<string, Uncertain>>

/** Utilisation of the 16-bit peak by which a run's chips are planned. */
const PLANNED_UTILISATION = 0.4
const MOST_CHIPS = 32_768
const DAY = 86_400

/** What GPUs run where no framework is named: model parallel, fully sharded, or a stack that hides experts' traffic. */
const MODEL_PARALLEL = { framework: 'megatron' }
const SHARDED = { framework: 'fsdp' }
const EXPERT_STACK = 'hai-llm'
/** PyTorch has FSDP since mid-2022; stacks built for experts came with DeepSeek-V2 and V3. */
const SHARDED_SINCE = 2023
const EXPERT_STACKS_SINCE = 2024
const OTHER_FRAMEWORKS: Readonly<Record<string, string>> = { Google: 'jax', AWS: 'neuronx-distributed' }

/** Tokens of a sequence where they are not published. */
export const usualSequence = (year: number): number => (year < 2023 ? 2048 : year < 2024 ? 4096 : 8192)

/** What one draw fixes. */
export interface DrawnInputs {
  readonly chips: number
  /** Sequences a step. */
  readonly globalBatch: number
  /** A stack's id, or a framework of the software table. */
  readonly software: string | { readonly framework: string; readonly year?: number | null | undefined }
}

/** What the spreads are drawn for. */
export interface Planned {
  readonly sequenceLength: number
  /** FLOP of the whole run: 6 per active parameter and token. */
  readonly flops: number
  /** FLOP/s of one chip in 16 bits. */
  readonly peak: number
  readonly chipsPerNode: number
  readonly vendor: string
  /** A mixture of experts. */
  readonly experts: boolean
  readonly year: number
}

/** Radical inverse of `index` in a base: van der Corput's sequence, even at any length. */
function radicalInverse(index: number, base: number): number {
  let value = 0
  let scale = 1 / base
  for (let rest = index; rest > 0; rest = Math.floor(rest / base)) {
    value += (rest % base) * scale
    scale /= base
  }
  return value
}

/** Draws of inputs that are not published. */
export const DRAWS = 12

/** Normal score of a share, to 1 % (the logistic law of the same quartiles): spreads are no better known. */
const score = (share: number): number => Math.log(share / (1 - share)) / 1.702

/** Tokens of a step of the lowest loss for a run's FLOP. */
const optimalBatch = (flops: number): number => 0.292 * flops ** 0.3271

const powerOfTwo = (value: number): number => 2 ** Math.round(Math.log2(value))

function oddPart(value: number): number {
  return value % 2 === 0 ? oddPart(value / 2) : value
}

function drawChips(days: number, { flops, peak, chipsPerNode }: Planned): number {
  const chips = flops / (PLANNED_UTILISATION * peak * days * DAY)
  return Math.min(MOST_CHIPS, Math.max(chipsPerNode, powerOfTwo(chips)))
}

/** Sequences of a step nearest to a number of tokens that a power of two of the chips divides. */
function sequences(tokens: number, sequenceLength: number, chips: number): number {
  const unit = oddPart(chips)
  return Math.max(1, unit * powerOfTwo(Math.max(1, tokens / sequenceLength / unit)))
}

/** Software to draw from; a run that is split over tensors or stages is not fully sharded. */
function usualSoftware({ parallelism }: WholeRun, planned: Planned): readonly DrawnInputs['software'][] {
  const { vendor, year, experts } = planned
  const own = OTHER_FRAMEWORKS[vendor]
  if (own !== undefined) return [{ framework: own }]
  if (experts && year >= EXPERT_STACKS_SINCE) return [MODEL_PARALLEL, EXPERT_STACK]
  const split = experts || parallelism?.tp !== undefined || parallelism?.pp !== undefined
  return split || year < SHARDED_SINCE ? [MODEL_PARALLEL] : [MODEL_PARALLEL, SHARDED]
}

/** What is not published of a run and therefore drawn, searched or taken as usual, in words. */
export function unknownInputs(run: WholeRun): readonly string[] {
  const { tp, pp } = run.parallelism ?? {}
  return [
    ...(run.architecture == null ? ['architecture'] : []),
    ...(run.chip_count == null ? ['chips'] : []),
    ...(run.global_batch_tokens == null ? ['batch'] : []),
    ...(run.seq_len == null ? ['sequence'] : []),
    ...(run.software == null ? ['software'] : []),
    ...(tp === undefined && pp === undefined ? ['layout'] : []),
  ]
}

/** Draws of everything that a run leaves open; one where it leaves nothing open. Halton's points: no chance in them. */
export function drawInputs(run: WholeRun, planned: Planned): readonly DrawnInputs[] {
  const stacks = run.software != null ? [run.software] : usualSoftware(run, planned)
  const batch = planned.experts ? UNKNOWN_INPUTS.batchOverOptimumOfExperts : UNKNOWN_INPUTS.batchOverOptimum
  const known = run.chip_count != null && run.global_batch_tokens != null && stacks.length === 1
  return Array.from({ length: known ? 1 : DRAWS }, (_, i) => {
    const days = valueAt(UNKNOWN_INPUTS.days, score(radicalInverse(i + 1, 2)))
    const chips = run.chip_count ?? drawChips(days, planned)
    const tokens = optimalBatch(planned.flops) * valueAt(batch, score(radicalInverse(i + 1, 3)))
    const exact = (run.global_batch_tokens ?? 0) / planned.sequenceLength
    const globalBatch =
      run.chip_count != null && Number.isInteger(exact) && exact > 0
        ? exact
        : sequences(run.global_batch_tokens ?? tokens, planned.sequenceLength, chips)
    const software = stacks[Math.floor(radicalInverse(i + 1, 5) * stacks.length)] ?? MODEL_PARALLEL
    return { chips, globalBatch, software }
  })
}

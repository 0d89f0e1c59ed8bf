/**
 * Software stacks by {framework, year}, as physical switches. Frameworks fall into families by the words of their name;
 * a family's entry holds from its year on until the next. A row's own switches go before the table's.
 */

import type { Calibration } from '../calibration/calibration.ts'
import type { AttentionKernel, ExpertDispatch } from '../scenario/scenario.ts'
import { DATA_OVERLAP, EXPERT_OVERLAP, hidden } from '../scenario/software-presets.ts'
import type { Row } from './row.ts'

/** What a row's stack is in a scenario: a preset and changes to it. */
export interface StackInput {
  readonly extends: string
  readonly attention?: AttentionKernel
  readonly fusedPointwise?: boolean
  readonly fusedNorms?: boolean
  readonly fusedLoss?: boolean
  readonly eagerCopies?: boolean
  readonly dataRate?: number
  readonly tensorOverlap?: number
  readonly dataOverlap?: number
  readonly parameterOverlap?: number
  readonly gatherLaunches?: number
  readonly expertOverlap?: number
  readonly pipelineOverlap?: number
  readonly expertDispatch?: ExpertDispatch
  readonly logitBytes?: number
  readonly gathersLogits?: boolean
  readonly gradientCopies?: boolean
  readonly gradientBucket?: number
  readonly stageOutputs?: boolean
  readonly gatheredInputs?: boolean
  readonly fragmentation?: number
  /** Bytes. */
  readonly reserve?: number
  /** Seconds. */
  readonly launch?: number
  /** Seconds. */
  readonly step?: number
  readonly graphs?: boolean | 'dense'
}

type Family = 'megatron' | 'deepspeed' | 'nanotron' | 'scaling' | 'nemo' | 'sharded' | 'eager' | 'compiled' | 'neuron'

interface Entry {
  readonly family: Family
  readonly since: number
  readonly stack: StackInput
  /** Tensor traffic overlaps unless a row says otherwise. */
  readonly tensorOverlaps?: true
  /** Free constant of the host's time per launch, where it is not the preset's. */
  readonly launch?: keyof Calibration
  /** Free constant of the host's time per step, where it is not the preset's. */
  readonly step?: keyof Calibration
  /** Free constant of the share of the network's rate that gradients and parameters reach, where it is not 1. */
  readonly dataRate?: keyof Calibration
  /** Bytes of a gradient as accumulated and reduced where a row does not say; 4 unless given. */
  readonly gradientBytes?: 2 | 4
  /** The optimizer where gradients are reduced in 16 bits. */
  readonly optimizer?: string
  readonly why: string
}

/** Words in a framework's name, the telling ones first. */
const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/neuron/i, 'neuron'],
  [/aleph.*scaling/i, 'scaling'],
  [/maxtext|jax|xla|t5x|pax|axlearn|flax/i, 'compiled'],
  [/fsdp|automodel|titan|foundry|torchtune|composer|olmo/i, 'sharded'],
  [/nemo|bridge/i, 'nemo'],
  [/deepspeed/i, 'deepspeed'],
  [/nanotron/i, 'nanotron'],
  [/megatron|mcore|primus/i, 'megatron'],
]
/** A framework never seen is taken for plain PyTorch. */
const FALLBACK: Family = 'eager'

const GIB = 2 ** 30

const NO_OVERLAP = { dataOverlap: 0, parameterOverlap: 0, pipelineOverlap: 0 }

/**
 * Plain PyTorch. Its own cross-entropy works on gathered logits: 16 bits, their 32-bit copy, its log-softmax and the
 * gradients of both.
 */
const EAGER: StackInput = {
  extends: 'megatron-core',
  fusedPointwise: false,
  fusedNorms: false,
  eagerCopies: true,
  logitBytes: 18,
  gathersLogits: true,
  fragmentation: 0.15,
  ...NO_OVERLAP,
}

export const SOFTWARE_TABLE: readonly Entry[] = [
  {
    family: 'megatron',
    since: 2019,
    stack: { extends: 'megatron-core', attention: 'materialised', fusedLoss: false, ...NO_OVERLAP },
    why: 'fused softmax and bias-gelu, scores materialised; gradients reduced after backward',
  },
  {
    family: 'megatron',
    since: 2023,
    stack: { extends: 'megatron-core' },
    why: 'fused attention, distributed optimizer and point-to-point traffic under compute',
  },
  {
    family: 'deepspeed',
    since: 2019,
    stack: {
      extends: 'megatron-core',
      attention: 'materialised',
      fusedLoss: false,
      gradientCopies: true,
      gradientBucket: 5e8,
      stageOutputs: true,
      fragmentation: 0.3,
      reserve: 4 * GIB,
      ...NO_OVERLAP,
    },
    why: "Megatron's fused kernels under DeepSpeed's pipeline engine, which keeps a stage's outputs; BF16_Optimizer keeps 16-bit gradients and whole 32-bit ones and reduces them in buffers of 5e8 (reduce_bucket_size)",
  },
  {
    family: 'nanotron',
    since: 2023,
    stack: {
      extends: 'megatron-core',
      fusedPointwise: false,
      eagerCopies: true,
      logitBytes: 12,
      fusedLoss: false,
      gradientCopies: true,
      gatheredInputs: true,
      gatherLaunches: 48,
      fragmentation: 0.1,
      reserve: 5 * GIB,
      ...NO_OVERLAP,
    },
    launch: 'launchEager',
    step: 'stepSecondsEager',
    why: 'eager PyTorch with fused attention; sharded cross-entropy in 32 bits, gradients accumulated in 32 bits beside their own',
  },
  {
    family: 'nemo',
    since: 2023,
    stack: { extends: 'megatron-core' },
    tensorOverlaps: true,
    gradientBytes: 2,
    optimizer: 'adam-remainders',
    why: "Megatron Core under NeMo 1's recipes, which set tp_comm_overlap and no grad_reduce_in_fp32; Apex's distributed Adam",
  },
  {
    family: 'nemo',
    since: 2025,
    stack: { extends: 'megatron-core' },
    tensorOverlaps: true,
    gradientBytes: 2,
    why: "Megatron Core under NeMo 2's and Bridge's recipes, which set tp_comm_overlap and no grad_reduce_in_fp32",
  },
  {
    family: 'sharded',
    since: 2021,
    stack: { extends: 'pytorch-fsdp', fusedPointwise: false, logitBytes: 2 },
    launch: 'launchEager',
    why: 'eager PyTorch: pointwise operations one by one; parameters prefetched a layer ahead; cross-entropy in place on 16-bit logits',
  },
  {
    family: 'sharded',
    since: 2025,
    stack: { extends: 'pytorch-fsdp', expertDispatch: 'per-domain' },
    why: 'compiled or fused kernels under FSDP 2; DeepEP between experts',
  },
  {
    family: 'eager',
    since: 2019,
    stack: { ...EAGER, attention: 'materialised' },
    launch: 'launchEager',
    step: 'stepSecondsEager',
    gradientBytes: 2,
    why: 'eager PyTorch before fused attention was common',
  },
  {
    family: 'eager',
    since: 2023,
    stack: EAGER,
    launch: 'launchEager',
    step: 'stepSecondsEager',
    gradientBytes: 2,
    why: 'eager PyTorch with fused attention',
  },
  {
    family: 'scaling',
    since: 2023,
    stack: EAGER,
    launch: 'launchEager',
    step: 'stepSecondsEager',
    dataRate: 'dataRateScaling',
    gradientBytes: 2,
    why: 'eager PyTorch; gradients and parameters travel at a small share of the rate of the network that is assumed',
  },
  {
    family: 'compiled',
    since: 2019,
    stack: { extends: 'maxtext' },
    why: 'XLA: the whole step is one program, collectives asynchronous',
  },
  {
    family: 'neuron',
    since: 2021,
    stack: { extends: 'neuronx-distributed' },
    why: 'graphs compiled ahead, collectives on engines of their own',
  },
]

/** The family of a framework's name. */
export function frameworkFamily(framework: string): Family {
  return FAMILIES.find(([word]) => word.test(framework))?.[1] ?? FALLBACK
}

/** The newest entry of a framework's family not after a year, else the family's oldest. */
export function tableEntry(framework: string, year: number): Entry {
  const family = frameworkFamily(framework)
  const entries = SOFTWARE_TABLE.filter((entry) => entry.family === family)
  const entry = entries.findLast((e) => e.since <= year) ?? entries[0]
  if (entry === undefined) throw new Error(`no stack of the ${family} family`)
  return entry
}

/** The table's stack of a framework in a year. */
export function tableStack(framework: string, year: number, calibration: Calibration): StackInput {
  const { stack, launch, step, dataRate, family, tensorOverlaps } = tableEntry(framework, year)
  return {
    ...stack,
    ...(launch === undefined ? {} : { launch: calibration[launch] }),
    ...(step === undefined ? {} : { step: calibration[step] }),
    ...(dataRate === undefined ? {} : { dataRate: calibration[dataRate] }),
    ...(tensorOverlaps === true ? { tensorOverlap: tensorOverlap(family, calibration) } : {}),
  }
}

/** Bytes of a gradient as accumulated and reduced: the row's own, else its stack's. */
export function gradientBytes(row: Row): number {
  return row.gradReduceBytes ?? tableEntry(row.software.framework, row.software.year).gradientBytes ?? 4
}

/** Name of a row's optimizer by the bytes of its gradients: 2 is an option of its own, anything else the usual 4. */
export function rowOptimizer(row: Row): string {
  if (gradientBytes(row) !== 2) return 'adam'
  return tableEntry(row.software.framework, row.software.year).optimizer ?? 'adam-bf16-gradients'
}

/** Free constant of what stays visible of tensor traffic where a row says that it overlaps: in user buffers and pipelined products; plain PyTorch only starts a gather early. */
const EXPOSED_TENSOR: Readonly<Partial<Record<Family, keyof Calibration>>> = {
  megatron: 'exposedTensor',
  nemo: 'exposedTensor',
  compiled: 'exposedTensorCompiled',
}

const MATERIALISED = /unfused|softmax|materiali|eager|math/i

const PER_DOMAIN = /deep-?ep|hybrid-?ep|flex/i

const FIRST_FLASH = /fa-?1|flash-?attention-?1|triton/i
const SECOND_FLASH = /fa-?2|flash-?attention-?2/i

/** The attention kernel that a row names, or that its flag of fused attention implies. */
function statedKernel(name: string | null | undefined, fused: boolean | null | undefined): AttentionKernel | undefined {
  if (name == null) return fused == null ? undefined : fused ? 'flash' : 'materialised'
  if (MATERIALISED.test(name)) return 'materialised'
  return FIRST_FLASH.test(name) ? 'flash-1' : SECOND_FLASH.test(name) ? 'flash-2' : 'flash'
}

/** What is captured: Transformer Engine's scopes leave the experts out. */
function captured(cudaGraphs: Row['cudaGraphs']): boolean | 'dense' | undefined {
  if (cudaGraphs == null) return undefined
  if (typeof cudaGraphs === 'boolean') return cudaGraphs
  const scopes = cudaGraphs.flat()
  if (scopes.length === 0 || scopes[0] === 'none') return false
  return scopes.includes('full_iteration') ? true : 'dense'
}

function dataOverlap(
  gradients: boolean | null | undefined,
  parameters: boolean | null | undefined,
): { dataOverlap?: number; parameterOverlap?: number } {
  if (gradients == null) return {}
  if (!gradients) return { dataOverlap: 0, parameterOverlap: 0 }
  return parameters === false
    ? { dataOverlap: DATA_OVERLAP / 2, parameterOverlap: 0 }
    : { dataOverlap: DATA_OVERLAP, parameterOverlap: DATA_OVERLAP }
}

function tensorOverlap(family: Family, calibration: Calibration): number {
  const exposed = EXPOSED_TENSOR[family]
  return exposed === undefined ? 0 : hidden(calibration[exposed])
}

/** The switches that a row states itself. */
function ownSwitches(row: Row, calibration: Calibration): Omit<StackInput, 'extends'> {
  const { overlap, attentionKernel, flashAttention, rmsNormFused, compiled } = row
  const graphs = captured(row.cudaGraphs)
  const dispatcher = row.moeDispatcher
  const kernel = statedKernel(attentionKernel, flashAttention)
  return {
    ...(kernel === undefined ? {} : { attention: kernel }),
    ...(compiled === true
      ? { fusedPointwise: true, fusedNorms: true }
      : rmsNormFused == null
        ? {}
        : { fusedNorms: rmsNormFused }),
    ...(graphs === undefined ? {} : { graphs }),
    ...(overlap?.tp_comm_overlap == null
      ? {}
      : {
          tensorOverlap: overlap.tp_comm_overlap
            ? tensorOverlap(frameworkFamily(row.software.framework), calibration)
            : 0,
        }),
    ...dataOverlap(overlap?.grad_reduce, overlap?.param_gather),
    ...(overlap?.p2p === false ? { pipelineOverlap: 0 } : {}),
    ...(dispatcher == null ? {} : { expertDispatch: PER_DOMAIN.test(dispatcher) ? 'per-domain' : 'pairwise' }),
    ...(overlap?.moe_a2a_overlap == null
      ? {}
      : { expertOverlap: overlap.moe_a2a_overlap ? EXPERT_OVERLAP[graphs === true ? 'captured' : 'launched'] : 0 }),
  }
}

/** The software stack of a row: the table's entry and over it what the row states. */
export function rowSoftware(row: Row, calibration: Calibration): StackInput {
  const { framework, year } = row.software
  return { ...tableStack(framework, year, calibration), ...ownSwitches(row, calibration) }
}

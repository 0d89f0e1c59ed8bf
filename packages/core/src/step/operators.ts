/** Operators: what a rank runs, with shapes, and how a program tells of them. */

import type { Collective } from '@walltime/hardware'
import type { GroupName } from '../layout/placement.ts'

/** Parts of a layer that operators and saved tensors belong to. Each is a bit: what recompute covers is a set of them. */
export const NORM = 1
export const ACTIVATION = 2
export const ATTENTION = 4
export const MLA = 8
export const MLP = 16
export const MOE = 32
/** Projections around attention. */
export const PROJECTION = 64
/** Embedding and output. */
export const ENDS = 128
/** Input of the MLP. */
export const MLP_INPUT = 256
/** Input of the layer: all that is kept where the whole layer runs again. */
export const LAYER_INPUT = 512
export type Module =
  | typeof NORM
  | typeof ACTIVATION
  | typeof ATTENTION
  | typeof MLA
  | typeof MLP
  | typeof MOE
  | typeof PROJECTION
  | typeof ENDS
  | typeof MLP_INPUT
  | typeof LAYER_INPUT

/** A product of the forward pass, or the gradient of its input or of its weight. */
export type GemmPass = 'forward' | 'input' | 'weight'

/** Pass of the other operators. */
export type Pass = 'forward' | 'backward'

/** Part of a step in which exposed communication of a layer is counted. */
export type TrafficPart = 'tensor' | 'context' | 'expert'

/**
 * Is told the operators of a program one after the other, as plain numbers: to keep them, or to add up their times.
 * Those of the backward pass come last first, each beside its forward operator.
 */
export interface ProgramSink {
  /**
   * Matrix product of m×k and k×n, `groups` times with matrices of their own.
   *
   * @param load rows over those of the mean rank: above 1 for experts under uneven routing
   * @param low runs in the low format of the training recipe; otherwise in 16 bits
   */
  gemm(
    pass: GemmPass,
    name: string,
    module: Module,
    m: number,
    n: number,
    k: number,
    groups: number,
    load: number,
    low: boolean,
  ): void
  /** Attention of `queries` on the mean number of `keys` that each sees, of at most `sequence`. */
  attention(
    pass: Pass,
    module: Module,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    sequence: number,
    flopsPerPair: number,
  ): void
  /** Kernel bound by the bytes that it reads and writes. */
  pointwise(pass: Pass, name: string, module: Module, bytes: number): void
  /**
   * Communication within a layer.
   *
   * @param bytes the whole buffer: gathered, before scattering, or sent by one rank
   * @param spread how copies of a token travel in an all-to-all; null: each on its own
   * @param beside it runs beside the product or attention told of last, and only what lasts longer is exposed
   */
  communicate(
    pass: Pass,
    part: TrafficPart,
    name: string,
    module: Module,
    collective: Collective,
    group: GroupName,
    bytes: number,
    spread: Spread | null,
    beside: boolean,
  ): void
  /** A tensor kept from forward to backward, and the module whose recompute drops it. */
  save(name: string, module: Module, bytes: number): void
}

/** Copies of a token that travel once a domain, and the most domains they go to. */
export interface Spread {
  readonly copies: number
  readonly mostDomains: number
}

/** See `ProgramSink.gemm`. */
export interface Gemm {
  readonly kind: 'gemm'
  readonly name: string
  readonly module: Module
  readonly m: number
  readonly n: number
  readonly k: number
  readonly groups: number
  readonly load: number
  readonly low: boolean
  readonly pass: GemmPass
}

/** See `ProgramSink.attention`. */
export interface Attention {
  readonly kind: 'attention'
  readonly name: string
  readonly module: Module
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  readonly sequence: number
  readonly flopsPerPair: number
  readonly backward: boolean
}

/** See `ProgramSink.pointwise`. */
export interface Pointwise {
  readonly kind: 'pointwise'
  readonly name: string
  readonly module: Module
  readonly bytes: number
}

/** See `ProgramSink.communicate`. */
export interface Communication {
  readonly kind: 'communication'
  readonly name: string
  readonly module: Module
  readonly part: TrafficPart
  readonly collective: Collective
  readonly group: GroupName
  readonly bytes: number
  readonly spread: Spread | null
  /** Operator that runs beside it; only what lasts longer is exposed. */
  readonly under: Gemm | Attention | null
}

export type Operator = Gemm | Attention | Pointwise | Communication

/** See `ProgramSink.save`. */
export interface SavedTensor {
  readonly name: string
  readonly module: Module
  readonly bytes: number
}

/** Forward and backward of one layer (or of an end of the pipeline) for one micro-batch on one rank. */
export interface Program {
  readonly forward: readonly Operator[]
  readonly backward: readonly Operator[]
  readonly saved: readonly SavedTensor[]
}

const GRADIENTS: Readonly<Record<GemmPass, string>> = { forward: '', input: ' dgrad', weight: ' wgrad' }

/** Keeps what a program tells, in the order in which it runs. */
export function recordProgram(tell: (sink: ProgramSink) => void): Program {
  const forward: Operator[] = []
  const backward: Operator[] = []
  const saved: SavedTensor[] = []
  let last: Gemm | Attention | null = null
  const keep = (pass: GemmPass | Pass, operator: Operator) => {
    if (pass === 'forward') forward.push(operator)
    else backward.push(operator)
  }
  const nameIn = (pass: Pass, name: string) => (pass === 'forward' ? name : `${name} backward`)
  tell({
    gemm: (pass, name, module, m, n, k, groups, load, low) => {
      last = { kind: 'gemm', name: name + GRADIENTS[pass], module, m, n, k, groups, load, low, pass }
      keep(pass, last)
    },
    attention: (pass, module, batch, heads, queries, keys, sequence, flopsPerPair) => {
      const shape = { batch, heads, queries, keys, sequence, flopsPerPair }
      last = { kind: 'attention', name: nameIn(pass, 'attention'), module, ...shape, backward: pass === 'backward' }
      keep(pass, last)
    },
    pointwise: (pass, name, module, bytes) =>
      keep(pass, { kind: 'pointwise', name: nameIn(pass, name), module, bytes }),
    communicate: (pass, part, name, module, collective, group, bytes, spread, beside) => {
      const what = { name: nameIn(pass, name), module, part, collective, group, bytes, spread }
      keep(pass, { kind: 'communication', ...what, under: beside ? last : null })
    },
    save: (name, module, bytes) => saved.push({ name, module, bytes }),
  })
  return { forward, backward: backward.reverse(), saved }
}

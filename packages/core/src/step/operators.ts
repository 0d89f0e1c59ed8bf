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
/** What the loss keeps besides the logits, until their gradient is made. */
export const LOSS = 1024
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
  | typeof LOSS

/** A product of the forward pass, or the gradient of its input or of its weight. */
export type GemmPass = 'forward' | 'input' | 'weight'

export type Pass = 'forward' | 'backward'

/** Part of a step in which exposed communication of a layer is counted. */
export type TrafficPart = 'tensor' | 'context' | 'expert'

/** Is told the operators of a program, as plain numbers: to keep them, or to add up their times. */
export interface ProgramSink {
  /**
   * A matrix product of m×k and k×n and the gradients of its input and its weight, `groups` times with matrices of their
   * own.
   *
   * @param load rows over those of the mean rank: above 1 for experts under uneven routing
   * @param low runs in the low format of the training recipe; otherwise in 16 bits
   * @param quantiseBytes bytes moved to quantise one element of the input, and of the output's gradient; 0 where none is
   */
  product(
    name: string,
    module: Module,
    m: number,
    n: number,
    k: number,
    groups: number,
    load: number,
    low: boolean,
    quantiseBytes: number,
  ): void
  /** Attention of `queries` on the mean number of `keys` that each sees, of at most `sequence`, and its gradient. */
  attention(
    module: Module,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    sequence: number,
    flopsPerPair: number,
    backwardFlopsPerPair: number,
  ): void
  /** A kernel bound by the bytes that it reads and writes, and its gradient. */
  pointwise(name: string, module: Module, bytes: number, backwardBytes: number): void
  /**
   * Communication within a layer.
   *
   * @param bytes the whole buffer: gathered, before scattering, or sent by one rank
   * @param spread how copies of a token travel in an all-to-all; null: each on its own
   * @param beside part of the product or attention told of last that it runs beside (an attention's gradient is `input`):
   *   only what lasts longer is exposed; null: it runs beside none
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
    beside: GemmPass | null,
  ): void
  /** A tensor kept from forward to backward, and the module whose recompute drops it. */
  save(name: string, module: Module, bytes: number): void
}

/** Copies of a token that travel once a domain, and the most domains they go to. */
export interface Spread {
  readonly copies: number
  readonly mostDomains: number
}

/** See `ProgramSink.product`. */
export interface Product {
  readonly kind: 'product'
  readonly name: string
  readonly module: Module
  readonly m: number
  readonly n: number
  readonly k: number
  readonly groups: number
  readonly load: number
  readonly low: boolean
  readonly quantiseBytes: number
}

/** See `ProgramSink.attention`. */
export interface Attention {
  readonly kind: 'attention'
  readonly module: Module
  readonly batch: number
  readonly heads: number
  readonly queries: number
  readonly keys: number
  readonly sequence: number
  readonly flopsPerPair: number
  readonly backwardFlopsPerPair: number
}

/** See `ProgramSink.pointwise`. */
export interface Pointwise {
  readonly kind: 'pointwise'
  readonly name: string
  readonly module: Module
  readonly bytes: number
  readonly backwardBytes: number
}

/** See `ProgramSink.communicate`. */
export interface Communication {
  readonly pass: Pass
  readonly name: string
  readonly module: Module
  readonly part: TrafficPart
  readonly collective: Collective
  readonly group: GroupName
  readonly bytes: number
  readonly spread: Spread | null
  readonly beside: GemmPass | null
  /** The operator that `beside` is a part of. */
  readonly operator: Product | Attention | null
}

/** See `ProgramSink.save`. */
export interface SavedTensor {
  readonly name: string
  readonly module: Module
  readonly bytes: number
}

/** Forward and backward of one layer (or of an end of the pipeline) for one micro-batch on one rank. */
export interface Program {
  readonly kernels: readonly (Product | Attention | Pointwise)[]
  readonly communications: readonly Communication[]
  readonly saved: readonly SavedTensor[]
}

/** Keeps what a program tells. */
export function recordProgram(tell: (sink: ProgramSink) => void): Program {
  const kernels: (Product | Attention | Pointwise)[] = []
  const communications: Communication[] = []
  const saved: SavedTensor[] = []
  let last: Product | Attention | null = null
  tell({
    product: (name, module, m, n, k, groups, load, low, quantiseBytes) => {
      last = { kind: 'product', name, module, m, n, k, groups, load, low, quantiseBytes }
      kernels.push(last)
    },
    attention: (module, batch, heads, queries, keys, sequence, flopsPerPair, backwardFlopsPerPair) => {
      const shape = { batch, heads, queries, keys, sequence, flopsPerPair, backwardFlopsPerPair }
      last = { kind: 'attention', module, ...shape }
      kernels.push(last)
    },
    pointwise: (name, module, bytes, backwardBytes) =>
      kernels.push({ kind: 'pointwise', name, module, bytes, backwardBytes }),
    communicate: (pass, part, name, module, collective, group, bytes, spread, beside) => {
      const operator = beside === null ? null : last
      communications.push({ pass, name, module, part, collective, group, bytes, spread, beside, operator })
    },
    save: (name, module, bytes) => saved.push({ name, module, bytes }),
  })
  return { kernels, communications, saved }
}

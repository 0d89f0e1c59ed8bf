/** Operators: what a rank runs, with shapes. A program is a list of them for one layer and one micro-batch. */

import type { Collective } from '@walltime/hardware'
import type { StepPart } from '../estimate-result.ts'
import type { GroupName } from '../layout/placement.ts'
import type { RecomputeModule } from '../scenario/scenario.ts'

/** Part of a layer an operator belongs to, by which recompute picks it. */
export type Module = Exclude<RecomputeModule, 'layer'> | 'projection' | 'ends'

/** Matrix product of m×k and k×n, `groups` times with matrices of their own. */
export interface Gemm {
  readonly kind: 'gemm'
  readonly name: string
  readonly module: Module
  readonly m: number
  readonly n: number
  readonly k: number
  readonly groups: number
  /** Rows over those of the mean rank: above 1 for experts under uneven routing. */
  readonly load: number
  /** Runs in the low format of the training recipe; otherwise in 16 bits. */
  readonly low: boolean
  /** Product of the forward pass, or gradient of its input or weight: the last reads what the others quantised. */
  readonly pass: 'forward' | 'input' | 'weight'
}

/** Attention of `queries` on the mean number of `keys` that each sees. */
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

/** Kernel bound by the bytes that it reads and writes. */
export interface Pointwise {
  readonly kind: 'pointwise'
  readonly name: string
  readonly module: Module
  readonly bytes: number
}

/** Communication within a layer. `bytes` is the whole buffer: gathered, before scattering, or sent by one rank. */
export interface Communication {
  readonly kind: 'communication'
  readonly name: string
  readonly module: Module
  readonly part: StepPart
  readonly collective: Collective
  readonly group: GroupName
  readonly bytes: number
  /** Copies of a token in an all-to-all that travel once a domain, and the most domains they go to; null: each on its own. */
  readonly spread: Spread | null
  /** Operator that runs beside it; only what lasts longer is exposed. */
  readonly under: Gemm | Attention | null
}

export interface Spread {
  readonly copies: number
  readonly mostDomains: number
}

export type Operator = Gemm | Attention | Pointwise | Communication

/** Bytes kept from forward to backward, and the module whose recompute drops them. */
export interface SavedTensor {
  readonly name: string
  readonly module: Module | 'input'
  readonly bytes: number
}

/** Forward and backward of one layer (or of an end of the pipeline) for one micro-batch on one rank. */
export interface Program {
  readonly forward: readonly Operator[]
  readonly backward: readonly Operator[]
  readonly saved: readonly SavedTensor[]
}

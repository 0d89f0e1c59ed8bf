/** The shape of a decoder-only transformer. Counts are per layer unless named otherwise. */
export interface Architecture {
  readonly id: string
  readonly name: string
  readonly source: string
  readonly layers: number
  readonly hidden: number
  /** Width of the dense MLP; 0 where every layer is a mixture of experts. */
  readonly ffnHidden: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly vocab: number
  /** Three matrices (gate, up, down) instead of two. */
  readonly gatedMlp: boolean
  /** Input and output embedding share one matrix. */
  readonly tiedEmbeddings: boolean
  /** Rows of a learned position embedding; 0 with rotary or no positions. */
  readonly learnedPositions: number
  /** RMS norms have one vector, layer norms two. */
  readonly norm: 'rms' | 'layer'
  /** Which projections carry a bias vector. */
  readonly bias: 'none' | 'qkv' | 'attention' | 'all'
  /** A norm on every query and key head. */
  readonly queryKeyNorm: boolean
  /** One learned logit a head that takes attention away from all keys. */
  readonly attentionSinks: boolean
  readonly slidingWindow: SlidingWindow | null
  /** Multi-head latent attention. */
  readonly mla: LatentAttention | null
  readonly moe: MixtureOfExperts | null
  /** Extra layers, each with a projection of 2·hidden to hidden, that predict further tokens. */
  readonly mtpLayers: number
}

export interface SlidingWindow {
  /** Keys that a query of a local layer sees. */
  readonly tokens: number
  /** Local layers in each group of `period` layers. */
  readonly localPerPeriod: number
  readonly period: number
}

export interface LatentAttention {
  /** Rank of the query's down-projection; 0 where queries are projected directly. */
  readonly queryRank: number
  readonly kvRank: number
  readonly queryKeyDim: number
  readonly ropeDim: number
  readonly valueDim: number
}

export interface MixtureOfExperts {
  readonly experts: number
  readonly topK: number
  readonly expertFfn: number
  readonly sharedExperts: number
  /** Width of all shared experts together. */
  readonly sharedFfn: number
  /** Dense layers before the first mixture. */
  readonly firstDense: number
  /** Every how many layers (after the first dense ones) a mixture stands. */
  readonly every: number
  /** Most groups of ranks (nodes) whose experts one token may visit; 0: any. */
  readonly nodeLimit: number
  /** One bias a routed expert in the router. */
  readonly routerBias: boolean
  /** Factor on the mean load of an expert-parallel rank that the slowest one has, where no token is dropped. */
  readonly imbalance: number
  /** Exponent of that factor in the expert-parallel ranks, in place of `imbalance`; null: `imbalance` at any number. */
  readonly skew: number | null
  /** Rows that every expert works on over the mean, padded or dropped to (capacity factor); 0: dropless. */
  readonly capacity: number
}

/** Experts work on the same number of rows each, padded or cut to their capacity. */
export function isPadded({ moe }: Architecture): boolean {
  return moe !== null && moe.capacity > 0
}

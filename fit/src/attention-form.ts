/** Time of fused causal attention from its shape. */

/** Queries of one tile of a fused kernel. */
export const QUERY_TILE = 128

export interface AttentionShape {
  readonly batch: number
  readonly heads: number
  readonly sequence: number
  /** Keys that a query sees at most; the sequence where there is no window. */
  readonly window: number
  readonly causal: boolean
}

/**
 * Pairs of query and key that are worked on: those in sight, the half-empty tiles on the diagonal (and at the far edge
 * of a window), and `extra` keys for each query: prologue, epilogue and rescaling.
 */
export function workedPairs(shape: AttentionShape, extra: number): number {
  const { batch, heads, sequence, causal } = shape
  const window = Math.min(shape.window, sequence)
  const seen = causal ? window * sequence - (window * window) / 2 : sequence * sequence
  const edges = causal ? (window < sequence ? 2 : 1) * (QUERY_TILE / 2) * sequence : 0
  return batch * heads * (seen + edges + extra * sequence)
}

/** Pairs of the longest tile: what the last core works on alone. */
export function longestTile(shape: AttentionShape): number {
  return QUERY_TILE * Math.min(shape.sequence, shape.window + QUERY_TILE)
}

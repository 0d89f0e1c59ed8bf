/**
 * Probability that a checkpoint in the memory of `nodes` survives the loss of `lost` of them at once, with every copy on
 * `replicas` nodes of one group: Z. Wang et al., GEMINI, SOSP 2023, Corollary 1:
 * 1 below m lost, else at least 1 − (N/m)·C(N − m, k − m)/C(N, k). Exact for k < 2m; above it counts the loss of several
 * groups more than once and is a lower bound.
 */
export function recoverability(nodes: number, replicas: number, lost: number): number {
  if (lost >= nodes) return lost > 0 ? 0 : 1
  if (lost < replicas) return 1
  // C(N − m, k − m)/C(N, k): that one given group of m is among the k lost.
  let groupLost = 1
  for (let i = 0; i < replicas; i++) groupLost *= (lost - i) / (nodes - i)
  return Math.max(0, 1 - (nodes / replicas) * groupLost)
}

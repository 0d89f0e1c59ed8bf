/**
 * Share of scale-up domains of `chips` chips that hold at least one failed one when a share `failed` of all chips is down:
 * 1 − (1 − f)ᵈ. D. Arfeen et al., Nonuniform-Tensor-Parallelism, arXiv:2504.06095.
 */
export function domainLoss(chips: number, failed: number): number {
  return -Math.expm1(chips * Math.log1p(-failed))
}

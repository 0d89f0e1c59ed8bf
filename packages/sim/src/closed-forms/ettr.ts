/** Effective training time ratio of a long run: seconds of work over seconds of wall clock. */

import { expectedSegment, type Segment } from '../segment.ts'

/**
 * A. Kokolis et al., Revisiting Reliability in Large-Scale Machine Learning Research Clusters, HPCA 2025
 * (arXiv:2410.21680): (1 − λ(u₀ + Δt/2))/(1 + w/Δt), linear in the rate; u₀ is restart and downtime (and the wait in the
 * queue), w the blocking write. Too low where Δt + u₀ comes near 1/λ; `renewalEttr` is exact.
 */
export function linearEttr(s: Segment): number {
  const overhead = s.restartSeconds + s.downtimeSeconds
  return (1 - s.rate * (overhead + s.computeSeconds / 2)) / (1 + s.blockingSeconds / s.computeSeconds)
}

/** Its exact counterpart under exponential failures, by the renewal of a segment: τ/E[segment]. */
export function renewalEttr(s: Segment): number {
  return s.computeSeconds / expectedSegment(s)
}

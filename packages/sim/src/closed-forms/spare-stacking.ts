/**
 * SPARe: every shard of data lies on `redundancy` of N data-parallel groups, and the groups that are left compute the
 * shards of the lost ones. Lee et al., ICML 2026, arXiv:2603.00357.
 */

import { gamma } from '../gamma.ts'

/** Expected failures that are masked before a shard is lost: μ(N, r) ≈ (Γ(1/r)/r)·N^(1 − 1/r). */
export function maskedFailures(groups: number, redundancy: number): number {
  return gamma(1 + 1 / redundancy) * groups ** (1 - 1 / redundancy)
}

/** Shards that the busiest group computes when `lost` are gone: c(k) = ⌈N/(N − k)⌉, the factor on the step. */
export function stackedShards(groups: number, lost: number): number {
  return Math.ceil(groups / (groups - lost))
}

/** The redundancy that makes the run shortest: r* = ⌊log₂N + 0.833⌋. */
export function bestRedundancy(groups: number): number {
  return Math.floor(Math.log2(groups) + 0.833)
}

/** What algorithms reach of the links that they use, and from when the switch adds. */

/** Members from which NCCL lets the switch add: smaller groups gain nothing (stas00/ml-engineering, network chapter, 2026-08). */
export const IN_SWITCH_MEMBERS = 5

/** Share of a ring's rate through the chips of a domain that a tree's chain has: 23.6 GB/s a channel of 30 (NCCL 2.30.7, src/graph/tuning.cc). */
export const CHAIN_SHARE = 0.75

/** Share of the bandwidth that parallel aggregated trees keep (NCCL, the same file). */
export const PAT_SHARE = 0.75

/**
 * Cards of a domain that one ring or tree of NCCL uses at most, of 46 GB/s each: all-reduces of 16 GiB reach 810 GB/s
 * between two racks of 72 GB200, where the whole buffer crosses, and 406 among twenty, where it crosses twice (CoreWeave
 * nccl-tests, expected performance).
 */
export const MOST_CARDS = 9

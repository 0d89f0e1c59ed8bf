/** Every process runs twice, as `pairs` pairs; the job is interrupted once both of a pair have failed. */

/**
 * Expected failures up to the interruption, hits on processors that are already down included: n_fail(2b) =
 * 1 + 4ᵇ/C(2b, b). H. Casanova et al., Future Gener. Comput. Syst. 51 (2015); A. Benoit et al., Replication Is More
 * Efficient Than You Think, SC'19.
 */
export function replicationFailures(pairs: number): number {
  let ratio = 1
  for (let i = 1; i <= pairs; i++) ratio *= (2 * i) / (2 * i - 1)
  return 1 + ratio
}

/** Mean seconds to an interruption where each of the 2b processors fails once in `mtbf` seconds: n_fail·μ/(2b). */
export function replicationMtti(pairs: number, mtbf: number): number {
  return (replicationFailures(pairs) * mtbf) / (2 * pairs)
}

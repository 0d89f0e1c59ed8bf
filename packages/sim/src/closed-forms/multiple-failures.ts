/** Failures that meet: Poisson events of `rate` per second. */

/** P(at least `count` within `seconds`) = 1 − Σ_{j<k} e^(−λt)(λt)ʲ/j!. */
export function atLeastFailures(count: number, rate: number, seconds: number): number {
  const mean = rate * seconds
  let term = Math.exp(-mean)
  let below = 0
  for (let j = 0; j < count; j++) {
    below += term
    term *= mean / (j + 1)
  }
  return 1 - below
}

/**
 * How often per second a job falls back to a remote checkpoint because the peer that holds the copy of a lost node's
 * state dies within the `recovery` seconds: N·r·(1 − e^(−r·t)), two copies. Z. Wang et al., GEMINI, SOSP 2023.
 */
export function remoteFallbackRate(nodes: number, ratePerNode: number, recovery: number): number {
  return nodes * ratePerNode * atLeastFailures(1, ratePerNode, recovery)
}

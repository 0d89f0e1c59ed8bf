/** How many spares are enough. */

/**
 * The fewest spares that cover a day's failures of `nodes` nodes, each with probability `p`, in a share `q` of days: the
 * quantile of Binomial(n, p). B. Wan et al., ByteRobust, SOSP 2025 (arXiv:2509.16293), section 6.2, with q = 0.99.
 */
export function binomialQuantile(nodes: number, p: number, q: number): number {
  let log = nodes * Math.log1p(-p)
  let below = Math.exp(log)
  let k = 0
  while (below < q && k < nodes) {
    log += Math.log((nodes - k) / (k + 1)) + Math.log(p / (1 - p))
    below += Math.exp(log)
    k++
  }
  return k
}

/**
 * The same for nodes that are in repair at once: Poisson with mean a = failures per second × mean seconds of repair
 * (M/G/∞, whatever the law of repair).
 */
export function poissonQuantile(mean: number, q: number): number {
  let log = -mean
  let below = Math.exp(log)
  let k = 0
  while (below < q) {
    k++
    log += Math.log(mean / k)
    const term = Math.exp(log)
    // Beyond the bulk what is left is rounding.
    if (k > mean && below + term === below) break
    below += term
  }
  return k
}

/**
 * Share of time that a job stands still which stops while more than `spares` of its nodes are in repair: B(S + 1, a), a as
 * above, whatever the law of repair. A. K. Erlang (1917); by the recursion B(0) = 1, B(i) = a·B/(i + a·B).
 */
export function erlangBStall(spares: number, load: number): number {
  let blocked = 1
  for (let i = 1; i <= spares + 1; i++) blocked = (load * blocked) / (i + load * blocked)
  return blocked
}

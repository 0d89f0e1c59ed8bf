/**
 * Probability that a standard normal number is above `z`: the series φ(z)·(z + z³/3 + z⁵/15 + …) of G. Marsaglia, J. Stat.
 * Softw. 11(4) (2004), in the middle, and Laplace's continued fraction φ(z)/(z + 1/(z + 2/(z + …))) beyond 3, where the
 * series would cancel.
 */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z)
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 3) {
    let fraction = z
    for (let k = 120; k > 0; k--) fraction = z + k / fraction
    return density / fraction
  }
  let term = z
  let sum = z
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return 0.5 - density * sum
}

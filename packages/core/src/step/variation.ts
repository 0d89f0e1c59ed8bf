/** Chips are not equal and a synchronous step waits for the slowest. */

/**
 * Expected maximum of n independent standard normal variables, second-order asymptotic form
 * √(2 ln n) − (ln ln n + ln 4π − 2γ)/(2√(2 ln n)) (Cramér 1946, section 28.6; γ Euler's constant). For n below 3 exact values.
 */
export function expectedMaximum(n: number): number {
  if (n <= 1) return 0
  if (n < 3) return 1 / Math.sqrt(Math.PI)
  const root = Math.sqrt(2 * Math.log(n))
  const euler = 0.5772156649015329
  return root - (Math.log(Math.log(n)) + Math.log(4 * Math.PI) - 2 * euler) / (2 * root)
}

/**
 * Factor by which the slowest of n chips is slower than the mean.
 *
 * @param spread standard deviation of a chip's lasting speed over its fleet
 */
export function slowestOf(chips: number, spread: number): number {
  return 1 + spread * expectedMaximum(chips)
}

/**
 * How long to compute between two checkpoints. `blocking` is the seconds a checkpoint takes, `mtbf` the mean seconds
 * between failures of the whole job; the answers are seconds of computing, the checkpoint not included.
 */

/** J. W. Young, A first order approximation to the optimum checkpoint interval, CACM 17(9):530 (1974): √(2CM). */
export function youngInterval(blocking: number, mtbf: number): number {
  return Math.sqrt(2 * blocking * mtbf)
}

/** J. T. Daly, FGCS 22(3):303–312 (2006), first order with restart R: √(2C(M + R)) − C. */
export function dalyFirstOrderInterval(blocking: number, mtbf: number, restart: number): number {
  return Math.sqrt(2 * blocking * (mtbf + restart)) - blocking
}

/**
 * Daly (2006), higher order: √(2CM)·[1 + ⅓·√(C/2M) + ⅑·(C/2M)] − C for C < 2M, else M. The restart time does not move
 * this optimum.
 */
export function dalyInterval(blocking: number, mtbf: number): number {
  if (blocking >= 2 * mtbf) return mtbf
  const x = blocking / (2 * mtbf)
  return youngInterval(blocking, mtbf) * (1 + Math.sqrt(x) / 3 + x / 9) - blocking
}

/**
 * The interval that minimises the expected wall clock of exponential failures exactly: M·(1 + W₀(−e^(−C/M − 1))) with
 * Lambert's W. Solved for w = 1 + W₀ in −ln(1 − w) − w = C/M, which stays accurate near the branch point, by Newton
 * from the right: the left side is convex and rising, so the steps cannot overshoot.
 */
export function optimalInterval(blocking: number, mtbf: number): number {
  const x = blocking / mtbf
  if (x === 0) return 0
  // e^(−x) vanishes beside 1.
  if (x > 36) return mtbf
  let w = Math.min(Math.sqrt(2 * x), -Math.expm1(-x - 1))
  for (let i = 0; i < 100; i++) {
    const step = ((-Math.log1p(-w) - w - x) * (1 - w)) / w
    w -= step
    if (Math.abs(step) <= 1e-15 * w) break
  }
  return mtbf * w
}

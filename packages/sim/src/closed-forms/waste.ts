/** T. Herault and Y. Robert (eds), Fault-Tolerance Techniques for High-Performance Computing, Springer 2015, ch. 1. */

import type { Segment } from '../segment.ts'

/** Share of the wall clock that is not work, to first order in the rate: C/τ + λ(D + R + τ/2). */
export function firstOrderWaste(s: Segment): number {
  return s.blockingSeconds / s.computeSeconds + s.rate * (s.downtimeSeconds + s.restartSeconds + s.computeSeconds / 2)
}

/** The interval that makes this waste least where downtime and restart take from the time in which failures strike: √(2C(M − D − R)). */
export function firstOrderWasteInterval(s: Omit<Segment, 'computeSeconds'>): number {
  return Math.sqrt(2 * s.blockingSeconds * (1 / s.rate - s.downtimeSeconds - s.restartSeconds))
}

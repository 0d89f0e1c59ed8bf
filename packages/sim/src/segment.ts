/**
 * Exact moments of a run under exponential failures: the oracle of the simulator and the quick answer where constants are
 * known. A segment is `compute` seconds and a checkpoint; failures strike both and the restart, not the downtime.
 */

export interface Segment {
  readonly computeSeconds: number
  readonly blockingSeconds: number
  /** R: before every attempt but the first. */
  readonly restartSeconds: number
  /** D: after every failure, free of failures. */
  readonly downtimeSeconds: number
  /** λ: failures of the job per second. */
  readonly rate: number
}

/**
 * E = e^(λR)·(1/λ + D)·(e^(λ(τ + C)) − 1): M. Bougeret et al., SC'11; T. Herault and Y. Robert (eds), Fault-Tolerance
 * Techniques for High-Performance Computing, Springer 2015, ch. 1. With D = 0 it is Daly's (2006) exact wall clock.
 */
export function expectedSegment(s: Segment): number {
  const wall = s.computeSeconds + s.blockingSeconds
  if (s.rate === 0) return wall
  return Math.exp(s.rate * s.restartSeconds) * (1 / s.rate + s.downtimeSeconds) * Math.expm1(s.rate * wall)
}

/**
 * Variance of a segment: first and second moment by conditioning on whether the attempt of length a = τ + C, and every
 * later one of length b = R + τ + C, survives. Y is the time from a failure to the end of the segment, Z the same without
 * the downtime at its start.
 */
export function segmentVariance(s: Segment): number {
  if (s.rate === 0) return 0
  const a = s.computeSeconds + s.blockingSeconds
  const b = s.restartSeconds + a
  const first = truncatedExponential(s.rate, a)
  const later = truncatedExponential(s.rate, b)
  const down = s.downtimeSeconds
  const p = later.probability
  const meanY = (down + p * later.mean + (1 - p) * b) / (1 - p)
  const meanZ = (1 - p) * b + p * (later.mean + meanY)
  const squareY =
    (down ** 2 + 2 * down * meanZ + (1 - p) * b ** 2 + p * (later.square + 2 * later.mean * meanY)) / (1 - p)
  const q = first.probability
  const mean = (1 - q) * a + q * (first.mean + meanY)
  const square = (1 - q) * a ** 2 + q * (first.square + 2 * first.mean * meanY + squareY)
  return square - mean ** 2
}

export interface Run extends Segment {
  readonly workSeconds: number
  /** Seconds before the first segment; a failure starts it over. Default 0. */
  readonly startupSeconds?: number
}

/** Mean and variance of the wall clock of a run in segments, the last one shorter where the interval does not divide it. */
export function expectedWallClock(run: Run): { readonly mean: number; readonly variance: number } {
  const count = segmentCount(run.workSeconds, run.computeSeconds)
  const last = { ...run, computeSeconds: run.workSeconds - (count - 1) * run.computeSeconds }
  // A startup that starts over after downtime is a segment without restart.
  const startup = { ...run, computeSeconds: run.startupSeconds ?? 0, blockingSeconds: 0, restartSeconds: 0 }
  return {
    mean: expectedSegment(startup) + (count - 1) * expectedSegment(run) + expectedSegment(last),
    variance: segmentVariance(startup) + (count - 1) * segmentVariance(run) + segmentVariance(last),
  }
}

/** Checkpoints of a run, the one at its end included; a multiple of the interval up to rounding counts as a multiple. */
export function segmentCount(work: number, interval: number): number {
  return Math.ceil((work / interval) * (1 - 1e-12))
}

/** First two moments of an exponential known to lie in [0, w], and the probability of that. */
function truncatedExponential(rate: number, w: number) {
  const x = rate * w
  const probability = -Math.expm1(-x)
  if (probability === 0) return { probability, mean: 0, square: 0 }
  const tail = Math.exp(-x)
  const mean = (1 / rate) * (1 - (x * tail) / probability)
  const square = (2 * mean) / rate - (w * w * tail) / probability
  return { probability, mean, square }
}

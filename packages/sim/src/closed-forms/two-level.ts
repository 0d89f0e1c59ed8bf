/** One kind of checkpoint and the failures that need it: per second, and seconds of standstill for one. */
export interface CheckpointLevel {
  readonly rate: number
  readonly blockingSeconds: number
}

export interface TwoLevelPattern {
  /** Seconds of work between two checkpoints of the second level: W* = √(2C₂/λ₂). */
  readonly patternSeconds: number
  /** Checkpoints of the first level in a pattern, not rounded: n* = √(λ₁C₂/(C₁λ₂)). */
  readonly firstLevelCheckpoints: number
  /** Wall clock over work, less 1: H* = √(2λ₁C₁) + √(2λ₂C₂). */
  readonly overhead: number
}

/**
 * The best pattern of quick checkpoints for the failures that leave them (first) and of safe ones for those that do not
 * (second), to first order: A. Benoit, A. Cavelan, V. Le Fèvre, Y. Robert and H. Sun, Towards Optimal Multi-Level
 * Checkpointing, IEEE Trans. Computers 66(7) (2017).
 */
export function twoLevelPattern(first: CheckpointLevel, second: CheckpointLevel): TwoLevelPattern {
  return {
    patternSeconds: Math.sqrt((2 * second.blockingSeconds) / second.rate),
    firstLevelCheckpoints: Math.sqrt((first.rate * second.blockingSeconds) / (first.blockingSeconds * second.rate)),
    overhead: Math.sqrt(2 * first.rate * first.blockingSeconds) + Math.sqrt(2 * second.rate * second.blockingSeconds),
  }
}

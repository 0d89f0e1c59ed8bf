/** The textbook bubble, an oracle of the schedules. */

/**
 * Seconds that the slowest stage stands idle while a pipeline fills and drains: the other stages' forward and backward
 * of one micro-batch, divided by the virtual stages where chunks are interleaved. For equal stages this is the
 * (p−1)·(F+B)/v of Narayanan et al. 2021 (arXiv:2104.04473, section 2.2); GPipe and 1F1B have the same bubble.
 *
 * @param stageSeconds forward and backward of one micro-batch on each stage
 */
export function bubbleSeconds(stageSeconds: readonly number[], vpp: number): number {
  const sum = stageSeconds.reduce((a, b) => a + b, 0)
  return (sum - Math.max(...stageSeconds)) / vpp
}

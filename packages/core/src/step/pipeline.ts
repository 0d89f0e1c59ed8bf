/** Closed forms of pipeline schedules. */

import type { Schedule } from '../scenario/scenario.ts'

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

/**
 * Micro-batches (in units of the whole stage) whose activations stage `stage` holds at its peak.
 *
 * 1F1B: min(m, p − i). Interleaved: 2·(p − i − 1) + (v − 1)·p + 1 chunks of 1/v stage each, at most m·v
 * (Megatron-LM `schedules.py`; on the first stage this is Narayanan's 1 + (p−1)/(p·v)). GPipe: all m. ZB-H1: min(m, p)
 * on every stage (arXiv:2401.10241, section 2.3).
 */
export function microBatchesInFlight(
  schedule: Schedule,
  stage: number,
  pp: number,
  vpp: number,
  microBatches: number,
): number {
  if (schedule === 'gpipe') return microBatches
  if (schedule === 'zb-h1') return Math.min(microBatches, pp)
  if (schedule === '1f1b' || vpp === 1) return Math.min(microBatches, pp - stage)
  const chunks = 2 * (pp - stage - 1) + (vpp - 1) * pp + 1
  return Math.min(microBatches * vpp, chunks) / vpp
}

/** What a pipeline schedule holds in memory. */

import type { Schedule } from '../scenario/scenario.ts'
import { interleavingGroup } from '../schedule/one-forward-one-backward.ts'

/**
 * Micro-batches (in units of the whole stage) whose activations stage `stage` holds at its peak.
 *
 * 1F1B: min(m, p − i). Interleaved: 2·(p − i − 1) + (v − 1)·g + 1 chunks of 1/v stage each, at most m·v, in groups of g
 * micro-batches (Megatron-LM `schedules.py`; g = p where p divides m, and the first stage then holds Narayanan's
 * 1 + (p−1)/(p·v)). GPipe: all m. ZB-H1: min(m, p)
 * on every stage (arXiv:2401.10241, section 2.3). ZB-V: the same in its half-stage chunks (arXiv:2405.15362). DualPipe:
 * p + 1 chunks, two to a stage (arXiv:2412.19437, table 2); DualPipeV: 2p + 1.
 */
export function microBatchesInFlight(
  schedule: Schedule,
  stage: number,
  pp: number,
  vpp: number,
  microBatches: number,
): number {
  if (schedule === 'gpipe') return microBatches
  if (schedule === 'zb-h1' || schedule === 'zb-v') return Math.min(microBatches, pp)
  if (schedule === 'dualpipe') return (pp + 1) / 2
  if (schedule === 'dualpipe-v') return (2 * pp + 1) / 2
  if (schedule === '1f1b' || vpp === 1) return Math.min(microBatches, pp - stage)
  const chunks = 2 * (pp - stage - 1) + (vpp - 1) * interleavingGroup(pp, microBatches) + 1
  return Math.min(microBatches * vpp, chunks) / vpp
}

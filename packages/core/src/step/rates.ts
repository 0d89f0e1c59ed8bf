/** What a step's seconds say about throughput and utilisation. */

import type { Chip } from '@walltime/hardware'
import type { StepResult } from '../estimate-result.ts'
import type { Training } from '../scenario/scenario.ts'

/** Peak FLOP/s by which utilisation is stated: the dense peak of the training recipe's format in 16 bits. */
export function utilisationPeak(chip: Chip): number {
  return chip.peakFlops.bf16 ?? 0
}

/** Rates of a step that follow from its seconds. */
export type StepRates = Pick<
  StepResult,
  'tokensPerSecond' | 'tokensPerSecondPerChip' | 'modelFlops' | 'modelTflopsPerChip' | 'mfu' | 'hfu'
>

/**
 * Throughput and utilisation of a step.
 *
 * @param modelFlops FLOPs of the step as the model needs them: causal attention halved, no recompute
 * @param peak FLOP/s of a chip (`utilisationPeak`)
 */
export function stepRates(
  seconds: number,
  modelFlops: number,
  recomputeFlops: number,
  { globalBatch, sequenceLength }: Training,
  chips: number,
  peak: number,
): StepRates {
  const tokens = globalBatch * sequenceLength
  const perChip = modelFlops / seconds / chips
  return {
    tokensPerSecond: tokens / seconds,
    tokensPerSecondPerChip: tokens / seconds / chips,
    modelFlops,
    modelTflopsPerChip: perChip / 1e12,
    mfu: perChip / peak,
    hfu: (perChip * (1 + recomputeFlops / modelFlops)) / peak,
  }
}

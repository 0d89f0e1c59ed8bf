import type { Estimate } from '@walltime/core'

/** Results of a point by column, in the order in which they are written. */
const RESULTS: readonly (readonly [name: string, value: (estimate: Estimate) => number | boolean])[] = [
  ['step.seconds', (e) => e.step.seconds],
  ['step.mfu', (e) => e.step.mfu],
  ['step.hfu', (e) => e.step.hfu],
  ['step.modelTflopsPerChip', (e) => e.step.modelTflopsPerChip],
  ['step.tokensPerSecond', (e) => e.step.tokensPerSecond],
  ['memory.peakBytes', (e) => e.memory.peakBytes],
  ['memory.capacityBytes', (e) => e.memory.capacityBytes],
  ['memory.fits', (e) => e.memory.fits],
  ['layout.dp', (e) => e.layout.dp],
  ['layout.microBatches', (e) => e.layout.microBatches],
  ['run.steps', (e) => e.run.steps],
  ['run.seconds', (e) => e.run.seconds],
  ['run.chipHours', (e) => e.run.chipHours],
  ['run.rentalUsd', (e) => e.run.rentalUsd],
  ['run.energyJoules', (e) => e.run.energyJoules],
]

export const RESULT_NAMES = RESULTS.map(([name]) => name)

export function resultsOf(estimate: Estimate): readonly (number | boolean)[] {
  return RESULTS.map(([, value]) => value(estimate))
}

/** The columns of a sweep: the varied paths, then the results. */
export function columnNames(paths: readonly string[]): readonly string[] {
  return [...paths, ...RESULT_NAMES]
}

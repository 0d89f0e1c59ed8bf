/** Where a training job stands among all others: what decides whether a measured step says anything about it. */

import type { Plan } from '../layout/plan.ts'
import { countParameters } from '../model/parameters.ts'
import type { TrainingPrecision } from '../scenario/scenario.ts'
import { type Machine, matrixFormat } from '../step/machine.ts'

export interface Place {
  readonly family: string
  /** Id of the chip, or of the one that it changes. */
  readonly chip: string
  /** Bits of the operands of the large products: 16, 8 or 4. */
  readonly bits: number
  readonly experts: boolean
  /** Context parallelism. */
  readonly context: boolean
  readonly chips: number
  readonly parameters: number
  readonly sequence: number
}

const BITS: Readonly<Record<string, number>> = { fp8: 8, fp4: 4 }

/** Bits of the operands of a recipe's large products. */
export function precisionBits(precision: TrainingPrecision): number {
  return BITS[matrixFormat(precision)] ?? 16
}

/** The place of a plan on a machine. */
export function placeOf({ model, layout, training, chips }: Plan, { chip }: Machine): Place {
  return {
    family: chip.family,
    chip: chip.id.replace(/-custom$/, ''),
    bits: precisionBits(training.precision),
    experts: model.moe !== null,
    context: layout.cp > 1,
    chips,
    parameters: countParameters(model).total,
    sequence: training.sequenceLength,
  }
}

import type { Uncertain } from '@walltime/hardware'
import type { Machine } from './machine.ts'

/**
 * Spread of measured over estimated step time (90 % of steps) where the chip's kernels were measured, and where they
 * are assumed. The first is the scatter of published steps about this model; the second an assumption.
 */
const MEASURED_FACTOR = 1.25
const UNMEASURED_FACTOR = 1.5

/** Law of the factor between a measured step and this model's: median 1. */
export function stepSpread(machine: Machine): Uncertain {
  const factor = machine.kernels.measured ? MEASURED_FACTOR : UNMEASURED_FACTOR
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' }
}

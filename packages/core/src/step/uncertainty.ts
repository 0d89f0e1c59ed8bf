import type { Uncertain } from '@walltime/hardware'
import type { Architecture } from '../model/architecture.ts'
import type { Machine } from './machine.ts'

/**
 * Factor within which 90 % of measured steps lie about this model's, either side. Where the chip's kernels were
 * measured: the scatter of 450 published steps on A100, H100, B200 and GB200 (root mean square of the log error 0.13
 * for dense models, 0.27 for mixtures of experts, times 1.645). Where they are assumed: an assumption.
 */
const FACTOR = {
  measured: { dense: 1.25, mixture: 1.55 },
  assumed: { dense: 1.5, mixture: 1.8 },
} as const

/** Law of the factor between a measured step and this model's: median 1. */
export function stepSpread(machine: Machine, model: Architecture): Uncertain {
  const factor = FACTOR[machine.kernels.measured ? 'measured' : 'assumed'][model.moe === null ? 'dense' : 'mixture']
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' }
}

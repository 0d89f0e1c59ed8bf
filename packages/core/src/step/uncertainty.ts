import type { Uncertain } from '@walltime/hardware'
import type { Architecture } from '../model/architecture.ts'
import type { Machine } from './machine.ts'

/**
 * Factor within which 90 % of measured steps lie about this model's, either side. Where the chip's kernels were
 * measured: the 90 % quantile of the log error of 460 published steps on A100, H100, B200, GB200, B300 and GB300, each
 * judged by sustained speeds fitted without its own collection (`walltime validate` lists the rows). Where kernels are
 * assumed, one collection carries a chip: 1.25 and 2.7 were seen in sample, and the factors are assumptions.
 */
const FACTOR = {
  measured: { dense: 1.21, mixture: 1.45 },
  assumed: { dense: 1.4, mixture: 2.2 },
} as const

/** Law of the factor between a measured step and this model's: median 1. */
export function stepSpread(machine: Machine, model: Architecture): Uncertain {
  const factor = FACTOR[machine.kernels.measured ? 'measured' : 'assumed'][model.moe === null ? 'dense' : 'mixture']
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' }
}

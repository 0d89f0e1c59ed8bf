import type { Chip, Fabric, Precision, ScaleUpLink } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import type { Pool, SoftwareStack, TrainingPrecision } from '../scenario/scenario.ts'
import { type KernelEfficiency, kernelEfficiency } from './kernel-efficiency.ts'
import { type KernelRates, kernelRates } from './kernels.ts'

/** What the step model reads of chip, links, network and software: made once a scenario. */
export interface Machine {
  readonly chip: Chip
  readonly kernels: KernelEfficiency
  readonly rates: KernelRates
  /** A torus as the job's slice of it. */
  readonly scaleUp: ScaleUpLink
  /** Chips that the scale-up link joins. */
  readonly domainChips: number
  readonly fabric: Fabric
  /** Bytes/s of the network that one chip has when all chips of its node send. */
  readonly nicBandwidth: number
  readonly software: SoftwareStack
}

const MATRIX_FORMAT: Readonly<Record<TrainingPrecision, Precision>> = {
  bf16: 'bf16',
  fp16: 'fp16',
  fp8: 'fp8',
  'fp8-block': 'fp8',
  mxfp8: 'fp8',
  nvfp4: 'fp4',
}

/** Format in which a training recipe runs its large matrix products. */
export function matrixFormat(precision: TrainingPrecision): Precision {
  return MATRIX_FORMAT[precision]
}

/** Gathers what the step model reads of a pool, a precision, a software stack and the free constants. */
export function buildMachine(
  pool: Pool,
  precision: TrainingPrecision,
  software: SoftwareStack,
  calibration: Calibration,
): Machine {
  const { system, fabric } = pool
  const kernels = kernelEfficiency(system.chip, calibration)
  return {
    chip: system.chip,
    kernels,
    rates: kernelRates(system.chip, kernels, matrixFormat(precision), software.attention),
    scaleUp: sliceLink(system.scaleUp, pool.chips),
    domainChips: system.domainChips,
    fabric,
    nicBandwidth: (system.nicsPerNode * fabric.linkBandwidth * fabric.achieved) / system.chipsPerNode,
    software,
  }
}

/**
 * Axes of the slice of a torus that a job of `chips` gets: as even as powers of two allow, none longer than the torus has.
 * Where jobs get no slices of their own, the torus is left as it is.
 */
export function sliceLink(link: ScaleUpLink, chips: number): ScaleUpLink {
  const { axes } = link
  if (axes === undefined || link.slices !== true || axes.reduce((product, axis) => product * axis.chips, 1) <= chips)
    return link
  const lengths = axes.map(() => 1)
  const product = () => lengths.reduce((a, b) => a * b, 1)
  while (product() < chips) {
    const growing = axes.map((_, i) => i).filter((i) => 2 * (lengths[i] ?? 1) <= (axes[i]?.chips ?? 0))
    const shortest = growing.sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0))[0]
    if (shortest === undefined) return link
    lengths[shortest] = 2 * (lengths[shortest] ?? 1)
  }
  return { ...link, axes: axes.map((axis, i) => ({ ...axis, chips: lengths[i] ?? axis.chips })) }
}

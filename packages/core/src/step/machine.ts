import type { Chip, Collective, Fabric, Precision, ScaleUpLink } from '@walltime/hardware'
import type { Pool, SoftwareStack, TrainingPrecision } from '../scenario/scenario.ts'
import { type KernelEfficiency, kernelEfficiency } from './kernel-efficiency.ts'

/** What the step model reads of chip, links, network and software: made once a scenario. */
export interface Machine {
  readonly chip: Chip
  readonly kernels: KernelEfficiency
  /** Format of the large matrix products. */
  readonly low: Precision
  readonly scaleUp: ScaleUpLink
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

/** Gathers what the step model reads of a pool, a precision and a software stack. */
export function buildMachine(pool: Pool, precision: TrainingPrecision, software: SoftwareStack): Machine {
  const { system, fabric } = pool
  return {
    chip: system.chip,
    kernels: kernelEfficiency(system.chip),
    low: matrixFormat(precision),
    scaleUp: system.scaleUp,
    fabric,
    nicBandwidth: (system.nicsPerNode * fabric.linkBandwidth * fabric.achieved) / system.chipsPerNode,
    software,
  }
}

/** Bus bandwidth that a large collective of the domain reaches, bytes/s per chip and direction. */
export function scaleUpBandwidth(machine: Machine, collective: Collective): number {
  return machine.scaleUp.bandwidth * machine.scaleUp.achieved[collective]
}

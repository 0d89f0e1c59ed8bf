import type { Chip, Fabric, Precision, ScaleUpLink, System } from '@walltime/hardware'
import type { Calibration } from '../calibration/calibration.ts'
import { type HashedShares, type Hashing, hashedShares } from '../interconnect/tier-share.ts'
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
  /** Chips whose cards of one place meet at the same first switch; endless where it holds the whole pool. */
  readonly leafChips: number
  /** Share of their rate that hashed flows keep, by the load of a tier; null where packets are spread. */
  readonly hashed: HashedShares | null
  readonly software: SoftwareStack
  readonly calibration: Calibration
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

/**
 * Gathers what the step model reads of a pool, a precision, a software stack and the free constants.
 *
 * @param padded experts work on equal numbers of rows
 */
export function buildMachine(
  pool: Pool,
  precision: TrainingPrecision,
  software: SoftwareStack,
  calibration: Calibration,
  padded = false,
): Machine {
  const { system, fabric } = pool
  const kernels = kernelEfficiency(system.chip, calibration)
  return {
    chip: system.chip,
    kernels,
    rates: kernelRates(system.chip, kernels, matrixFormat(precision), software.attention, calibration, padded),
    scaleUp: sliceLink(system.scaleUp, pool.chips),
    domainChips: system.domainChips,
    fabric,
    nicBandwidth: (system.nicsPerNode * fabric.linkBandwidth * fabric.achieved) / system.chipsPerNode,
    leafChips: leafChips(system, fabric, pool.chips),
    hashed: hashedShares(fabric.adaptiveRouting, hashing(pool)),
    software,
    calibration,
  }
}

/** Flows of a port where the network says nothing: four channels, one queue pair each. */
const HASHED_FLOWS = 4

function hashing({ system, fabric, chips }: Pool): Hashing {
  const cards = Math.min(system.nicsPerNode, system.chipsPerNode)
  const nodes = Math.min(leafChips(system, fabric, Number.POSITIVE_INFINITY), chips) / system.chipsPerNode
  return {
    flows: fabric.flowsPerPort ?? HASHED_FLOWS,
    ways: Math.max(1, Math.round((nodes * (fabric.rails === true ? 1 : cards)) / (fabric.leafOversubscription ?? 1))),
    links: Math.max(1, (chips * cards) / system.chipsPerNode),
  }
}

/**
 * Chips below one first switch, half of whose ports go up: those of a node for each port where every card of a node has
 * a switch of its own (rails), otherwise the nodes whose cards it holds; never more than a pod. Endless where it holds
 * all `chips`.
 */
export function leafChips(system: System, fabric: Fabric, chips: number): number {
  const ports = Math.max(1, Math.floor(fabric.switchRadix / 2))
  const nodes = fabric.rails === true ? ports : Math.max(1, Math.floor(ports / system.nicsPerNode))
  const leaf = Math.min(nodes * system.chipsPerNode, Math.max(system.chipsPerNode, fabric.podChips ?? chips))
  return fabric.tiers < 2 || leaf >= chips ? Number.POSITIVE_INFINITY : leaf
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

/**
 * What a profile holds: chips, scale-up links, fabrics (scale-out networks), systems and prices.
 * All numbers are SI (bytes, bytes/s, FLOP/s, seconds, watts, USD); bandwidth is per direction.
 */

import type { KernelConstants } from './kernel-constants.ts'
import type { Uncertain } from './uncertain.ts'

/** Where a number comes from. */
export interface Source {
  readonly title: string
  readonly url?: string
  /** ISO date (or year, or year-month) at which the source was read or published. */
  readonly date: string
}

/** Source, check mark and doubts of one number of a profile. */
export interface Provenance {
  readonly source: Source
  /** False: taken from memory, a second-hand account or an assumption; usable, but shown as unchecked. */
  readonly verified: boolean
  /** Conflicts between sources, or how the number was derived. */
  readonly note?: string
}

/** Fields common to every profile. */
export interface Profile {
  readonly id: string
  readonly name: string
  /**
   * Provenance by path of the number inside the profile (`memory.bandwidth`, `peakFlops.bf16`);
   * `*` stands for every number without an entry of its own.
   */
  readonly provenance: Readonly<Record<string, Provenance>>
}

/** Number formats of matrix units, by which dense peaks are given. */
export const PRECISIONS = ['fp32', 'tf32', 'bf16', 'fp16', 'fp8', 'fp6', 'fp4', 'int8'] as const
export type Precision = (typeof PRECISIONS)[number]

export interface Chip extends Profile {
  readonly vendor: string
  /** Group of chips whose kernels behave alike (`ampere`, `hopper`, `blackwell`, `neuron-v2`, `tpu-v4`, `cdna3`, …): picks the kernel efficiencies. */
  readonly family: string
  readonly launchYear?: number
  /** Dense peak in FLOP/s by precision. */
  readonly peakFlops: Readonly<Partial<Record<Precision, number>>>
  readonly memory: {
    /** Bytes that a program can have. */
    readonly bytes: number
    /** What `bytes` is counted from: driver report, marketing GiB, decimal GB. */
    readonly basis: string
    /** Bytes/s. */
    readonly bandwidth: number
  }
  /**
   * Processors on the chip (SM, CU, NeuronCore, TensorCore). Measured training on Trainium counts NeuronCores as ranks, 2
   * (Trainium1) or 8 a chip; everything else here is of the whole chip.
   */
  readonly cores: { readonly kind: string; readonly count: number }
  readonly clockHz?: number
  readonly computeDies: number
  /** Thermal design power in watts. */
  readonly tdp: number
  /** Host link (PCIe, C2C) in bytes/s per direction. */
  readonly hostBandwidth?: number
  /** Measured constants of its kernels, over those of its family. */
  readonly kernels?: KernelConstants
}

/** Operations on a group of ranks. */
export const COLLECTIVES = ['allReduce', 'allGather', 'reduceScatter', 'allToAll', 'sendRecv'] as const
export type Collective = (typeof COLLECTIVES)[number]

/** Scale-up link: how the chips of one domain (server, rack, UltraServer) reach each other. */
export interface ScaleUpLink extends Profile {
  /**
   * `switched`: any pair at full rate; `torus`: neighbours along the axes; `mesh`: one link per peer, so that n chips of a
   * domain of N use n-1 of the N-1 links of each; `host`: through PCIe and host memory.
   */
  readonly topology: 'switched' | 'torus' | 'mesh' | 'host'
  /** Bytes/s per chip and direction, all links of the chip together. */
  readonly bandwidth: number
  /**
   * Share of `bandwidth` that a ring, an exchange or a message has on the wire, as bus bandwidth (definition of
   * nccl-tests); start, hops, filling and the local copy come on top.
   */
  readonly achieved: Readonly<Record<Collective, number>>
  /** Seconds that a collective takes before the first hop, at the sizes of training. */
  readonly baseLatency: number
  /** The same of an all-to-all, which sends full chunks from the start; absent: `baseLatency`. */
  readonly allToAllLatency?: number
  /** Seconds per hop. */
  readonly hopLatency: number
  /** Bytes that a chip holds back a hop before it passes them on: what large messages pay to fill the ring. */
  readonly chunkBytes: number
  /** The same of an all-to-all, whose messages do not wait for others on the way; absent: `chunkBytes`. */
  readonly allToAllChunkBytes?: number
  /** Bytes/s at which a chip copies its own part of a buffer; absent: the copy is not counted. */
  readonly copyBandwidth?: number
  /** The switch adds (NVLink SHARP): an all-reduce moves each byte up and down once. */
  readonly inSwitchReduction: boolean
  /** Bus bandwidth of an all-reduce in the switch over `bandwidth`, up to 2: a ring sends each byte twice. */
  readonly inSwitchShare?: number
  /** A job gets a slice of the torus of its own, as even as can be (TPU pods); otherwise its chips keep their places. */
  readonly slices?: boolean
  /** Axes of a torus, of the whole domain or of a slice: chips along it and bytes/s of one link per direction. */
  readonly axes?: readonly { readonly chips: number; readonly linkBandwidth: number }[]
}

/** Scale-out network. */
export interface Fabric extends Profile {
  readonly kind: 'infiniband' | 'ethernet' | 'efa'
  /** Bytes/s of one NIC port per direction. */
  readonly linkBandwidth: number
  /** Share of the link rate that large collectives achieve with all ranks busy, collisions of hashed routes apart. */
  readonly achieved: number
  /** Seconds that a collective over the network takes before the first hop. */
  readonly baseLatency: number
  /** Seconds per hop between nodes, software included. */
  readonly hopLatency: number
  /** Seconds per level of a tree between nodes, up or down, besides what starts inside the node; absent: `hopLatency`. */
  readonly levelLatency?: number
  /** Seconds that each member of a ring through the network adds: one message holds up the next; absent: none. */
  readonly messageLatency?: number
  /** Bytes that a chip's share of the cards holds back a level of a tree before it passes them on; absent: none. */
  readonly chunkBytes?: number
  /** Ports of a switch. */
  readonly switchRadix: number
  /** Tiers of switches. */
  readonly tiers: number
  /** The cards of one place in all nodes meet at one switch, instead of the cards of one node. */
  readonly rails?: boolean
  /** Bandwidth below over bandwidth above the first switch; absent: 1. */
  readonly leafOversubscription?: number
  /** Chips below one full-bandwidth pod; absent: the whole network is one pod. */
  readonly podChips?: number
  /** Bandwidth below over bandwidth above the pod: 1 is full bisection, 7 leaves a seventh. */
  readonly oversubscription: number
  /** Packets are sprayed or rerouted around hot spots; otherwise each flow keeps the route that its hash picks. */
  readonly adaptiveRouting: boolean
  /** Flows that a port's traffic is hashed as where routing is not adaptive: channels times queue pairs; absent: 4. */
  readonly flowsPerPort?: number
  /** The switches add (SHARP). */
  readonly inSwitchReduction: boolean
}

/** A node as bought or rented, its scale-up domain and its power. */
export interface System extends Profile {
  readonly chip: Chip
  readonly chipsPerNode: number
  /** Chips that reach each other over the scale-up link. */
  readonly domainChips: number
  readonly scaleUp: ScaleUpLink
  readonly nicsPerNode: number
  /** Network that the system is usually sold with; a scenario may name another. */
  readonly fabric: Fabric
  /** Watts of a node besides its chips. */
  readonly hostPower: number
  /** Watts of switches and optics per chip. */
  readonly networkPower: number
  /** Watts per chip at full load, chip, host and network share together, before the facility's PUE. */
  readonly allInPower: number
  /** Id of the rental price used where a scenario names none. */
  readonly price?: string
}

/** What a chip costs to rent by the hour or to buy. */
export interface Price extends Profile {
  readonly kind: 'rental' | 'purchase'
  /** Id of the chip. */
  readonly chip: string
  /** `on-demand`, `1-year`, `3-year`, `spot`, `market`. */
  readonly term: string
  /** USD per chip-hour (rental) or per chip (purchase). */
  readonly usd: Uncertain
}

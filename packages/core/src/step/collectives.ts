/** Collective times by latency and bandwidth on the link that the group runs over. */

import type { Collective } from '@walltime/hardware'
import type { Group } from '../layout/placement.ts'
import { type Machine, scaleUpBandwidth } from './machine.ts'
import type { Spread } from './operators.ts'

export interface CollectiveTime {
  readonly seconds: number
  readonly algorithm: 'ring' | 'tree' | 'in-switch' | 'pairwise' | 'direct' | 'none'
  readonly link: 'scale-up' | 'network' | 'none'
}

const NOTHING: CollectiveTime = { seconds: 0, algorithm: 'none', link: 'none' }

/** Seconds a network card needs to post one message (NCCL 2.30.7, src/graph/tuning.cc: 1 µs on x86 and Arm). */
const POST_SECONDS = 1e-6

/** Group size at which links state their half-bandwidth message. */
const HALF_BANDWIDTH_GROUP = 8

/** Members from which NCCL lets the switch add: smaller groups gain nothing (stas00/ml-engineering, network chapter, 2026-08). */
const IN_SWITCH_MEMBERS = 5

/** Seconds of an all-reduce in the switch however small (NCCL 2.30.7, src/graph/tuning.cc: NVLS, Simple). */
const IN_SWITCH_SECONDS = 25e-6

/** Share of ring bandwidth that NCCL's double tree keeps (src/graph/tuning.cc). */
const TREE_SHARE = 0.92

/** Members of a group inside a domain along one axis of a torus, whose neighbours are `span` ranks apart. */
function membersAlong(group: Group, span: number, chips: number): number {
  const reach = Math.min(span * chips, group.stride * group.perDomain)
  return Math.max(1, Math.floor(reach / Math.max(span, group.stride)))
}

/**
 * Bytes/s per chip of the scale-up links that a group can use: all of them behind a switch; on a torus both directions of
 * the axes that it spans whole, one direction of those that it spans in part (a line, not a ring).
 */
function groupScaleUpBandwidth(machine: Machine, group: Group, collective: Collective): number {
  const { scaleUp } = machine
  if (scaleUp.axes === undefined) return scaleUpBandwidth(machine, collective, group.perDomain)
  let span = 1
  let bandwidth = 0
  for (const axis of scaleUp.axes) {
    const members = membersAlong(group, span, axis.chips)
    if (members > 1) bandwidth += (members === axis.chips ? 2 : 1) * axis.linkBandwidth
    span *= axis.chips
  }
  // A stride that no axis divides leaves the link to the next member.
  return Math.min(bandwidth || neighbourLink(machine, group), scaleUp.bandwidth) * scaleUp.achieved[collective]
}

/** Bytes/s of the link to the next member, before protocol: through the switch, or one link of the axis that the stride lies on. */
function neighbourLink({ scaleUp, domainChips }: Machine, group: Group): number {
  if (scaleUp.axes === undefined)
    return scaleUp.topology === 'mesh' ? scaleUp.bandwidth / (domainChips - 1) : scaleUp.bandwidth
  let span = 1
  for (const axis of scaleUp.axes) {
    span *= axis.chips
    if (group.stride < span) return axis.linkBandwidth
  }
  return Math.min(...scaleUp.axes.map((axis) => axis.linkBandwidth))
}

/**
 * Share of the network rate left where the `crossing` share of a group's messages leaves the pod at the same time as
 * everybody else's: an oversubscription of f leaves 1/f of the bandwidth for them.
 */
function podShare(machine: Machine, crossing: number): number {
  const load = crossing * machine.fabric.oversubscription
  return load > 1 ? 1 / load : 1
}

/** Share of a ring's hops between domains that leave a pod. */
function ringCrossing(group: Group): number {
  if (group.perPod >= group.size) return 0
  return Math.min(1, Math.ceil(group.size / group.perPod) / Math.ceil(group.size / group.perDomain))
}

/**
 * Seconds of a large message at bandwidth `bandwidth` with a start-up that halves the bandwidth at `half` bytes:
 * bytes/bandwidth plus a latency that grows with the message until it is saturated.
 */
function transferSeconds(bytes: number, bandwidth: number, half: number, latency: number): number {
  if (bytes <= 0) return latency
  const ramp = half > 0 ? (2 * Math.max(0, half / bandwidth - latency) * bytes) / (bytes + half) : 0
  return latency + bytes / bandwidth + ramp
}

function insideDomain(machine: Machine, group: Group, collective: Collective, bytes: number): CollectiveTime {
  const { scaleUp } = machine
  const n = group.size
  const bandwidth = groupScaleUpBandwidth(machine, group, collective)
  const half = (scaleUp.halfBandwidthBytes * n) / HALF_BANDWIDTH_GROUP
  const share = (n - 1) / n
  const link = 'scale-up'
  switch (collective) {
    case 'allReduce': {
      // Small groups do not use the switch: where they were measured, their own share; else a ring's.
      const alike = scaleUp.inSwitchReduction && (scaleUp.smallGroup === undefined || n >= IN_SWITCH_MEMBERS)
      const ringBandwidth = groupScaleUpBandwidth(machine, group, alike ? 'allGather' : 'allReduce')
      const ringLatency = scaleUp.baseLatency + 2 * (n - 1) * scaleUp.hopLatency
      const ring = transferSeconds(2 * share * bytes, ringBandwidth, half, ringLatency)
      if (!scaleUp.inSwitchReduction || n < IN_SWITCH_MEMBERS) return { seconds: ring, algorithm: 'ring', link }
      const inSwitch = transferSeconds(2 * share * bytes, bandwidth, half, IN_SWITCH_SECONDS)
      return inSwitch < ring
        ? { seconds: inSwitch, algorithm: 'in-switch', link }
        : { seconds: ring, algorithm: 'ring', link }
    }
    case 'allGather':
    case 'reduceScatter': {
      const latency = scaleUp.baseLatency + (n - 1) * scaleUp.hopLatency
      return { seconds: transferSeconds(share * bytes, bandwidth, half, latency), algorithm: 'ring', link }
    }
    case 'allToAll': {
      const latency = scaleUp.baseLatency + scaleUp.hopLatency * Math.log2(n)
      const seconds = transferSeconds(share * bytes * torusDetour(machine, group), bandwidth, half, latency)
      return { seconds, algorithm: 'pairwise', link }
    }
    case 'sendRecv':
      return {
        seconds: scaleUp.baseLatency + bytes / (neighbourLink(machine, group) * scaleUp.achieved.sendRecv),
        algorithm: 'direct',
        link,
      }
  }
}

/** Mean links that a message of an all-to-all crosses on a torus: a quarter of each axis that the group spans. */
function torusDetour(machine: Machine, group: Group): number {
  const { axes } = machine.scaleUp
  if (axes === undefined) return 1
  let hops = 0
  let span = 1
  for (const axis of axes) {
    const members = membersAlong(group, span, axis.chips)
    if (members > 1) hops += members / 4
    span *= axis.chips
  }
  return Math.max(1, hops)
}

/**
 * Expected domains other than its own that a token with `copies` evenly routed experts reaches, of `domains`:
 * (D − 1)·(1 − (1 − 1/D)^copies), at most what routing allows.
 */
function remoteDomains({ copies, mostDomains }: Spread, domains: number): number {
  const reached = domains * (1 - (1 - 1 / domains) ** copies)
  return (Math.min(reached, mostDomains) * (domains - 1)) / domains
}

function overNetwork(
  machine: Machine,
  group: Group,
  collective: Collective,
  bytes: number,
  spread: Spread | null,
): CollectiveTime {
  const { scaleUp, fabric } = machine
  const n = group.size
  const inside = group.perDomain
  const domains = Math.ceil(n / inside)
  const up = inside > 1 ? groupScaleUpBandwidth(machine, group, collective) : Number.POSITIVE_INFINITY
  const nic = machine.nicBandwidth * podShare(machine, ringCrossing(group))
  // A ring enters and leaves each domain once: all network cards of the members carry it side by side.
  const ringBandwidth = Math.min(up, inside * nic)
  const share = (n - 1) / n
  const link = 'network'
  const ringLatency = (rounds: number) =>
    fabric.baseLatency + rounds * ((n - domains) * scaleUp.hopLatency + (domains - 1) * fabric.hopLatency)
  switch (collective) {
    case 'allReduce': {
      const ring = ringLatency(2) + (2 * share * bytes) / ringBandwidth
      const treeLatency =
        fabric.baseLatency + 2 * ((inside - 1) * scaleUp.hopLatency + Math.log2(domains) * fabric.hopLatency)
      const tree = treeLatency + (2 * bytes) / (TREE_SHARE * ringBandwidth)
      const best = Math.min(ring, tree)
      if (fabric.inSwitchReduction) {
        const latency = fabric.baseLatency + 2 * scaleUp.hopLatency + 2 * fabric.hopLatency
        const inSwitch = latency + Math.max(bytes / (inside * nic), inside > 1 ? (2 * share * bytes) / up : 0)
        if (inSwitch < best) return { seconds: inSwitch, algorithm: 'in-switch', link }
      }
      return { seconds: best, algorithm: ring <= tree ? 'ring' : 'tree', link }
    }
    case 'allGather':
    case 'reduceScatter':
      return { seconds: ringLatency(1) + (share * bytes) / ringBandwidth, algorithm: 'ring', link }
    case 'allToAll': {
      const crossing = 1 - group.perPod / n
      const share = spread === null ? (n - inside) / n : remoteDomains(spread, domains) / spread.copies
      const remote = (bytes * share) / (machine.nicBandwidth * podShare(machine, Math.max(0, crossing)))
      // Copies that travelled once a domain are spread over its links.
      const onward = spread === null ? (inside - 1) / n : (inside - 1) / inside
      const local = inside > 1 ? (bytes * onward) / up : 0
      const latency = fabric.baseLatency + fabric.hopLatency + (n - inside) * POST_SECONDS
      return { seconds: latency + Math.max(remote, local), algorithm: 'pairwise', link }
    }
    case 'sendRecv': {
      const pod = fabric.podChips ?? Number.POSITIVE_INFINITY
      const crossing = Math.min(1, group.stride / pod)
      const bandwidth = machine.nicBandwidth * podShare(machine, crossing)
      return { seconds: fabric.baseLatency + fabric.hopLatency + bytes / bandwidth, algorithm: 'direct', link }
    }
  }
}

/**
 * Seconds of a collective of `bytes` over a group: inside a scale-up domain by ring or in the switch; across the
 * network by the best of ring, tree and in-switch reduction, with each domain's network cards side by side.
 *
 * A send to the next member counts the slowest of the group's hops. `bytes` is the gathered buffer of an all-gather, the buffer before scattering, the reduced buffer, what one rank
 * sends in an all-to-all, or the message.
 *
 * Sources: NCCL 2.30.7 `src/graph/tuning.cc` (latency terms, ring and tree), SimAI `calbusbw.cc` (network cards of a
 * domain side by side), nccl-tests PERFORMANCE.md (bus bandwidth).
 */
export function collectiveTime(
  machine: Machine,
  group: Group,
  collective: Collective,
  bytes: number,
  spread: Spread | null = null,
): CollectiveTime {
  if (group.size <= 1 || bytes <= 0) return NOTHING
  return group.perDomain >= group.size
    ? insideDomain(machine, group, collective, bytes)
    : overNetwork(machine, group, collective, bytes, spread)
}

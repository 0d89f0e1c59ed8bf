/** Collective times by latency and bandwidth on the link that the group runs over. */

import type { Collective } from '@walltime/hardware'
import type { Group } from '../layout/placement.ts'
import type { Machine } from './machine.ts'
import type { Spread } from './operators.ts'

export interface CollectiveTime {
  readonly seconds: number
  readonly algorithm: 'ring' | 'tree' | 'in-switch' | 'pairwise' | 'direct' | 'none'
  readonly link: 'scale-up' | 'network' | 'none'
}

const NOTHING: CollectiveTime = { seconds: 0, algorithm: 'none', link: 'none' }

const ALGORITHMS = { allGather: 'ring', reduceScatter: 'ring', allToAll: 'pairwise', sendRecv: 'direct' } as const

type Axis = NonNullable<Machine['scaleUp']['axes']>[number]

/** Seconds a network card needs to post one message (NCCL 2.30.7, src/graph/tuning.cc: 1 µs on x86 and Arm). */
const POST_SECONDS = 1e-6

/** Members from which NCCL lets the switch add: smaller groups gain nothing (stas00/ml-engineering, network chapter, 2026-08). */
const IN_SWITCH_MEMBERS = 5

/** Hops that an all-reduce in the switch takes for each doubling of the group: as fitted on 8 ranks, 14 together. */
const IN_SWITCH_HOPS = 14 / 3

/** Share of ring bandwidth that NCCL's double tree keeps (src/graph/tuning.cc). */
const TREE_SHARE = 0.92

/** Members of a group inside a domain along one axis of a torus, whose neighbours are `span` ranks apart. */
function membersAlong(group: Group, span: number, chips: number): number {
  const reach = Math.min(span * chips, group.stride * group.perDomain)
  return Math.max(1, Math.floor(reach / Math.max(span, group.stride)))
}

/**
 * Bytes/s per chip of the scale-up links that a group can use: all of them behind a switch, in a mesh those between its
 * members; on a torus both directions of the axes that it spans whole, one direction of those that it spans in part (a
 * line, not a ring).
 */
function groupScaleUpBandwidth(machine: Machine, group: Group, collective: Collective): number {
  const { scaleUp, domainChips } = machine
  const { axes } = scaleUp
  const rate = scaleUp.bandwidth * scaleUp.achieved[collective]
  if (axes === undefined)
    return scaleUp.topology === 'mesh' ? rate * Math.min(1, (group.perDomain - 1) / (domainChips - 1)) : rate
  let span = 1
  let bandwidth = 0
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i] as Axis
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
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < scaleUp.axes.length; i++) {
    const axis = scaleUp.axes[i] as Axis
    span *= axis.chips
    if (group.stride < span) return axis.linkBandwidth
    least = Math.min(least, axis.linkBandwidth)
  }
  return least
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

/** Seconds of a transfer passed on over `steps` hops: what each takes, and the chunk that each holds back of a large one. */
function pipelinedSeconds({ scaleUp }: Machine, wire: number, steps: number): number {
  const held = (steps * scaleUp.chunkBytes) / (scaleUp.bandwidth * scaleUp.achieved.allGather)
  return wire + steps * scaleUp.hopLatency + (held > 0 ? (held * wire) / (held + wire) : 0)
}

/** Whether a group's all-reduce is added in the switch of its domain. */
function addsInDomain({ scaleUp }: Machine, members: number): boolean {
  return scaleUp.inSwitchReduction && members >= IN_SWITCH_MEMBERS
}

/** Seconds inside one scale-up domain. */
function domainSeconds(machine: Machine, group: Group, collective: Collective, bytes: number): number {
  const { scaleUp } = machine
  if (collective === 'sendRecv')
    return scaleUp.baseLatency + bytes / (neighbourLink(machine, group) * scaleUp.achieved.sendRecv)
  const n = group.size
  const sent = ((n - 1) / n) * bytes
  const copy = scaleUp.copyBandwidth === undefined ? 0 : bytes / n / scaleUp.copyBandwidth
  const bandwidth = groupScaleUpBandwidth(machine, group, collective)
  if (collective === 'allToAll') {
    const wire = (sent * torusDetour(machine, group)) / bandwidth + copy
    return (scaleUp.allToAllLatency ?? scaleUp.baseLatency) + pipelinedSeconds(machine, wire, Math.log2(n))
  }
  if (collective === 'allReduce') {
    const inSwitch = addsInDomain(machine, n)
    const rate = inSwitch ? scaleUp.bandwidth * (scaleUp.inSwitchShare ?? 1) : bandwidth
    const steps = inSwitch ? IN_SWITCH_HOPS * Math.log2(n) : 2 * (n - 1)
    return scaleUp.baseLatency + pipelinedSeconds(machine, (2 * sent) / rate + copy, steps)
  }
  return scaleUp.baseLatency + pipelinedSeconds(machine, sent / bandwidth + copy, n - 1)
}

/** Mean links that a message of an all-to-all crosses on a torus: a quarter of each axis that the group spans. */
function torusDetour(machine: Machine, group: Group): number {
  const { axes } = machine.scaleUp
  if (axes === undefined) return 1
  let hops = 0
  let span = 1
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i] as Axis
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

/** Bytes/s of a ring through whole domains, which enters and leaves each once, over the cards of all members side by side. */
function ringBandwidth(machine: Machine, group: Group, collective: Collective): number {
  const cards = group.perDomain * machine.nicBandwidth * podShare(machine, ringCrossing(group))
  return group.perDomain > 1 ? Math.min(groupScaleUpBandwidth(machine, group, collective), cards) : cards
}

/** Seconds of a ring that goes round `rounds` times. */
function ringSeconds(machine: Machine, group: Group, collective: Collective, bytes: number, rounds: number): number {
  const { scaleUp, fabric } = machine
  const n = group.size
  const domains = Math.ceil(n / group.perDomain)
  const latency = fabric.baseLatency + rounds * ((n - domains) * scaleUp.hopLatency + (domains - 1) * fabric.hopLatency)
  return latency + (rounds * ((n - 1) / n) * bytes) / ringBandwidth(machine, group, collective)
}

/** Seconds of an all-reduce up and down a double binary tree between domains. */
function treeSeconds(machine: Machine, group: Group, bytes: number): number {
  const { scaleUp, fabric } = machine
  const inside = group.perDomain
  const domains = Math.ceil(group.size / inside)
  const latency = fabric.baseLatency + 2 * ((inside - 1) * scaleUp.hopLatency + Math.log2(domains) * fabric.hopLatency)
  return latency + (2 * bytes) / (TREE_SHARE * ringBandwidth(machine, group, 'allReduce'))
}

/** Seconds of an all-reduce that the network's switches add; endless where they cannot. */
function inSwitchSeconds(machine: Machine, group: Group, bytes: number): number {
  const { scaleUp, fabric } = machine
  if (!fabric.inSwitchReduction) return Number.POSITIVE_INFINITY
  const n = group.size
  const inside = group.perDomain
  const cards = inside * machine.nicBandwidth * podShare(machine, ringCrossing(group))
  const up = inside > 1 ? (2 * ((n - 1) / n) * bytes) / groupScaleUpBandwidth(machine, group, 'allReduce') : 0
  return fabric.baseLatency + 2 * scaleUp.hopLatency + 2 * fabric.hopLatency + Math.max(bytes / cards, up)
}

/** Seconds over the network. */
function networkSeconds(
  machine: Machine,
  group: Group,
  collective: Collective,
  bytes: number,
  spread: Spread | null,
): number {
  const { fabric } = machine
  const n = group.size
  const inside = group.perDomain
  switch (collective) {
    case 'allReduce':
      return Math.min(
        ringSeconds(machine, group, collective, bytes, 2),
        treeSeconds(machine, group, bytes),
        inSwitchSeconds(machine, group, bytes),
      )
    case 'allGather':
    case 'reduceScatter':
      return ringSeconds(machine, group, collective, bytes, 1)
    case 'allToAll': {
      const crossing = 1 - group.perPod / n
      const share = spread === null ? (n - inside) / n : remoteDomains(spread, Math.ceil(n / inside)) / spread.copies
      const remote = (bytes * share) / (machine.nicBandwidth * podShare(machine, Math.max(0, crossing)))
      // Copies that travelled once a domain are spread over its links.
      const onward = spread === null ? (inside - 1) / n : (inside - 1) / inside
      const local = inside > 1 ? (bytes * onward) / groupScaleUpBandwidth(machine, group, collective) : 0
      const latency = fabric.baseLatency + fabric.hopLatency + (n - inside) * POST_SECONDS
      return latency + Math.max(remote, local)
    }
    case 'sendRecv': {
      const pod = fabric.podChips ?? Number.POSITIVE_INFINITY
      const crossing = Math.min(1, group.stride / pod)
      return fabric.baseLatency + fabric.hopLatency + bytes / (machine.nicBandwidth * podShare(machine, crossing))
    }
  }
}

/**
 * Seconds of a collective of `bytes` over a group: inside a scale-up domain by ring or in the switch; across the
 * network by the best of ring, tree and in-switch reduction, with each domain's network cards side by side. It makes no
 * objects: a search over layouts calls it a million times.
 *
 * A send to the next member counts the slowest of the group's hops. `bytes` is the gathered buffer of an all-gather, the
 * buffer before scattering, the reduced buffer, what one rank sends in an all-to-all, or the message.
 *
 * Sources: the form inside a domain and its constants are fitted on measured collectives (`fit`); NCCL 2.30.7
 * `src/graph/tuning.cc` (latency terms, ring and tree), SimAI `calbusbw.cc` (network cards of a domain side by side),
 * nccl-tests PERFORMANCE.md (bus bandwidth).
 */
export function collectiveSeconds(
  machine: Machine,
  group: Group,
  collective: Collective,
  bytes: number,
  spread: Spread | null,
): number {
  if (group.size <= 1 || bytes <= 0) return 0
  return group.perDomain >= group.size
    ? domainSeconds(machine, group, collective, bytes)
    : networkSeconds(machine, group, collective, bytes, spread)
}

function reductionAlgorithm(machine: Machine, group: Group, bytes: number): 'ring' | 'tree' | 'in-switch' {
  if (group.perDomain >= group.size) return addsInDomain(machine, group.size) ? 'in-switch' : 'ring'
  const ring = ringSeconds(machine, group, 'allReduce', bytes, 2)
  const tree = treeSeconds(machine, group, bytes)
  if (inSwitchSeconds(machine, group, bytes) < Math.min(ring, tree)) return 'in-switch'
  return ring <= tree ? 'ring' : 'tree'
}

/** Seconds of a collective as `collectiveSeconds` counts them, with the algorithm and the link that it takes. */
export function collectiveTime(
  machine: Machine,
  group: Group,
  collective: Collective,
  bytes: number,
  spread: Spread | null = null,
): CollectiveTime {
  if (group.size <= 1 || bytes <= 0) return NOTHING
  const algorithm = collective === 'allReduce' ? reductionAlgorithm(machine, group, bytes) : ALGORITHMS[collective]
  return {
    seconds: collectiveSeconds(machine, group, collective, bytes, spread),
    algorithm,
    link: group.perDomain >= group.size ? 'scale-up' : 'network',
  }
}

/** Collective times by latency and bandwidth on the link that the group runs over. */

import type { Collective } from '@walltime/hardware'
import { CHAIN_SHARE, IN_SWITCH_MEMBERS, MOST_CARDS, PAT_SHARE } from '../interconnect/shares.ts'
import { tierShare } from '../interconnect/tier-share.ts'
import { type Group, membersPerBlock, type NetworkTerms } from '../layout/placement.ts'
import type { Machine } from './machine.ts'
import type { Spread } from './operators.ts'

/** Ways in which NCCL and its like run a collective. */
export type Algorithm = 'ring' | 'hierarchical' | 'tree' | 'in-switch' | 'pat' | 'pairwise' | 'direct' | 'none'

export interface CollectiveTime {
  readonly seconds: number
  readonly algorithm: Algorithm
  readonly link: 'scale-up' | 'network' | 'none'
}

const NOTHING: CollectiveTime = { seconds: 0, algorithm: 'none', link: 'none' }

/** Share of the scale-up links that a collective reaches. A switch, because a property by a name that changes is looked up slowly. */
function achievedShare({ achieved }: Machine['scaleUp'], collective: Collective): number {
  if (collective === 'allGather') return achieved.allGather
  if (collective === 'reduceScatter') return achieved.reduceScatter
  if (collective === 'allReduce') return achieved.allReduce
  return collective === 'allToAll' ? achieved.allToAll : achieved.sendRecv
}

type Axis = NonNullable<Machine['scaleUp']['axes']>[number]

/** Seconds a network card needs to post one message (NCCL 2.30.7, src/graph/tuning.cc: 1 µs on x86 and Arm). */
const POST_SECONDS = 1e-6

/** Hops that an all-reduce in the switch takes for each doubling of the group: as fitted on 8 ranks, 14 together. */
const IN_SWITCH_HOPS = 14 / 3

/** Seconds that a bulk ring takes from chip to chip inside a domain on its way over the network (NCCL, the same file: NVLink, Simple). */
const RING_STEP_SECONDS = 3.4e-6

/** Parallel aggregated trees (NCCL, the same file): part of a level's latency, and seconds a member. */
const PAT = { levels: 1 / 3.5, member: 2.8e-6 } as const

/** Members of a group inside a domain along one axis of a torus, whose neighbours are `span` ranks apart. */
function membersAlong(group: Group, span: number, chips: number): number {
  const reach = Math.min(span * chips, group.stride * group.perDomain)
  return Math.max(1, Math.floor(reach / Math.max(span, group.stride)))
}

/** Links of a chip along an axis that a group uses: to both sides where it closes the ring, on a line to one. */
function axisLinks(axis: Axis, members: number): 1 | 2 {
  return members === axis.chips && members > 2 ? 2 : 1
}

/**
 * Bytes/s per chip of the scale-up links that a group can use: all of them behind a switch, in a mesh those between its
 * members; on a torus both directions of the axes that it spans whole, one direction of those that it spans in part (a
 * line, not a ring).
 */
function groupScaleUpBandwidth(machine: Machine, group: Group, collective: Collective): number {
  const { scaleUp, domainChips } = machine
  const { axes } = scaleUp
  const achieved = achievedShare(scaleUp, collective)
  const rate = scaleUp.bandwidth * achieved
  if (axes === undefined)
    return scaleUp.topology === 'mesh' ? rate * Math.min(1, (group.perDomain - 1) / (domainChips - 1)) : rate
  let span = 1
  let bandwidth = 0
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i] as Axis
    const members = membersAlong(group, span, axis.chips)
    if (members > 1) bandwidth += axisLinks(axis, members) * axis.linkBandwidth
    span *= axis.chips
  }
  // A stride that no axis divides leaves the link to the next member.
  return Math.min(bandwidth || neighbourLink(machine, group), scaleUp.bandwidth) * achieved
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

/** Share of a ring's hops between domains that leave blocks of which each holds `perBlock` members. */
function ringCrossing(group: Group, perBlock: number): number {
  if (perBlock >= group.size) return 0
  return Math.min(1, Math.ceil(group.size / perBlock) / Math.ceil(group.size / group.perDomain))
}

/**
 * Share of the network rate left to traffic of which the parts `leaf` and `pod` climb beyond the first switch and the
 * pod, from each card to `peers` at once.
 */
function networkShare({ fabric, hashed }: Machine, leaf: number, pod: number, peers: number): number {
  return Math.min(
    tierShare(hashed, leaf * (fabric.leafOversubscription ?? 1), peers),
    tierShare(hashed, pod * fabric.oversubscription, peers),
  )
}

/** Members of a group below one first switch. */
function perLeaf(machine: Machine, { size, stride }: Group): number {
  return membersPerBlock(size, stride, machine.leafChips)
}

/** Bytes/s of the cards of one domain's members, in a ring or a tree in the order of ranks. */
function cardBandwidth(machine: Machine, group: Group): number {
  const leaf = ringCrossing(group, perLeaf(machine, group))
  const pod = ringCrossing(group, group.perPod)
  const cards = machine.scaleUp.axes === undefined ? Math.min(MOST_CARDS, group.perDomain) : group.perDomain
  return cards * machine.nicBandwidth * networkShare(machine, leaf, pod, 1)
}

/** Seconds of a transfer passed on over `steps` hops: what each takes, and the chunk that each holds back of a large one. */
function pipelinedSeconds({ scaleUp }: Machine, wire: number, steps: number, chunkBytes: number): number {
  const held = (steps * chunkBytes) / (scaleUp.bandwidth * scaleUp.achieved.allGather)
  return wire + steps * scaleUp.hopLatency + (held > 0 ? (held * wire) / (held + wire) : 0)
}

/** Hops of a collective inside a domain that goes round once: on a torus half of each ring and all of each line. */
function domainSteps({ scaleUp: { axes } }: Machine, group: Group): number {
  if (axes === undefined) return group.perDomain - 1
  let steps = 0
  let span = 1
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i] as Axis
    const members = membersAlong(group, span, axis.chips)
    if (members > 1) steps += axisLinks(axis, members) === 2 ? Math.floor(members / 2) : members - 1
    span *= axis.chips
  }
  return Math.max(1, steps)
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
    const wire = exchangeSeconds(machine, group, bytes) + copy
    const steps = scaleUp.axes === undefined ? Math.log2(n) : domainSteps(machine, group)
    const chunk = scaleUp.allToAllChunkBytes ?? scaleUp.chunkBytes
    return (scaleUp.allToAllLatency ?? scaleUp.baseLatency) + pipelinedSeconds(machine, wire, steps, chunk)
  }
  if (collective === 'allReduce') {
    const inSwitch = addsInDomain(machine, n)
    const rate = inSwitch ? scaleUp.bandwidth * (scaleUp.inSwitchShare ?? 1) : bandwidth
    const steps = inSwitch ? IN_SWITCH_HOPS * Math.log2(n) : 2 * domainSteps(machine, group)
    return scaleUp.baseLatency + pipelinedSeconds(machine, (2 * sent) / rate + copy, steps, scaleUp.chunkBytes)
  }
  return (
    scaleUp.baseLatency +
    pipelinedSeconds(machine, sent / bandwidth + copy, domainSteps(machine, group), scaleUp.chunkBytes)
  )
}

/**
 * Seconds on the wire of an all-to-all of `bytes` a member inside a domain. On a torus the middle of the slowest axis
 * sets the pace: half of the bytes of one half of its members pass it, over one link on a line and two on a ring.
 */
function exchangeSeconds(machine: Machine, group: Group, bytes: number): number {
  const { axes, achieved } = machine.scaleUp
  const n = group.perDomain
  const sent = ((n - 1) / n) * bytes
  let slowest = sent / groupScaleUpBandwidth(machine, group, 'allToAll')
  if (axes === undefined) return slowest
  let span = 1
  for (let i = 0; i < axes.length; i++) {
    const axis = axes[i] as Axis
    const members = membersAlong(group, span, axis.chips)
    const halves = Math.floor(members / 2) * Math.ceil(members / 2)
    const links = members * axisLinks(axis, members) * axis.linkBandwidth * achieved.allToAll
    slowest = Math.max(slowest, (bytes * halves) / links)
    span *= axis.chips
  }
  return slowest
}

/**
 * Expected domains other than its own that a token with `copies` evenly routed experts reaches, of `domains`:
 * (D − 1)·(1 − (1 − 1/D)^copies), at most what routing allows.
 */
function remoteDomains({ copies, mostDomains }: Spread, domains: number): number {
  const reached = domains * (1 - (1 - 1 / domains) ** copies)
  return (Math.min(reached, mostDomains) * (domains - 1)) / domains
}

/** Terms to be filled. */
export function newTerms(): NetworkTerms {
  return {
    cards: 0,
    round: 0,
    sent: 0,
    within: 0,
    kept: 0,
    gather: 0,
    scatter: 0,
    reduce: 0,
    doublings: 0,
    aggregated: 0,
  }
}

/**
 * Fills what rings and trees between domains take of the network whatever their bytes are.
 *
 * A ring through whole domains runs over the cards of all members side by side: it enters and leaves each domain once,
 * so that each chip's links carry all parts of it but the one that leaves there. Tori do it by hierarchy: each chip
 * gathers or scatters its part in its domain, and the parts go round between domains.
 */
export function fillTerms(terms: NetworkTerms, machine: Machine, group: Group): void {
  const { scaleUp, fabric } = machine
  const { size, perDomain } = group
  const domains = Math.ceil(size / perDomain)
  const switched = scaleUp.axes === undefined
  const whole = perDomain === 1 || switched
  const between = switched ? size - 1 : domains - 1
  terms.cards = cardBandwidth(machine, group)
  terms.sent = whole ? (size - 1) / size : (domains - 1) / domains
  terms.within = (perDomain - 1) / perDomain
  terms.kept = whole ? terms.sent : 1
  terms.gather = perDomain === 1 ? 1 : groupScaleUpBandwidth(machine, group, 'allGather')
  terms.scatter = perDomain === 1 ? 1 : groupScaleUpBandwidth(machine, group, 'reduceScatter')
  terms.reduce = perDomain === 1 ? 1 : groupScaleUpBandwidth(machine, group, 'allReduce')
  terms.doublings = Math.log2(domains)
  terms.aggregated =
    perDomain > 1 || !switched
      ? Number.POSITIVE_INFINITY
      : fabric.baseLatency +
        (terms.doublings * PAT.levels * (fabric.levelLatency ?? fabric.hopLatency) + size * PAT.member)
  terms.round =
    (switched ? (size - domains) * RING_STEP_SECONDS : domainSteps(machine, group) * scaleUp.hopLatency) +
    ((domains - 1) * fabric.hopLatency + between * (fabric.messageLatency ?? 0))
}

function termsOf(machine: Machine, group: Group): Readonly<NetworkTerms> {
  if (group.terms !== null) return group.terms
  const terms = newTerms()
  fillTerms(terms, machine, group)
  return terms
}

function ringBandwidth({ gather, scatter, reduce }: NetworkTerms, collective: Collective): number {
  if (collective === 'allGather') return gather
  return collective === 'reduceScatter' ? scatter : reduce
}

/** Seconds of a ring that goes round `rounds` times. */
function ringSeconds(machine: Machine, group: Group, collective: Collective, bytes: number, rounds: number): number {
  const terms = termsOf(machine, group)
  const within = ((terms.within * bytes) / ringBandwidth(terms, collective)) * terms.kept
  return machine.fabric.baseLatency + rounds * (terms.round + Math.max(within, (terms.sent * bytes) / terms.cards))
}

/**
 * Seconds of an all-reduce up and down a double binary tree between domains: added in each domain's switch or along a
 * chain through its chips. A domain between others sends half of the buffer up and to two below in the one tree and half
 * up in the other; of two or three domains none has two below (SimAI's factors 2 and 4/3). Endless over tori.
 */
function treeSeconds(machine: Machine, group: Group, bytes: number): number {
  const { scaleUp, fabric } = machine
  const n = group.size
  const inside = group.perDomain
  if (inside > 1 && scaleUp.axes !== undefined) return Number.POSITIVE_INFINITY
  const domains = Math.ceil(n / inside)
  const { cards, doublings } = termsOf(machine, group)
  const levels = 2 * doublings
  const sent = domains === 2 ? 1 : domains === 3 ? 1.5 : 2
  let wire = (sent * bytes) / cards
  let level = fabric.levelLatency ?? fabric.hopLatency
  if (inside > 1) {
    level += scaleUp.baseLatency
    wire = Math.max(
      wire,
      addsInDomain(machine, inside)
        ? (2 * ((n - 1) / n) * bytes) / (scaleUp.bandwidth * (scaleUp.inSwitchShare ?? 1))
        : (2 * bytes) / (CHAIN_SHARE * groupScaleUpBandwidth(machine, group, 'allReduce')),
    )
  }
  const held = (levels * (fabric.chunkBytes ?? 0)) / machine.nicBandwidth
  return fabric.baseLatency + levels * level + wire + (held > 0 ? (held * wire) / (held + wire) : 0)
}

/** Seconds of an all-reduce that the network's switches add; endless where they cannot. */
function inSwitchSeconds(machine: Machine, group: Group, bytes: number): number {
  const { scaleUp, fabric } = machine
  if (!fabric.inSwitchReduction) return Number.POSITIVE_INFINITY
  const n = group.size
  const inside = group.perDomain
  const up = inside > 1 ? (2 * ((n - 1) / n) * bytes) / groupScaleUpBandwidth(machine, group, 'allReduce') : 0
  const wire = Math.max(bytes / termsOf(machine, group).cards, up)
  return fabric.baseLatency + 2 * scaleUp.hopLatency + 2 * fabric.hopLatency + wire
}

/** Seconds of an all-gather or reduce-scatter by parallel aggregated trees; endless where they do not run. */
function aggregatedSeconds(machine: Machine, group: Group, bytes: number): number {
  const { aggregated, sent, cards } = termsOf(machine, group)
  return aggregated + (sent * bytes) / (PAT_SHARE * cards)
}

/** Seconds over the network of a collective that gathers or scatters. */
export function gatherSeconds(machine: Machine, group: Group, collective: Collective, bytes: number): number {
  return Math.min(ringSeconds(machine, group, collective, bytes, 1), aggregatedSeconds(machine, group, bytes))
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
      return gatherSeconds(machine, group, collective, bytes)
    case 'allToAll': {
      const far = n - inside
      const climbs = networkShare(
        machine,
        Math.min(1, Math.max(0, n - perLeaf(machine, group)) / far),
        Math.min(1, Math.max(0, n - group.perPod) / far),
        far,
      )
      const share = spread === null ? (n - inside) / n : remoteDomains(spread, Math.ceil(n / inside)) / spread.copies
      const remote = (bytes * share) / (machine.nicBandwidth * climbs)
      // Copies that travelled once a domain are spread over its links.
      const onward = spread === null ? (inside - 1) / n : (inside - 1) / inside
      const local = inside > 1 ? exchangeSeconds(machine, group, (bytes * onward * inside) / (inside - 1)) : 0
      const latency = fabric.baseLatency + fabric.hopLatency + (n - inside) * POST_SECONDS
      return latency + Math.max(remote, local)
    }
    case 'sendRecv': {
      const pod = fabric.podChips ?? Number.POSITIVE_INFINITY
      const climbs = networkShare(
        machine,
        Math.min(1, group.stride / machine.leafChips),
        Math.min(1, group.stride / pod),
        1,
      )
      return fabric.baseLatency + fabric.hopLatency + bytes / (machine.nicBandwidth * climbs)
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

/** What NCCL's tuner takes, by its own rule: the fastest of what is valid for the group. */
function algorithmOf(machine: Machine, group: Group, collective: Collective, bytes: number): Algorithm {
  if (collective === 'sendRecv') return 'direct'
  if (collective === 'allToAll') return 'pairwise'
  const inDomain = group.perDomain >= group.size
  const hierarchical = machine.scaleUp.axes !== undefined && group.perDomain > 1
  if (collective !== 'allReduce') {
    if (inDomain) return 'ring'
    if (hierarchical) return 'hierarchical'
    const ring = ringSeconds(machine, group, collective, bytes, 1)
    return ring <= aggregatedSeconds(machine, group, bytes) ? 'ring' : 'pat'
  }
  if (inDomain) return addsInDomain(machine, group.size) ? 'in-switch' : 'ring'
  const ring = ringSeconds(machine, group, 'allReduce', bytes, 2)
  const tree = treeSeconds(machine, group, bytes)
  if (inSwitchSeconds(machine, group, bytes) < Math.min(ring, tree)) return 'in-switch'
  if (tree < ring) return 'tree'
  return hierarchical ? 'hierarchical' : 'ring'
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
  const algorithm = algorithmOf(machine, group, collective, bytes)
  return {
    seconds: collectiveSeconds(machine, group, collective, bytes, spread),
    algorithm,
    link: group.perDomain >= group.size ? 'scale-up' : 'network',
  }
}

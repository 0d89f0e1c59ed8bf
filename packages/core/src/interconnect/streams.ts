/** Collectives as streams over the links of a cluster, by algorithm. */

import type { Collective, ScaleUpLink } from '@walltime/hardware'
import type { Algorithm } from '../step/collectives.ts'
import { type Cluster, coordinates, type Route } from './cluster.ts'
import type { Stream } from './max-min.ts'
import { CHAIN_SHARE, IN_SWITCH_MEMBERS, MOST_CARDS, PAT_SHARE } from './shares.ts'

/** Links and bytes on them by link. */
type Loads = Map<number, number>

function addRoute(loads: Loads, { links, weights }: Route, bytes: number): void {
  links.forEach((link, i) => {
    loads.set(link, (loads.get(link) ?? 0) + bytes * (weights[i] as number))
  })
}

const streamOf = (bytes: number, loads: Loads): Stream => ({
  bytes,
  links: [...loads.keys()],
  weights: [...loads.values()],
})

/** Members of a group by the domain that they sit in, in order. */
function byDomain(cluster: Cluster, members: readonly number[]): readonly (readonly number[])[] {
  const domains = new Map<number, number[]>()
  for (const chip of members) {
    const domain = Math.floor(chip / cluster.domainChips)
    const own = domains.get(domain)
    if (own === undefined) domains.set(domain, [chip])
    else own.push(chip)
  }
  return [...domains.values()]
}

/** Number of a flow: the chips it joins and which of the flows between them it is. */
const flowNumber = (from: number, to: number, part: number): number =>
  Math.imul(Math.imul(from, 65_599) + to, 65_599) + part

/** Bytes that each member of a ring sends on, over those of the buffer, once round. */
const once = (size: number): number => (size - 1) / size

/**
 * Order in which channel `channel` visits the members of the domain at `place` of a ring: it enters at the card by which
 * it left the one before. In a mesh the n channels go zigzag (c, c+1, c-1, c+2, …), which uses each of its links once.
 */
function pathThrough(
  domain: readonly number[],
  topology: ScaleUpLink['topology'],
  channel: number,
  place: number,
): readonly number[] {
  const n = domain.length
  const turn = topology === 'mesh' ? (place * n) / 2 : -place
  return domain.map((_, i) => {
    const step = topology === 'mesh' ? (i % 2 === 1 ? (i + 1) / 2 : -i / 2) : i
    return domain[((Math.floor(channel + turn + step) % n) + n) % n] as number
  })
}

/** The last domain's path, ending at the place at which the ring began, so that it closes card to card. */
function endingAt(path: readonly number[], first: number | undefined, { domainChips }: Cluster): readonly number[] {
  const place = path.findIndex((chip) => chip % domainChips === (first ?? 0) % domainChips)
  return place < 1 ? path : [...path.slice(0, place), ...path.slice(place + 1), path[place] as number]
}

/** Channels side by side between domains: one a member, as far as the library goes. */
function channelsOf({ scaleUp }: Cluster, domains: readonly (readonly number[])[]): number {
  const most = Math.max(...domains.map((domain) => domain.length))
  return scaleUp.axes === undefined ? Math.min(MOST_CARDS, most) : most
}

/**
 * A ring through all domains: channels side by side, each leaving a domain at another of
 * them and entering the next there; each channel's traffic in the flows that the network hashes.
 */
function ring(cluster: Cluster, members: readonly number[], bytes: number, rounds: number): Stream[] {
  const domains = byDomain(cluster, members)
  const channels = domains.length === 1 ? 1 : channelsOf(cluster, domains)
  const parts = domains.length === 1 ? 1 : cluster.flows
  const sent = rounds * once(members.length)
  const streams: Stream[] = []
  for (let channel = 0; channel < channels; channel++) {
    const paths = domains.map((domain, place) => pathThrough(domain, cluster.scaleUp.topology, channel, place))
    const order = [...paths.slice(0, -1).flat(), ...endingAt(paths.at(-1) ?? [], paths[0]?.[0], cluster)]
    for (let part = 0; part < parts; part++) {
      const loads: Loads = new Map()
      order.forEach((from, i) => {
        const to = order[(i + 1) % order.length] as number
        addRoute(loads, cluster.route(from, to, flowNumber(from, to, part)), sent)
      })
      streams.push(streamOf(bytes / channels / parts, loads))
    }
  }
  return streams
}

/** Every member sends its part to every other at once: how a mesh gathers, scatters and reduces over all of its links. */
function allPairs(cluster: Cluster, members: readonly number[], bytes: number, rounds: number): Stream {
  const loads: Loads = new Map()
  for (const from of members)
    for (const to of members) if (from !== to) addRoute(loads, cluster.route(from, to, 0), rounds / members.length)
  return streamOf(bytes, loads)
}

/** Parent of each node of a binary tree over `size` nodes in which the even places are leaves; -1 for the root (NCCL, trees.cc). */
export function binaryTree(size: number): readonly number[] {
  const parents = new Array<number>(size).fill(-1)
  for (let node = 1; node < size; node++) {
    let bit = 1
    while ((node & bit) === 0) bit <<= 1
    const up = (node ^ bit) | (bit << 1)
    parents[node] = up >= size ? node ^ bit : up
  }
  return parents
}

/** Parents in the other tree of a pair, in which the leaves of the first are inside: the same shifted by one, or mirrored. */
export function otherTree(size: number): readonly number[] {
  const first = binaryTree(size)
  const place = size % 2 === 1 ? (node: number) => (node + 1) % size : (node: number) => size - 1 - node
  const parents = new Array<number>(size).fill(-1)
  first.forEach((parent, node) => {
    parents[place(node)] = parent < 0 ? -1 : place(parent)
  })
  return parents
}

/** What an all-reduce puts on the links inside the domains: added in the switch, or up and down a chain. */
function reduceInside(cluster: Cluster, domains: readonly (readonly number[])[], size: number, loads: Loads): void {
  for (const domain of domains) {
    if (domain.length === 1) continue
    if (cluster.scaleUp.inSwitchReduction && domain.length >= IN_SWITCH_MEMBERS) {
      for (const chip of domain) loads.set(cluster.adder(chip), 2 * once(size))
      continue
    }
    domain.forEach((chip, i) => {
      const next = domain[(i + 1) % domain.length] as number
      addRoute(loads, cluster.route(chip, next, 0), 2 / CHAIN_SHARE)
    })
  }
}

/** A double binary tree between domains, half of the buffer up and down each, on channels as those of the ring. */
function tree(cluster: Cluster, members: readonly number[], bytes: number): Stream[] {
  const domains = byDomain(cluster, members)
  const channels = channelsOf(cluster, domains)
  const streams: Stream[] = []
  for (let channel = 0; channel < channels; channel++) {
    for (let part = 0; part < cluster.flows; part++) {
      const loads: Loads = new Map()
      for (const parents of [binaryTree(domains.length), otherTree(domains.length)]) {
        parents.forEach((parent, node) => {
          if (parent < 0) return
          const at = (domain: number) => domains[domain]?.[channel % (domains[domain]?.length ?? 1)] as number
          const [child, above] = [at(node), at(parent)]
          addRoute(loads, cluster.route(child, above, flowNumber(child, above, part)), 1 / 2)
          addRoute(loads, cluster.route(above, child, flowNumber(above, child, part)), 1 / 2)
        })
      }
      reduceInside(cluster, domains, members.length, loads)
      streams.push(streamOf(bytes / channels / cluster.flows, loads))
    }
  }
  return streams
}

/** An all-reduce added by the switches: of the domain, or of the network with each domain's members side by side. */
function inSwitch(cluster: Cluster, members: readonly number[], bytes: number): Stream {
  const domains = byDomain(cluster, members)
  const loads: Loads = new Map()
  if (domains.length === 1) {
    for (const chip of members) loads.set(cluster.adder(chip), 2 * once(members.length))
    return streamOf(bytes, loads)
  }
  for (const domain of domains) {
    for (const chip of domain) {
      const { up, down } = cluster.card(chip)
      loads.set(up, (loads.get(up) ?? 0) + 1 / domain.length)
      loads.set(down, (loads.get(down) ?? 0) + 1 / domain.length)
    }
    if (domain.length > 1)
      domain.forEach((chip, i) => {
        const next = domain[(i + 1) % domain.length] as number
        addRoute(loads, cluster.route(chip, next, 0), 2 * once(members.length))
      })
  }
  return streamOf(bytes, loads)
}

/** Parallel aggregated trees: in step i of log2(n) a member sends 2^i parts to the one n/2^(i+1) places on. */
function aggregated(cluster: Cluster, members: readonly number[], bytes: number): Stream[] {
  const n = members.length
  return Array.from({ length: cluster.flows }, (_, part) => {
    const loads: Loads = new Map()
    let sent = 0
    for (let distance = 2 ** (Math.ceil(Math.log2(n)) - 1); distance >= 1; distance /= 2) {
      const own = Math.min(Math.max(1, sent + 1), n - 1 - sent)
      sent += own
      members.forEach((from, i) => {
        const to = members[(i + distance) % n] as number
        addRoute(loads, cluster.route(from, to, flowNumber(from, to, part)), own / n / PAT_SHARE)
      })
    }
    return streamOf(bytes / cluster.flows, loads)
  })
}

/** Each member sends a part of its bytes to each other: one stream a member. */
function exchange(cluster: Cluster, members: readonly number[], bytes: number): Stream[] {
  return members.map((from) => {
    const loads: Loads = new Map()
    for (const to of members)
      for (let part = 0; part < cluster.flows; part++)
        if (to !== from)
          addRoute(loads, cluster.route(from, to, flowNumber(from, to, part)), 1 / members.length / cluster.flows)
    return streamOf(bytes, loads)
  })
}

/** Each member but the last sends to the next. */
function sends(cluster: Cluster, members: readonly number[], bytes: number): Stream[] {
  const hops: Stream[] = []
  for (let i = 0; i + 1 < members.length; i++) {
    const [from, to] = [members[i] as number, members[i + 1] as number]
    for (let part = 0; part < cluster.flows; part++) {
      const route = cluster.route(from, to, flowNumber(from, to, part))
      hops.push({ bytes: bytes / cluster.flows, links: route.links, weights: route.weights })
    }
  }
  return hops
}

type Axes = NonNullable<ScaleUpLink['axes']>

/** Orders of some axes. */
function orders(axes: readonly number[]): readonly (readonly number[])[] {
  if (axes.length < 2) return [axes]
  return axes.flatMap((first) => orders(axes.filter((axis) => axis !== first)).map((rest) => [first, ...rest]))
}

/**
 * Rings and lines along the axes of a torus, one axis after the other, parts of the buffer taking the axes in other
 * orders so that all links are busy; the parts are sized so that no axis is done later than another. Along a ring half
 * goes either way; along a line what lies behind each chip passes it.
 */
function torusRings(cluster: Cluster, members: readonly number[], bytes: number, rounds: number): Stream {
  return streamOf(bytes, torusLoads(cluster, members, rounds))
}

function torusLoads(cluster: Cluster, members: readonly number[], rounds: number): Loads {
  const axes = cluster.scaleUp.axes as Axes
  const base = Math.floor((members[0] as number) / cluster.domainChips) * cluster.domainChips
  const places = members.map((chip) => coordinates(axes, chip - base))
  const lengths = axes.map((_, axis) => new Set(places.map((place) => place[axis])).size)
  const busy = axes.map((_, axis) => axis).filter((axis) => (lengths[axis] as number) > 1)
  const n = members.length
  // Bytes, over the buffer's, that an axis carries towards each member where it is the next in an order.
  const volumes = orders(busy).map((order) => {
    const volume = new Map<number, number>()
    let gathered = 1
    for (const axis of order) {
      volume.set(axis, (((lengths[axis] as number) - 1) * gathered) / n)
      gathered *= lengths[axis] as number
    }
    return volume
  })
  const isRing = (axis: number) => lengths[axis] === (axes[axis] as Axes[number]).chips && (lengths[axis] as number) > 2
  const rate = (axis: number) => (isRing(axis) ? 2 : 1) * (axes[axis] as Axes[number]).linkBandwidth
  const share = evenShares(volumes.map((volume) => busy.map((axis) => (volume.get(axis) as number) / rate(axis))))
  const loads: Loads = new Map()
  members.forEach((chip, i) => {
    for (const axis of busy) {
      const volume = volumes.reduce((sum, one, order) => sum + (share[order] as number) * (one.get(axis) as number), 0)
      const length = lengths[axis] as number
      const add = (direction: 1 | -1, part: number) => {
        const link = cluster.neighbour(chip, axis, direction)
        loads.set(link, (loads.get(link) ?? 0) + rounds * volume * part)
      }
      if (isRing(axis)) {
        add(1, 1 / 2)
        add(-1, 1 / 2)
        continue
      }
      const along = [...new Set(places.map((place) => place[axis] as number))].sort((a, b) => a - b)
      const place = along.indexOf(places[i]?.[axis] as number)
      if (place < length - 1) add(1, (place + 1) / (length - 1))
      if (place > 0) add(-1, (length - place) / (length - 1))
    }
  })
  return loads
}

/**
 * Parts gathered or scattered in each domain while the parts of each chip go round between the domains, over all cards.
 */
function hierarchy(cluster: Cluster, members: readonly number[], bytes: number, rounds: number): Stream[] {
  const domains = byDomain(cluster, members)
  const streams = domains.map((domain) => streamOf(bytes, torusLoads(cluster, domain, rounds)))
  const [first = []] = domains
  first.forEach((_, place) => {
    const round = domains.map((domain) => domain[place % domain.length] as number)
    for (let part = 0; part < cluster.flows; part++) {
      const loads: Loads = new Map()
      round.forEach((from, i) => {
        const to = round[(i + 1) % round.length] as number
        addRoute(loads, cluster.route(from, to, flowNumber(from, to, part)), rounds * once(round.length))
      })
      streams.push(streamOf(bytes / first.length / cluster.flows, loads))
    }
  })
  return streams
}

/** Rounds of the play below: the shares are then within a thousandth of the best. */
const ROUNDS = 4000

/** Shares of the orders at which the slowest axis takes least: each round adds to the order that eases the slowest axis most. */
function evenShares(seconds: readonly (readonly number[])[]): readonly number[] {
  const axes = seconds[0]?.length ?? 0
  const total = new Array<number>(axes).fill(0)
  const played = new Array<number>(seconds.length).fill(0)
  for (let round = 0; round < ROUNDS; round++) {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    seconds.forEach((one, order) => {
      const slowest = Math.max(...total.map((sum, axis) => sum + (one[axis] as number)))
      if (slowest < least) [best, least] = [order, slowest]
    })
    played[best] = (played[best] as number) + 1
    seconds[best]?.forEach((value, axis) => {
      total[axis] = (total[axis] as number) + value
    })
  }
  return played.map((count) => count / ROUNDS)
}

/** Streams of one collective of `bytes` over the chips of a group. */
export function collectiveStreams(
  cluster: Cluster,
  members: readonly number[],
  collective: Collective,
  algorithm: Algorithm,
  bytes: number,
): readonly Stream[] {
  if (members.length < 2) return []
  if (collective === 'sendRecv') return sends(cluster, members, bytes)
  if (collective === 'allToAll') return exchange(cluster, members, bytes)
  const rounds = collective === 'allReduce' ? 2 : 1
  if (algorithm === 'tree') return tree(cluster, members, bytes)
  if (algorithm === 'in-switch') return [inSwitch(cluster, members, bytes)]
  if (algorithm === 'hierarchical') return hierarchy(cluster, members, bytes, rounds)
  if (algorithm === 'pat') return aggregated(cluster, members, bytes)
  const inDomain = byDomain(cluster, members).length === 1
  if (inDomain && cluster.scaleUp.axes !== undefined) return [torusRings(cluster, members, bytes, rounds)]
  if (inDomain && cluster.scaleUp.topology === 'mesh') return [allPairs(cluster, members, bytes, rounds)]
  return ring(cluster, members, bytes, rounds)
}

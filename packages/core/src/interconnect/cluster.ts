/** A pool as a graph: chips, the links of their domains, network cards and tiers of switches, each link with its capacity. */

import type { Collective, Fabric, ScaleUpLink, System } from '@walltime/hardware'
import { leafChips, sliceLink } from '../step/machine.ts'
import { SPREAD_SHARE } from './tier-share.ts'

/** Links of a path, by number, and bytes that one byte of the flow puts on each. */
export interface Route {
  readonly links: readonly number[]
  readonly weights: readonly number[]
}

export interface Cluster {
  readonly chips: number
  /** Bytes/s of each directed link. */
  readonly capacity: Float64Array
  /** What each link joins, for people. */
  readonly names: readonly string[]
  readonly domainChips: number
  readonly scaleUp: ScaleUpLink
  /** Flows into which the traffic between two cards is cut for the routes that their hashes pick. */
  readonly flows: number
  /** Links of a flow from chip to chip; its number decides the route where routes are hashed. */
  readonly route: (from: number, to: number, flow: number) => Route
  /** Link to the next chip along an axis of a torus, up (1) or down (-1). */
  readonly neighbour: (chip: number, axis: number, direction: 1 | -1) => number
  /** What the chip puts into an all-reduce that its domain's switch adds, at the rate of its bus bandwidth. */
  readonly adder: (chip: number) => number
  /** Links to and from the card of a chip. */
  readonly card: (chip: number) => { readonly up: number; readonly down: number }
}

/** Links numbered as they are made. */
interface LinkTable {
  readonly capacity: number[]
  readonly names: string[]
  readonly add: (capacity: number, name: string) => number
}

function linkTable(): LinkTable {
  const capacity: number[] = []
  const names: string[] = []
  return { capacity, names, add: (rate, name) => capacity.push(rate) && names.push(name) - 1 }
}

/** Coordinates of a chip of a domain on the axes of its torus. */
export function coordinates(axes: NonNullable<ScaleUpLink['axes']>, chip: number): readonly number[] {
  let rest = chip
  return axes.map(({ chips }) => {
    const place = rest % chips
    rest = Math.floor(rest / chips)
    return place
  })
}

/** A whole number spread evenly by all bits of what it is made from (the finaliser of MurmurHash3). */
function hash(flow: number, salt: number): number {
  let h = (Math.imul(flow, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b)) >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0
  return (h ^ (h >>> 16)) >>> 0
}

interface DomainLinks {
  readonly inside: (from: number, to: number) => readonly number[]
  readonly neighbour: Cluster['neighbour']
}

function switchedDomain(table: LinkTable, chips: number, rate: number): DomainLinks {
  const up = Array.from({ length: chips }, (_, chip) => table.add(rate, `chip ${chip} to its switch`))
  const down = Array.from({ length: chips }, (_, chip) => table.add(rate, `switch to chip ${chip}`))
  return {
    inside: (from, to) => [up[from] as number, down[to] as number],
    neighbour: () => {
      throw new Error('a switched domain has no neighbours')
    },
  }
}

function meshDomain(table: LinkTable, chips: number, domain: number, rate: number): DomainLinks {
  const links = new Map<string, number>()
  for (let from = 0; from < chips; from++) {
    const first = from - (from % domain)
    for (let to = first; to < Math.min(chips, first + domain); to++)
      if (to !== from) links.set(`${from} ${to}`, table.add(rate / (domain - 1), `chip ${from} to chip ${to}`))
  }
  return {
    inside: (from, to) => [links.get(`${from} ${to}`) as number],
    neighbour: () => {
      throw new Error('a mesh has no axes')
    },
  }
}

function torusDomain(
  table: LinkTable,
  chips: number,
  domain: number,
  axes: NonNullable<ScaleUpLink['axes']>,
  achieved: number,
): DomainLinks {
  const spans = axes.map((_, i) => axes.slice(0, i).reduce((product, axis) => product * axis.chips, 1))
  const links = new Map<string, number>()
  const neighbour: Cluster['neighbour'] = (chip, axis, direction) => {
    const link = links.get(`${chip} ${axis} ${direction}`)
    if (link === undefined) throw new Error(`chip ${chip} has no neighbour along axis ${axis}`)
    return link
  }
  const step = (chip: number, axis: number, direction: 1 | -1): number => {
    const { chips: length } = axes[axis] as { chips: number }
    const span = spans[axis] as number
    const base = chip - (chip % domain)
    const place = Math.floor((chip - base) / span) % length
    return chip + (((place + direction + length) % length) - place) * span
  }
  for (let chip = 0; chip < chips; chip++) {
    axes.forEach(({ chips: length, linkBandwidth }, axis) => {
      if (length < 2) return
      const name = (direction: string) => `chip ${chip}, axis ${axis} ${direction}`
      const up = table.add(linkBandwidth * achieved, name('up'))
      links.set(`${chip} ${axis} 1`, up)
      // Two chips have one link between them, not one for each way round.
      links.set(`${chip} ${axis} -1`, length === 2 ? up : table.add(linkBandwidth * achieved, name('down')))
    })
  }
  return {
    inside: (from, to) => {
      const path: number[] = []
      const base = from - (from % domain)
      const here = coordinates(axes, from - base)
      const there = coordinates(axes, to - base)
      let chip = from
      axes.forEach(({ chips: length }, axis) => {
        const ahead = ((there[axis] as number) - (here[axis] as number) + length) % length
        // Half way round either side will do: odd places go one way, even ones the other.
        const half = 2 * ahead === length && (here[axis] as number) % 2 === 1
        const direction = 2 * ahead > length || half ? -1 : 1
        for (let hop = 0; hop < Math.min(ahead, length - ahead); hop++) {
          path.push(neighbour(chip, axis, direction))
          chip = step(chip, axis, direction)
        }
      })
      return path
    },
    neighbour,
  }
}

/** Switches of the network: a flow's links between two cards. */
interface Switches {
  readonly between: (from: number, to: number, flow: number) => readonly number[]
}

interface Card {
  readonly node: number
  readonly place: number
}

/**
 * Leaves, the spines of each pod and the cores above: spine u of every pod joins the same cores, so that a flow's spine
 * on the way up is that on the way down. Where packets are spread the links of a switch to the tier above are one.
 */
function switches(
  table: LinkTable,
  system: System,
  fabric: Fabric,
  nodes: number,
  cardRate: number,
  salt: number,
): Switches {
  const cards = Math.min(system.nicsPerNode, system.chipsPerNode)
  const chips = nodes * system.chipsPerNode
  const leafNodes = Math.max(1, Math.floor(Math.min(chips, leafChips(system, fabric, chips)) / system.chipsPerNode))
  const podNodes = fabric.podChips === undefined ? nodes : Math.max(1, Math.ceil(fabric.podChips / system.chipsPerNode))
  const perLeaf = Math.min(leafNodes, nodes) * (fabric.rails === true ? 1 : cards)
  const rails = fabric.rails === true ? cards : 1
  const leafOf = ({ node, place }: Card) => Math.floor(node / leafNodes) * rails + (fabric.rails === true ? place : 0)
  const podOf = ({ node }: Card) => Math.floor(node / podNodes)
  const spread = fabric.adaptiveRouting
  const share = perLeaf / (fabric.leafOversubscription ?? 1)
  const uplinks = spread ? share : Math.max(1, Math.round(share))
  const leaves = Math.ceil(nodes / leafNodes) * rails
  const podLeaves = Math.max(1, Math.floor(podNodes / leafNodes)) * rails
  const bisection = (podLeaves * perLeaf) / fabric.oversubscription / uplinks
  const coreLinks = spread ? bisection : Math.max(1, Math.round(bisection))
  const ways = spread ? 1 : uplinks
  const coreWays = spread ? 1 : coreLinks
  const tier = (count: number, links: number, rate: number, name: string) =>
    Array.from({ length: count }, (_, i) =>
      Array.from({ length: links }, (_, link) => table.add(rate, `${name} ${i}, link ${link}`)),
    )
  const up = tier(leaves, ways, (cardRate * uplinks) / ways, 'up from leaf')
  const down = tier(leaves, ways, (cardRate * uplinks) / ways, 'down to leaf')
  const pods = Math.ceil(nodes / podNodes)
  const podRate = (cardRate * uplinks * coreLinks) / (ways * coreWays)
  const podUp = pods > 1 ? tier(pods, ways * coreWays, podRate, 'up from pod') : []
  const podDown = pods > 1 ? tier(pods, ways * coreWays, podRate, 'down to pod') : []
  const cardOf = (card: number): Card => ({ node: Math.floor(card / cards), place: card % cards })
  return {
    between: (from, to, flow) => {
      const [a, b] = [cardOf(from), cardOf(to)]
      const [leafA, leafB] = [leafOf(a), leafOf(b)]
      if (leafA === leafB) return []
      const spine = spread ? 0 : hash(flow, salt) % ways
      const path = [up[leafA]?.[spine] as number, down[leafB]?.[spine] as number]
      const [podA, podB] = [podOf(a), podOf(b)]
      if (podA === podB) return path
      const core = spine * coreWays + (spread ? 0 : hash(flow, salt + 7919) % coreWays)
      return [path[0] as number, podUp[podA]?.[core] as number, podDown[podB]?.[core] as number, path[1] as number]
    },
  }
}

/**
 * Builds the graph of `chips` chips of a system on a network, with the rates that a collective reaches on its links.
 * `draw` picks other hashes.
 */
export function buildCluster(system: System, fabric: Fabric, chips: number, collective: Collective, draw = 0): Cluster {
  const scaleUp = sliceLink(system.scaleUp, chips)
  const table = linkTable()
  const domain = system.domainChips
  const achieved = scaleUp.achieved[collective]
  const rate = scaleUp.bandwidth * achieved
  const links =
    scaleUp.axes !== undefined
      ? torusDomain(table, chips, domain, scaleUp.axes, achieved)
      : scaleUp.topology === 'mesh'
        ? meshDomain(table, chips, domain, rate)
        : switchedDomain(table, chips, rate)
  const adders = scaleUp.inSwitchReduction
    ? Array.from({ length: chips }, (_, chip) =>
        table.add(scaleUp.bandwidth * (scaleUp.inSwitchShare ?? 1), `chip ${chip} into its switch's sum`),
      )
    : []
  const nodes = Math.ceil(chips / system.chipsPerNode)
  const perNode = Math.min(system.nicsPerNode, system.chipsPerNode)
  const cardRate = (system.nicsPerNode * fabric.linkBandwidth * fabric.achieved) / perNode
  const cardUp = Array.from({ length: nodes * perNode }, (_, card) => table.add(cardRate, `card ${card} out`))
  const cardDown = Array.from({ length: nodes * perNode }, (_, card) => table.add(cardRate, `card ${card} in`))
  const { between } = switches(table, system, fabric, nodes, cardRate, draw)
  const cardOf = (chip: number) =>
    Math.floor(chip / system.chipsPerNode) * perNode +
    Math.floor(((chip % system.chipsPerNode) * perNode) / system.chipsPerNode)
  const plain = (path: readonly number[]): Route => ({ links: path, weights: path.map(() => 1) })
  return {
    chips,
    capacity: Float64Array.from(table.capacity),
    names: table.names,
    domainChips: domain,
    scaleUp,
    flows: fabric.adaptiveRouting ? 1 : (fabric.flowsPerPort ?? 4),
    route: (from, to, flow) => {
      if (from === to) return plain([])
      if (Math.floor(from / domain) === Math.floor(to / domain)) return plain(links.inside(from, to))
      const target = cardOf(to)
      // Rails: the message leaves through its node's card of the target's place, reached over the links of the node.
      const place = target % perNode
      const [first, last] = [from - (from % system.chipsPerNode), cardOf(from) % perNode]
      const relay = fabric.rails === true && scaleUp.topology !== 'host' && place !== last
      const via = relay ? first + Math.floor((place * system.chipsPerNode) / perNode) : from
      const source = cardOf(via)
      const inside = relay && via !== from ? links.inside(from, via) : []
      const middle = between(source, target, flow)
      const lost = middle.length > 0 && fabric.adaptiveRouting ? 1 / SPREAD_SHARE : 1
      const climbed = middle.map(() => lost)
      return {
        links: [...inside, cardUp[source] as number, ...middle, cardDown[target] as number],
        weights: [...inside.map(() => 1), lost, ...climbed, lost],
      }
    },
    neighbour: links.neighbour,
    adder: (chip) => adders[chip] as number,
    card: (chip) => ({ up: cardUp[cardOf(chip)] as number, down: cardDown[cardOf(chip)] as number }),
  }
}

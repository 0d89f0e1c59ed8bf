/** A system from the power of its whole node. */

import type { Provenance, System } from './profile.ts'
import { assumed } from './sources.ts'

const networkPower = assumed(
  'NIC ports, three tiers of switches and their optics; about a tenth of the power with storage',
)

type Node = Omit<System, 'provenance' | 'hostPower' | 'allInPower'> & {
  /** Watts of a whole node at most, network outside it excluded. */
  readonly nodePower: number
  readonly power: Provenance
  readonly layout: Provenance
}

/** The power of the parts from that of the whole node. */
export function system({ nodePower, power, layout, ...node }: Node): System {
  return {
    ...node,
    hostPower: nodePower - node.chipsPerNode * node.chip.tdp,
    allInPower: Math.round(nodePower / node.chipsPerNode) + node.networkPower,
    provenance: { '*': layout, hostPower: power, allInPower: power, networkPower },
  }
}

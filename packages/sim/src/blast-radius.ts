import type { BlastRadius, Pool } from '@walltime/core'
import type { Fabric } from '@walltime/hardware'

/** Ports of a leaf switch that go down to nodes: half of them, more where it is oversubscribed, all in a single tier. */
function leafPorts({ switchRadix, tiers, leafOversubscription = 1 }: Fabric): number {
  return tiers <= 1 ? switchRadix : (switchRadix * leafOversubscription) / (1 + leafOversubscription)
}

/**
 * Nodes of a job that a failure of this radius takes with it. The cards of one place in all nodes meet at one leaf switch
 * where the network has rails; otherwise all cards of a node hang on the same one.
 */
export function nodesOfRadius(radius: BlastRadius | number, pool: Pool, rackNodes: number): number {
  const { system, fabric } = pool
  const { chipsPerNode, nicsPerNode, domainChips } = system
  if (typeof radius === 'number') return radius
  switch (radius) {
    case 'chip':
    case 'node':
    case 'tray':
      return 1
    case 'rack':
      return rackNodes
    case 'domain':
      return Math.max(1, Math.ceil(domainChips / chipsPerNode))
    case 'leaf-switch':
      return Math.max(1, Math.floor(leafPorts(fabric) / (fabric.rails === true ? 1 : Math.max(1, nicsPerNode))))
    case 'pod':
      return fabric.podChips === undefined ? Number.POSITIVE_INFINITY : Math.ceil(fabric.podChips / chipsPerNode)
    case 'cluster':
      return Number.POSITIVE_INFINITY
  }
}

import type { Fabric } from '@walltime/hardware'

/**
 * Switches of a folded Clos network (fat tree) of `tiers` tiers with switches of `switchRadix` ports: below the top, half of
 * a switch's ports go down, so a tier has ports/(radix/2) switches; the top one has all its ports down, ports/radix, less by
 * the oversubscription above the pod. M. Al-Fares, A. Loukissas, A. Vahdat, SIGCOMM 2008, for any number of end ports.
 */
export function switchCount(
  fabric: Pick<Fabric, 'switchRadix' | 'tiers' | 'oversubscription'>,
  endPorts: number,
): number {
  const { switchRadix, tiers, oversubscription } = fabric
  if (tiers <= 1) return Math.ceil(endPorts / switchRadix)
  const below = Math.ceil(endPorts / (switchRadix / 2))
  const top = Math.ceil(endPorts / switchRadix / oversubscription)
  return (tiers - 1) * below + top
}

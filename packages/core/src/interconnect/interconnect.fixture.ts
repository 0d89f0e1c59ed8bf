import { builtinCatalog, type Fabric, type ScaleUpLink, type System } from '@walltime/hardware'
import { CALIBRATION } from '../calibration/calibration.ts'
import type { GroupSizes } from '../layout/placement.ts'
import type { Pool } from '../scenario/scenario.ts'
import { SOFTWARE_PRESETS } from '../scenario/software-presets.ts'
import { buildMachine, type Machine } from '../step/machine.ts'

/** Changes of a system's link and network; `extends` names another network. */
export interface Changes {
  readonly scaleUp?: Partial<ScaleUpLink>
  readonly fabric?: Partial<Fabric> & { readonly extends?: string }
}

export const sizesOf = (sizes: Partial<GroupSizes>): GroupSizes => ({
  tp: 1,
  cp: 1,
  ep: 1,
  etp: 1,
  dp: 1,
  pp: 1,
  ...sizes,
})

export function poolOf(id: string, chips: number, { scaleUp, fabric }: Changes = {}): Pool {
  const named = builtinCatalog.systems[id]
  if (named === undefined) throw new Error(`no system ${id}`)
  const system: System = { ...named, scaleUp: { ...named.scaleUp, ...scaleUp } }
  const { extends: other, ...changes } = fabric ?? {}
  const base = other === undefined ? system.fabric : builtinCatalog.fabrics[other]
  if (base === undefined) throw new Error(`no network ${other}`)
  return { id: 'main', site: 'main', system, chips, fabric: { ...base, ...changes }, pue: 1 }
}

export function machineOf(pool: Pool): Machine {
  const software = SOFTWARE_PRESETS['megatron-core']
  if (software === undefined) throw new Error('no software')
  return buildMachine(pool, 'bf16', software, CALIBRATION)
}

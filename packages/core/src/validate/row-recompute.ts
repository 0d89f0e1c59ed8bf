/** What a row says about recompute, as the nearest of our modes. */

import type { RecomputeModule } from '../scenario/scenario.ts'
import type { Row } from './row.ts'
import { frameworkFamily } from './software-table.ts'

export type RecomputeInput =
  | 'none'
  | 'full'
  | { readonly modules: readonly RecomputeModule[]; readonly layers?: number; readonly offload?: boolean }

export interface RowRecompute {
  /** By falling memory, of which the first that fits is taken. Null where the row does not say: the least that fits is taken. */
  readonly inputs: readonly RecomputeInput[] | null
  readonly note?: string
}

/** Megatron's names of what `--recompute-modules` may hold. */
const MEGATRON: Readonly<Record<string, readonly RecomputeModule[]>> = {
  core_attn: ['attention'],
  layernorm: ['norm'],
  moe_act: ['activation'],
  mla_up_proj: ['mla'],
  mlp: ['mlp'],
  moe: ['moe'],
  shared_experts: ['activation'],
}

/** MaxText's named policies as lists of what they keep. */
const POLICIES: Readonly<Record<string, readonly string[]>> = {
  minimal: ['qkv_proj', 'out_proj', 'mlpwi', 'mlpwo'],
  minimal_offloaded: ['qkv_proj', 'out_proj', 'mlpwi', 'mlpwo'],
  save_dot_except_mlp: ['qkv_proj', 'out_proj'],
  save_dot_except_mlpwi: ['qkv_proj', 'out_proj', 'mlpwo'],
  save_qkv_proj: ['qkv_proj'],
  qkv_proj_offloaded: ['qkv_proj'],
  save_out_proj: ['out_proj'],
}

const known = (table: Readonly<Record<string, readonly string[]>>, key: string) =>
  Object.hasOwn(table, key) ? table[key] : undefined

const OFFLOADED = /_offloaded$/

/** Full recompute with what remains, the inputs of layers, on the host. */
const FULL_OFFLOADED: RecomputeInput = { modules: ['layer'], offload: true }

/**
 * Everything is computed again except what is kept. Custom policies of MaxText place each kept tensor on the chip or on
 * the host; where a row does not tell, the host is taken where the chip has no room.
 */
function fromSaved(saved: readonly string[], offloaded: boolean): RowRecompute {
  const keeps = (...names: readonly string[]) => saved.some((item) => names.includes(item))
  const projections = keeps('qkv_proj') || (keeps('query_proj', 'key_proj') && keeps('value_proj'))
  const note = `keeps ${saved.join(', ')}`
  if (!projections) return { inputs: ['full', FULL_OFFLOADED], note: `${note}: taken as full recompute` }
  const mlp: RecomputeModule = keeps('mlpwi', 'mlpwi_0', 'mlpwi_1') ? 'activation' : 'mlp'
  const modules: readonly RecomputeModule[] = ['norm', 'attention', mlp]
  return {
    inputs: [...(offloaded ? [] : [{ modules }]), { modules, offload: true }, 'full', FULL_OFFLOADED],
    note: `${note}: norm, attention and ${mlp} run again`,
  }
}

function fromModules(modules: readonly string[]): RowRecompute {
  const ours = [...new Set(modules.flatMap((name) => known(MEGATRON, name) ?? []))] as RecomputeModule[]
  const strange = modules.filter((name) => known(MEGATRON, name) === undefined)
  const inputs = [{ modules: ours }]
  return strange.length === 0 ? { inputs } : { inputs, note: `recompute of ${strange.join(', ')} is left out` }
}

/** The nearest of our recompute modes to a row's, and what was changed on the way. */
export function rowRecompute(row: Row): RowRecompute {
  const { mode, modules, saved } = row.recompute ?? {}
  // What the collector assumed the source does not say.
  if (row.assumed?.includes('recompute.mode') === true) return { inputs: null }
  const offloaded = mode != null && OFFLOADED.test(mode)
  if (saved != null && saved.length > 0) return fromSaved(saved, offloaded)
  if (mode == null) return { inputs: null }
  if (mode === 'none') return { inputs: [mode] }
  if (mode === 'full') {
    const compiled = frameworkFamily(row.software.framework) === 'compiled'
    return { inputs: compiled ? [mode, FULL_OFFLOADED] : [mode] }
  }
  if (mode === 'selective') return fromModules(Array.isArray(modules) && modules.length > 0 ? modules : ['core_attn'])
  const policy = known(POLICIES, mode)
  if (policy !== undefined) return fromSaved(policy, offloaded)
  const layers = row.overlap?.recompute_num_layers
  if (mode.startsWith('full') && layers != null && layers > 0) return { inputs: [{ modules: ['layer'], layers }] }
  return { inputs: null, note: `recompute "${mode}" is unknown: the least that fits is taken` }
}

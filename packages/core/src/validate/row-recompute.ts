/** What a row says about recompute, as the nearest of our modes. */

import type { RecomputeModule } from '../scenario/scenario.ts'
import type { Row } from './row.ts'

export type RecomputeInput = 'none' | 'full' | { readonly modules: readonly RecomputeModule[] }

export interface RowRecompute {
  /** Null where the row does not say: the least that fits is taken. */
  readonly input: RecomputeInput | null
  /** What is taken where `input`, which keeps more than the row does, does not fit. */
  readonly otherwise?: RecomputeInput
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

/** Everything is computed again except what is kept. */
function fromSaved(saved: readonly string[]): RowRecompute {
  const keeps = (...names: readonly string[]) => saved.some((item) => names.includes(item))
  const projections = keeps('qkv_proj') || (keeps('query_proj', 'key_proj') && keeps('value_proj'))
  const note = `keeps ${saved.join(', ')}`
  if (!projections) return { input: 'full', note: `${note}: taken as full recompute` }
  const mlp: RecomputeModule = keeps('mlpwi', 'mlpwi_0', 'mlpwi_1') ? 'activation' : 'mlp'
  return {
    input: { modules: ['norm', 'attention', mlp] },
    otherwise: 'full',
    note: `${note}: norm, attention and ${mlp} run again`,
  }
}

function fromModules(modules: readonly string[]): RowRecompute {
  const ours = [...new Set(modules.flatMap((name) => known(MEGATRON, name) ?? []))] as RecomputeModule[]
  const strange = modules.filter((name) => known(MEGATRON, name) === undefined)
  const input = { modules: ours }
  return strange.length === 0 ? { input } : { input, note: `recompute of ${strange.join(', ')} is left out` }
}

/** The nearest of our recompute modes to a row's, and what was changed on the way. */
export function rowRecompute(row: Row): RowRecompute {
  const { mode, modules, saved } = row.recompute ?? {}
  // What the collector assumed the source does not say.
  if (row.assumed?.includes('recompute.mode') === true) return { input: null }
  if (saved != null && saved.length > 0) return fromSaved(saved)
  if (mode == null) return { input: null }
  if (mode === 'none' || mode === 'full') return { input: mode }
  if (mode === 'selective') return fromModules(Array.isArray(modules) && modules.length > 0 ? modules : ['core_attn'])
  const policy = known(POLICIES, mode)
  if (policy !== undefined) return fromSaved(policy)
  const layers = row.overlap?.recompute_num_layers
  if (mode.startsWith('full') && layers != null) {
    const stage = row.model.layers / (row.parallelism.pp ?? 1)
    const most = layers * 2 >= stage
    return {
      input: most ? 'full' : 'none',
      note: `${layers} of ${Math.ceil(stage)} layers a stage are recomputed: taken as ${most ? 'all' : 'none'}`,
    }
  }
  return { input: null, note: `recompute "${mode}" is unknown: the least that fits is taken` }
}

/** The architecture of a run: its own, a preset of its family and size, or a usual one of its size. */

import { countParameters } from '../../model/parameters.ts'
import type { Profiles } from '../../scenario/profiles.ts'
import type { WholeRun } from './whole-run.ts'

/** Parameters of a preset may differ by this share from those published and still be the same model. */
const SAME_SIZE = 0.02

const HEAD = 128
/** Width over layers of the usual dense models: 128 for Llama 2 7B and 13B, GPT-3 and Llama 3.1 405B. */
const ASPECT = 128
/** Experts that a token meets, shared one included, where only parameters are published. */
const USUAL_TOP_K = 4

const family = (model: string): string => /[a-z]+/.exec(model.toLowerCase())?.[0] ?? ''

const multiple = (value: number, of: number): number => Math.max(of, Math.round(value / of) * of)

function presetOf(run: WholeRun, models: Profiles['models']): string | undefined {
  if (run.params_b == null) return undefined
  const published = run.params_b * 1e9
  const mixture = run.active_params_b != null && run.active_params_b < run.params_b
  const near = Object.values(models)
    .filter((model) => family(model.name) === family(run.model) && (model.moe !== null) === mixture)
    .map((model) => ({ model, off: Math.abs(countParameters(model).total / published - 1) }))
    .filter(({ off }) => off <= SAME_SIZE)
  return near.sort((a, b) => a.off - b.off)[0]?.model.id
}

/** Shapes of Llama 2 and, from 2024 on, Llama 3: vocabulary, key-value heads, width of the MLP over the model's. */
const usualShape = (year: number) =>
  year < 2024 ? { vocab: 32_000, grouped: false, ffn: 8 / 3 } : { vocab: 128_256, grouped: true, ffn: 3.5 }

/** Eight, or fewer where the heads do not divide by them. */
const keyValueHeads = (heads: number): number => [8, 4, 2].find((count) => heads % count === 0) ?? 1

/**
 * A gated decoder of a number of parameters: 12·layers·hidden² and the two embeddings, hidden = 128·layers. What is not
 * active is experts beside it.
 *
 * @param total parameters, and those that a token passes through
 */
export function usualModel(total: number, active: number, year: number): object {
  const { vocab, grouped, ffn: widening } = usualShape(year)
  let hidden = Math.cbrt((active * ASPECT) / 12)
  for (let i = 0; i < 40; i++) hidden = Math.cbrt((Math.max(active - 2 * vocab * hidden, active / 4) * ASPECT) / 12)
  hidden = multiple(hidden, hidden < 4096 ? 256 : 1024)
  const layers = multiple(Math.max(active - 2 * vocab * hidden, active / 4) / (12 * hidden ** 2), 4)
  const heads = hidden / HEAD
  const ffn = multiple(hidden * widening, 256)
  const shape = { layers, hidden, heads, kvHeads: grouped ? keyValueHeads(heads) : heads, headDim: HEAD, vocab }
  if (total < active * 1.1) return { ...shape, ffnHidden: ffn }
  const expertFfn = multiple(ffn / USUAL_TOP_K, 128)
  const mlp = total - active + 3 * layers * hidden * expertFfn * USUAL_TOP_K
  // A power of two divides over ranks; the parameters that it misses cost memory, not FLOP.
  const experts = 2 ** Math.round(Math.log2(mlp / (3 * layers * hidden * expertFfn)))
  const moe = { experts, topK: USUAL_TOP_K - 1, expertFfn, sharedExperts: 1, sharedFfn: expertFfn }
  return { ...shape, ffnHidden: 0, moe }
}

export interface RunModel {
  /** As a scenario writes it. */
  readonly model: unknown
  /** Where it comes from, in words. */
  readonly origin: string
}

/** The model of a run; undefined where neither architecture nor parameters are published. */
export function runModel(run: WholeRun, year: number, models: Profiles['models']): RunModel | undefined {
  if (run.architecture != null) {
    return { model: run.architecture, origin: run.architecture_source?.title ?? 'given with the run' }
  }
  const preset = presetOf(run, models)
  if (preset !== undefined) return { model: preset, origin: `preset ${preset}, by family and parameters` }
  if (run.params_b == null) return undefined
  const total = run.params_b * 1e9
  const active = (run.active_params_b ?? run.params_b) * 1e9
  return { model: usualModel(total, active, year), origin: 'a usual shape of its parameters' }
}

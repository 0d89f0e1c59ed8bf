import type { Row } from './row.ts'

type Converted = { readonly ok: true; readonly model: object } | { readonly ok: false; readonly reason: string }

const ATTENTIONS = ['mha', 'gqa', 'mqa', 'mla']

/** Local layers of a period: "alternate layers", "5 of 6 layers local"; every layer where nothing is said. */
function slidingWindow(tokens: number, pattern: string): object {
  if (/alternat/i.test(pattern)) return { tokens, localPerPeriod: 1, period: 2 }
  const [, local, period] = /(\d{1,3}) of (?:every )?(\d{1,3})/.exec(pattern) ?? []
  if (local !== undefined && period !== undefined)
    return { tokens, localPerPeriod: Number(local), period: Number(period) }
  return { tokens, localPerPeriod: 1, period: 1 }
}

/** Load of the slowest expert rank over the mean, 1 where balance is forced; or the capacity factor. */
function loads(routing: string | null | undefined): { imbalance?: number; capacity?: number } {
  if (routing == null) return {}
  if (/balanced|uniform/.test(routing)) return { imbalance: 1 }
  const capacity = /drop-(\d+(?:\.\d+)?)/.exec(routing)?.[1]
  return capacity === undefined ? {} : { capacity: Math.min(100, Number(capacity)) }
}

function mixture(row: Row): object | undefined {
  const { moe } = row.model
  if (moe == null) return undefined
  const shared = moe.shared_experts ?? 0
  return {
    experts: moe.experts,
    topK: moe.top_k,
    expertFfn: moe.expert_ffn,
    sharedExperts: shared,
    sharedFfn: moe.shared_ffn ?? shared * moe.expert_ffn,
    firstDense: moe.first_k_dense ?? 0,
    every: moe.moe_layer_freq ?? 1,
    ...loads(row.moeRouting),
  }
}

/** A row's model as a scenario writes it. Layers that are not attention (state-space, linear) are refused by name. */
export function rowModel(row: Row): Converted {
  const { model: m } = row
  const attention = m.attention ?? 'mha'
  if (!ATTENTIONS.includes(attention)) {
    return { ok: false, reason: `attention "${attention}" is not modelled; known are ${ATTENTIONS.join(', ')}` }
  }
  const moe = mixture(row)
  const model = {
    name: m.name ?? row.id,
    layers: m.layers,
    hidden: m.hidden,
    ffnHidden: m.ffn_hidden ?? 0,
    heads: m.heads,
    kvHeads: m.kv_heads ?? m.heads,
    headDim: m.head_dim ?? Math.max(1, Math.floor(m.hidden / m.heads)),
    vocab: m.vocab,
    gatedMlp: m.gated_mlp ?? true,
    tiedEmbeddings: m.tied_embeddings ?? false,
    mtpLayers: m.mtp_layers ?? 0,
    ...(m.mla == null
      ? {}
      : {
          mla: {
            queryRank: m.mla.q_lora_rank ?? 0,
            kvRank: m.mla.kv_lora_rank,
            queryKeyDim: m.mla.qk_nope_head_dim,
            ropeDim: m.mla.qk_rope_head_dim,
            valueDim: m.mla.v_head_dim,
          },
        }),
    ...(moe === undefined ? {} : { moe }),
    ...(m.sliding_window == null ? {} : { slidingWindow: slidingWindow(m.sliding_window, m.sliding_pattern ?? '') }),
  }
  return { ok: true, model }
}

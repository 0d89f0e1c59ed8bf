/** A row as files have it, small enough to read. */
export const ROW = {
  id: 'a',
  cell: 'lab|H100-SXM-80GB|Small 8B',
  collection: 'lab',
  source: { title: 'a table', anything: [1, 2] },
  model: {
    name: 'Small 8B',
    layers: 32,
    hidden: 4096,
    ffn_hidden: 14336,
    heads: 32,
    kv_heads: 8,
    head_dim: 128,
    vocab: 128256,
    gated_mlp: true,
    tied_embeddings: false,
    attention: 'gqa',
  },
  hardware: {
    chip: 'H100-SXM-80GB',
    chips: 8,
    chipsPerNode: 8,
    scaleUpDomain: 8,
    scaleUpGBps: 450,
    scaleOutGBps: 50,
    scaleOutFabric: 'IB NDR400',
  },
  software: { framework: 'megatron-core', year: 2024 },
  precision: 'BF16',
  sequenceLength: 8192,
  globalBatchSequences: 128,
  microBatch: 1,
  parallelism: { tp: 2, pp: 1, cp: 1, ep: 1, dp: 4 },
  recompute: { mode: 'none', modules: null },
  measured: { stepSeconds: 15 },
}

/** Experts for `ROW.model`. */
export const MOE = { experts: 8, top_k: 2, expert_ffn: 14336, shared_experts: 0, shared_ffn: null, first_k_dense: 0 }

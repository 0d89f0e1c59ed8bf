/** The scenario that `walltime init` writes. It runs as it stands. */
export const STARTER = `# A training run for walltime. "walltime run FILE" says how long a step takes,
# whether it fits in memory, how many days the run takes and what it costs.
#
# Quantities carry their units ("30 min", "400 Gb/s", "1T tokens"). A number that
# is not known exactly can be a spread: {p5: 6 min, p50: 10 min, p95: 15 min}.
#
# For completion and checks in an editor with a YAML language server, run
#   walltime schema > walltime.schema.json
# and make this the first line of the file:
#   # yaml-language-server: $schema=walltime.schema.json

name: Llama 3 8B on 128 H100

# walltime show models lists the ids. A model of your own is a map:
# {layers: 32, hidden: 4096, ffnHidden: 14336, heads: 32, kvHeads: 8, headDim: 128, vocab: 128256}
model: llama-3-8b

cluster:
  system: dgx-h100 # walltime show systems
  chips: 128 # chips that train; spares come on top
  # fabric: {extends: roce-400, oversubscription: 3} # walltime show fabrics; the system's own unless given

training:
  tokens: 1T tokens
  sequenceLength: 8192
  globalBatch: 512 # sequences of one step
  precision: bf16 # bf16 | fp16 | fp8 | fp8-block | mxfp8 | nvfp4
  optimizer: adam

# How the chips share the work. Data parallelism takes what tp, pp and cp leave.
parallelism:
  tp: 2 # tensor parallel, best inside a node
  pp: 1 # pipeline stages
  cp: 1 # context parallel, for long sequences
  microBatch: 1 # sequences
  zero: 1 # 0 to 3: what data-parallel ranks share out (1: the optimizer)
  recompute: none # none | selective | full | {modules: [norm, activation], layers: 8, offload: true}

software: megatron-core # walltime show software

reliability:
  # walltime show failures; or a set at your own fleet's rate, with classes of your own:
  # {extends: llama3-2024, nodeRate: 2.5 per 1000 node-days, classes: [{id: power, per: rack, mtbf: 5 years}]}
  failures: llama3-2024
  checkpoint:
    interval: auto # young | daly | optimal | adaptive, or a time such as 30 min, or 100 steps
    # tiers: [{kind: memory, interval: 20 steps}, {kind: file-system, bandwidth: 50 GB/s}]
  restart: {p5: 3 min, p50: 5 min, p95: 10 min} # from a failure to the next step; {} tells it by scale
  spares: {nodes: 1} # pools: [{kind: warm, nodes: 2, swap: 5 min}, {kind: shared}]
  # elastic: {minReplicas: 60} # goes on with fewer replicas while nodes are missing
  # maintenance: {every: 2 weeks, duration: 4 h}

cost:
  price: {p5: 2.00 USD/chip-hour, p50: 2.50 USD/chip-hour, p95: 3.50 USD/chip-hour} # or an id: walltime show prices
`

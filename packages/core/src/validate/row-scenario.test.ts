import { expect, test } from 'vitest'
import { mainPhase, type Scenario, trainerPool } from '../scenario/scenario.ts'
import { MOE, ROW } from './row.fixture.ts'
import { readRows } from './row.ts'
import { rowScenario } from './row-scenario.ts'

type Change = Readonly<Record<string, unknown>>

function convert(change: Change) {
  const read = readRows([{ ...ROW, ...change }])
  if (!read.ok) throw new Error(read.issues.map(({ message }) => message).join('\n'))
  const [row] = read.rows
  if (row === undefined) throw new Error('no row')
  return rowScenario(row)
}

function scenarioOf(change: Change = {}): Scenario {
  const result = convert(change)
  if (!result.ok) throw new Error(result.reason)
  return result.scenarios[0]
}

const layoutOf = (change: Change) => mainPhase(scenarioOf(change)).parallelism
const poolOf = (hardware: Change, change: Change = {}) =>
  trainerPool(scenarioOf({ ...change, hardware: { ...ROW.hardware, ...hardware } }))
const reasonOf = (change: Change) => {
  const result = convert(change)
  return result.ok ? 'read' : result.reason
}
const recomputeOf = (recompute: unknown) => layoutOf({ recompute }).recompute.modules

test('model, training and layout are those of the row', () => {
  const scenario = scenarioOf()
  expect(scenario.model).toMatchObject({ layers: 32, hidden: 4096, ffnHidden: 14336, kvHeads: 8, moe: null, mla: null })
  expect(mainPhase(scenario)).toMatchObject({
    training: { sequenceLength: 8192, globalBatch: 128, precision: 'bf16', optimizer: { gradientBytes: 4 } },
    parallelism: { tp: 2, pp: 1, dp: 4, microBatch: 1, recompute: { mode: 'none' } },
  })
  expect(trainerPool(scenario)).toMatchObject({ chips: 8, system: { id: 'dgx-h100' } })
})

test.each([
  ['A100-80GB', 'a100-sxm-80'],
  ['A100-40GB', 'a100-sxm-40'],
  ['H100-SXM-80GB', 'h100-sxm'],
  ['H200-SXM-141GB', 'h200-sxm'],
  ['B200', 'b200-sxm'],
  ['GB200', 'gb200'],
  ['H100-PCIe-80GB', 'h100-pcie'],
])('chip %s', (chip, id) => {
  expect(poolOf({ chip, scaleUpGBps: null, scaleUpDomain: null, chipsPerNode: null }).system.chip.id).toBe(id)
})

test('a chip that does not ship is refused by its name', () => {
  expect(reasonOf({ hardware: { ...ROW.hardware, chip: 'Abacus-9000' } })).toMatch(/Abacus-9000/)
})

test('links and network run at the rates of the row', () => {
  const pool = poolOf({ scaleUpGBps: 200, scaleOutGBps: 6.25, scaleOutFabric: '4x Omni-Path 100Gb/s per node' })
  expect(pool.system.scaleUp.bandwidth).toBe(200e9)
  expect((pool.fabric.linkBandwidth * pool.system.nicsPerNode) / pool.system.chipsPerNode).toBe(6.25e9)
  expect(pool.fabric.kind).toBe('infiniband')
  expect(poolOf({ scaleOutFabric: 'AWS EFA 3200 Gb/s per node (p5)' }).fabric.kind).toBe('efa')
  expect(poolOf({ scaleOutFabric: 'RoCE 1600 Gb/s' }).fabric.kind).toBe('ethernet')
})

test('degrees that count NeuronCores get half a chip each', () => {
  const trainium = { chip: 'Trainium1', chips: 16, chipsPerNode: 16, scaleUpDomain: 16, scaleUpGBps: null }
  const pool = poolOf(trainium, {
    software: { framework: 'neuronx-distributed', year: 2024 },
    parallelism: { tp: 8, pp: 1, cp: 1, dp: 4 },
  })
  const whole = poolOf(trainium, { parallelism: { tp: 8, pp: 1, cp: 1, dp: 2 } })
  expect(pool).toMatchObject({
    chips: 32,
    system: { chipsPerNode: 32, domainChips: 32, chip: { cores: { count: 1 } } },
  })
  expect(pool.system.chip.peakFlops.bf16).toBe((whole.system.chip.peakFlops.bf16 ?? 0) / 2)
  expect(pool.system.chip.memory.bytes).toBe(whole.system.chip.memory.bytes / 2)
  expect(pool.system.scaleUp.bandwidth).toBe(whole.system.scaleUp.bandwidth / 2)
  expect(whole).toMatchObject({ chips: 16, system: { id: 'trn1' } })
})

test.each([
  ['BF16', 'bf16'],
  ['BF16 (amp_bf16/DEFAULT)', 'bf16'],
  ['Autocast:BF16+FP32Optimizer', 'bf16'],
  ['FP16 mixed', 'fp16'],
  ['FP8', 'fp8'],
  ['FP8-CS', 'fp8'],
  ['FP8-SC', 'fp8-block'],
  ['FP8 blockwise', 'fp8-block'],
])('precision %s', (precision, ours) => {
  expect(mainPhase(scenarioOf({ precision })).training.precision).toBe(ours)
})

test.each([
  ['MXFP8', 'mxfp8'],
  ['FP8-MX', 'mxfp8'],
  ['NVFP4', 'nvfp4'],
  ['MXFP4/FP8', 'nvfp4'],
])('precision %s', (precision, ours) => {
  const hardware = { ...ROW.hardware, chip: 'B200', scaleUpGBps: 900 }
  expect(mainPhase(scenarioOf({ hardware, precision })).training.precision).toBe(ours)
})

test('a precision that is unknown, or that the chip has not, is refused', () => {
  expect(reasonOf({ precision: 'posit16' })).toMatch(/posit16/)
  expect(reasonOf({ hardware: { ...ROW.hardware, chip: 'A100-80GB' }, precision: 'FP8' })).toMatch(/fp8/)
})

test.each([
  [{ mode: 'none' }, []],
  [{ mode: 'full' }, ['layer']],
  [{ mode: 'selective', modules: null }, ['attention']],
  [{ mode: 'selective', modules: ['core_attn'] }, ['attention']],
  [{ mode: 'selective', modules: ['layernorm', 'moe_act'] }, ['norm', 'activation']],
  [{ mode: 'selective', modules: ['mla_up_proj'] }, ['mla']],
  [{ mode: 'custom', saved: ['qkv_proj'] }, ['norm', 'attention', 'mlp']],
  [{ mode: 'custom', saved: ['query_proj', 'key_proj', 'value_proj', 'out_proj'] }, ['norm', 'attention', 'mlp']],
  [{ mode: 'custom', saved: ['mlpwo'] }, ['layer']],
  [{ mode: 'minimal' }, ['norm', 'attention', 'activation']],
  [{ mode: 'qkv_proj_offloaded' }, ['norm', 'attention', 'mlp']],
])('recompute %j', (recompute, modules) => {
  expect(recomputeOf(recompute)).toEqual(modules)
})

const again = (recompute: object) => ({ phases: [{ parallelism: { recompute } }] })

test('a list of what is kept: on the chip, on the host, and full recompute where our nearest mode keeps too much', () => {
  expect(convert({ recompute: { mode: 'custom', saved: ['qkv_proj'] } })).toMatchObject({
    scenarios: [
      again({ mode: 'selective', offload: false }),
      again({ mode: 'selective', offload: true }),
      again({ mode: 'full', offload: false }),
      again({ mode: 'full', offload: true }),
    ],
    notes: [expect.stringMatching(/keeps qkv_proj: norm, attention and mlp run again/)],
  })
  expect(convert({ recompute: { mode: 'qkv_proj_offloaded' } })).toMatchObject({
    scenarios: [again({ mode: 'selective', offload: true }), {}, {}],
  })
})

test('full recompute of a compiled step: with the inputs of layers on the host where they do not fit', () => {
  const software = { framework: 'maxtext', year: 2025 }
  expect(convert({ recompute: { mode: 'full' }, software })).toMatchObject({
    scenarios: [again({ offload: false }), again({ mode: 'full', offload: true })],
  })
})

test('some layers of a stage', () => {
  const partial = { recompute: { mode: 'full_partial_layers' }, overlap: { recompute_num_layers: 5 } }
  expect(convert(partial)).toMatchObject({ ok: true, scenarios: [again({ modules: ['layer'], layers: 5 })], notes: [] })
})

test('a micro-batch that contradicts its source: halves of it, too', () => {
  const assumed = ['batch.micro inconsistent with table GA']
  const read = convert({ microBatch: 4, assumed })
  const sizes = (read.ok ? read.scenarios : []).map(({ phases }) => phases[0]?.parallelism.microBatch)
  expect(sizes).toEqual([4, 2, 1])
  expect(read).toMatchObject({ notes: [expect.stringMatching(/micro-batch.*the largest that fits/)] })
})

test.each([null, { mode: null, modules: null }, { mode: 'sideways' }])(
  'recompute unknown (%j): from least to most',
  (recompute) => {
    expect(convert({ recompute })).toMatchObject({ ok: true, scenarios: [{}, {}, {}] })
  },
)

test('sharding: by stage, else by what FSDP is said to do', () => {
  const zero = (parallelism: object) => layoutOf({ parallelism: { tp: 1, dp: 8, ...parallelism } }).zero
  expect(zero({})).toBe(1)
  expect(zero({ zero_stage: 2, fsdp: true })).toBe(2)
  expect(zero({ fsdp: true })).toBe(3)
  expect(zero({ fsdp: 'FULL_SHARD' })).toBe(3)
  expect(zero({ fsdp: 'SHARD_GRAD_OP' })).toBe(2)
  expect(zero({ fsdp: false })).toBe(1)
})

test('shard groups where they are not all replicas', () => {
  const shards = (change: Change) => layoutOf({ parallelism: { tp: 1, dp: 8, zero_stage: 3 }, ...change }).shardGroup
  expect(shards({})).toBeUndefined()
  expect(shards({ fsdpShardGroup: 4 })).toBe(4)
  expect(shards({ fsdpShardGroup: 8 })).toBeUndefined()
  expect(shards({ optimizerShardGroup: 2 })).toBe(2)
})

test('pipelines: uneven first stage, embedding and head counted as layers, micro-batches that do not divide', () => {
  const parallelism = { tp: 1, pp: 4, dp: 2 }
  expect(layoutOf({ parallelism, pipelineFirstStageLayers: 6 }).layerSplit).toEqual({ stages: [6, 9, 9, 8] })
  const counted = { parallelism, model: { ...ROW.model, layers: 30 }, pipelineLayout: 'embedding+head count as layers' }
  expect(layoutOf(counted).layerSplit).toEqual({ stages: [7, 8, 8, 7] })
  expect(layoutOf({ microBatch: 5 }).microBatch).toBe(4)
  expect(layoutOf({ parallelism: { tp: 1, pp: 1, dp: 8, vpp: 4 } }).vpp).toBe(1)
})

test('experts, balance and sliding windows', () => {
  const moe = (change: Change) => scenarioOf({ model: { ...ROW.model, moe: MOE }, ...change }).model.moe
  expect(moe({ moeRouting: 'balanced' })).toMatchObject({ experts: 8, topK: 2, imbalance: 1 })
  expect(moe({ moeRouting: 'drop-1.25' })).toMatchObject({ capacity: 1.25 })
  const window = (sliding_pattern: string) =>
    scenarioOf({ model: { ...ROW.model, sliding_window: 128, sliding_pattern } }).model.slidingWindow
  expect(window('alternate layers')).toEqual({ tokens: 128, localPerPeriod: 1, period: 2 })
  expect(window('5 of 6 layers local')).toEqual({ tokens: 128, localPerPeriod: 5, period: 6 })
})

test('what the model cannot express is refused with its reason', () => {
  expect(reasonOf({ model: { ...ROW.model, attention: 'mamba' } })).toMatch(/"mamba" is not modelled/)
  expect(reasonOf({ parallelism: { tp: 3, pp: 1, dp: 2 } })).toMatch(/parallelism\.tp/)
})

test('gradients reduced in 16 bits', () => {
  expect(mainPhase(scenarioOf({ gradReduceBytes: 2 })).training.optimizer.gradientBytes).toBe(2)
})

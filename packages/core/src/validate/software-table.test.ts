import { expect, test } from 'vitest'
import { CALIBRATION } from '../calibration/calibration.ts'
import { builtinProfiles } from '../scenario/profiles.ts'
import { DATA_OVERLAP, hidden } from '../scenario/software-presets.ts'
import { ROW } from './row.fixture.ts'
import { type Row, readRows } from './row.ts'
import { frameworkFamily, gradientBytes, rowSoftware, SOFTWARE_TABLE, tableStack } from './software-table.ts'

function rowOf(change: object): Row {
  const read = readRows([{ ...ROW, ...change }])
  const row = read.ok ? read.rows[0] : undefined
  if (row === undefined) throw new Error('no row')
  return row
}

const softwareOf = (change: object) => rowSoftware(rowOf(change), CALIBRATION)

test.each([
  ['megatron-core', 'megatron'],
  ['nemo-megatron', 'nemo'],
  ['megatron-bridge', 'nemo'],
  ['megatron-deepspeed', 'deepspeed'],
  ['mlperf-nemo', 'nemo'],
  ['mlperf-primus', 'megatron'],
  ['llm-foundry-fsdp', 'sharded'],
  ['nemo-automodel', 'sharded'],
  ['torchtitan', 'sharded'],
  ['maxtext', 'compiled'],
  ['neuronx-distributed', 'neuron'],
  ['nanotron', 'nanotron'],
  ['never seen before', 'eager'],
])('%s is of the %s family', (framework, family) => {
  expect(frameworkFamily(framework)).toBe(family)
})

test('the newest entry not after the year; before the first, the first', () => {
  expect(tableStack('megatron-lm', 2022, CALIBRATION)).toMatchObject({ attention: 'materialised', dataOverlap: 0 })
  expect(tableStack('megatron-lm', 2023, CALIBRATION)).not.toHaveProperty('attention')
  expect(tableStack('torchtitan', 2024, CALIBRATION)).toMatchObject({ fusedPointwise: false })
  expect(tableStack('torchtitan', 2031, CALIBRATION)).not.toHaveProperty('fusedPointwise')
  expect(tableStack('maxtext', 2016, CALIBRATION)).toMatchObject({ extends: 'maxtext' })
})

test('entries stand in order of their years and start from stacks that ship', () => {
  for (const { family, since, stack } of SOFTWARE_TABLE) {
    expect(Object.keys(builtinProfiles.software)).toContain(stack.extends)
    const years = SOFTWARE_TABLE.filter((entry) => entry.family === family).map((entry) => entry.since)
    expect(years).toEqual([...years].sort((a, b) => a - b))
    expect(since).toBeGreaterThan(2000)
  }
})

test('what a row states goes before the table', () => {
  expect(softwareOf({ flashAttention: false }).attention).toBe('materialised')
  expect(softwareOf({ flashAttention: true, attentionKernel: 'megatron-fused-softmax' }).attention).toBe('materialised')
  expect(softwareOf({ attentionKernel: 'fa2' }).attention).toBe('flash-2')
  expect(softwareOf({ attentionKernel: 'triton-fa1' }).attention).toBe('flash-1')
  expect(softwareOf({ attentionKernel: 'cudnn' }).attention).toBe('flash')
  expect(softwareOf({ cudaGraphs: true }).graphs).toBe(true)
  expect(softwareOf({ cudaGraphs: ['none', []] }).graphs).toBe(false)
  expect(softwareOf({ cudaGraphs: ['full_iteration', []] }).graphs).toBe(true)
  expect(softwareOf({ overlap: { grad_reduce: false, p2p: false } })).toMatchObject({
    dataOverlap: 0,
    pipelineOverlap: 0,
  })
  expect(softwareOf({ overlap: { tp_comm_overlap: true, moe_a2a_overlap: false } })).toMatchObject({
    tensorOverlap: hidden(CALIBRATION.exposedTensor),
    expertOverlap: 0,
  })
  expect(softwareOf({ rmsNormFused: false })).toMatchObject({ fusedNorms: false })
  expect(softwareOf({ rmsNormFused: false, compiled: true })).toMatchObject({ fusedNorms: true, fusedPointwise: true })
})

test('overlap that is on hides as much as the stack can', () => {
  const overlap = { tp_comm_overlap: true, grad_reduce: true, param_gather: false }
  const eager = { framework: 'nanotron', year: 2024 }
  expect(softwareOf({ overlap })).toMatchObject({
    tensorOverlap: hidden(CALIBRATION.exposedTensor),
    dataOverlap: DATA_OVERLAP / 2,
  })
  expect(softwareOf({ overlap, software: eager })).toMatchObject({
    tensorOverlap: 0,
    dataOverlap: DATA_OVERLAP / 2,
  })
  expect(softwareOf({ overlap: { grad_reduce: true } })).toMatchObject({ dataOverlap: DATA_OVERLAP })
})

test('bytes of a gradient: those of the row, else of the stack', () => {
  expect(gradientBytes(rowOf({}))).toBe(4)
  expect(gradientBytes(rowOf({ software: { framework: 'plain', year: 2023 } }))).toBe(2)
  expect(gradientBytes(rowOf({ software: { framework: 'plain', year: 2023 }, gradReduceBytes: 4 }))).toBe(4)
})

import { builtinCatalog, type Chip, resolveChip } from '@walltime/hardware'
import { expect, test } from 'vitest'
import { CALIBRATION } from '../calibration/calibration.ts'
import { estimate } from '../estimate.ts'
import { parseScenario } from '../scenario/read.ts'
import { kernelEfficiency } from './kernel-efficiency.ts'

function chip(reference: unknown): Chip {
  const result = resolveChip(reference, builtinCatalog)
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  return result.value
}

const constants = (reference: unknown) => kernelEfficiency(chip(reference), CALIBRATION)
const source = { title: 'calibration kit', date: '2026-11-23' }

test('what the profile gives goes before the family, what it leaves out stays', () => {
  const family = constants('h100-sxm')
  const own = constants({
    extends: 'h100-sxm',
    source,
    kernels: {
      gemm: { bf16: { share: 0.5, launch: 1e-6 } },
      attention: { flash: { forward: 0.4 } },
      pointwise: 0.9,
      sustained: { bf16: 0.7 },
    },
  })
  expect(own.gemm.bf16).toEqual({ ...family.gemm.bf16, share: 0.5, launch: 1e-6 })
  // Products in fp16 run as those in bf16.
  expect(own.gemm.fp16).toEqual({ ...family.gemm.fp16, share: 0.5, launch: 1e-6 })
  expect(own.gemm.fp8).toEqual(family.gemm.fp8)
  expect(own.attention).toEqual({ ...family.attention, flash: { ...family.attention.flash, forward: 0.4 } })
  expect(own.pointwise).toBe(0.9)
  expect(own.sustained).toEqual({ ...family.sustained, bf16: 0.7, fp16: 0.7 })
  expect(own.source).toMatch(
    /^measured by the user \(calibration kit, 2026-11-23\): products in bf16; attention flash; /,
  )
  expect(own.source).toContain(family.source)
})

test('without constants of its own a chip has its family’s; with others, those that stay keep their speed', () => {
  expect(constants('b300-sxm').speed).not.toBe(1)
  const slow = constants({ extends: 'b300-sxm', id: 'b300-sxm', kernels: { pointwise: 0.5 } })
  const { gemm, speed } = constants('b300-sxm')
  expect(slow.speed).toBe(1)
  expect(slow.gemm.bf16?.share).toBeCloseTo((gemm.bf16?.share ?? 0) * speed, 12)
})

test('a family without measurements counts as measured once products and attention are', () => {
  const kernels = { gemm: { bf16: { share: 0.6 } }, attention: { flash: { forward: 0.5, backward: 0.4 } } }
  expect(constants('mi300x').measured).toBe(false)
  expect(constants({ extends: 'mi300x', kernels: { gemm: kernels.gemm } }).measured).toBe(false)
  expect(constants({ extends: 'mi300x', kernels }).measured).toBe(true)
})

const text = (share: string) => `
model: llama-3-8b
profiles:
  chips:
    ours: {extends: mi300x, kernels: {gemm: {bf16: {share: ${share}}}, attention: {flash: {forward: 0.5, backward: 0.4}}}}
  systems:
    our-node: {extends: ${Object.keys(builtinCatalog.systems).find((id) => builtinCatalog.systems[id]?.chip.id === 'mi300x')}, chip: ours}
cluster: {system: our-node, chips: 64}
training: {tokens: 1T tokens, sequenceLength: 8192, globalBatch: 128}
cost: {price: 2 USD/chip-hour}
`

test('an estimate uses them, says so, and is no longer one of an unmeasured chip', () => {
  const fast = estimate(parseScenario(text('0.8')))
  const slow = estimate(parseScenario(text('0.4')))
  expect(slow.step.breakdown.compute).toBeGreaterThan(1.6 * fast.step.breakdown.compute)
  expect(fast.warnings.map(({ code }) => code)).not.toContain('kernels.unmeasured')
  expect(fast.assumptions.find(({ path }) => path === 'kernels')?.source).toMatch(/^measured by the user: products/)
})

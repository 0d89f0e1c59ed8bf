import { builtinCatalog, type Precision } from '@walltime/hardware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CALIBRATION } from '../calibration/calibration.ts'
import { TRAINING_PRECISIONS, type TrainingPrecision } from '../scenario/scenario.ts'
import { SOFTWARE_PRESETS } from '../scenario/software-presets.ts'
import { attentionFlops, attentionSeconds, gemmFlops, gemmSeconds, pointwiseSeconds } from './kernels.ts'
import { buildMachine, type Machine, matrixFormat } from './machine.ts'
import { expectedMaximum, slowestOf } from './variation.ts'

function machineOf(id: string, precision: TrainingPrecision = 'bf16', stack = 'megatron-core'): Machine {
  const system = builtinCatalog.systems[id]
  const software = SOFTWARE_PRESETS[stack]
  if (system === undefined || software === undefined) throw new Error(`no ${id} or ${stack}`)
  return buildMachine(
    { id: 'main', site: 'main', system, chips: 8, fabric: system.fabric, pue: 1 },
    precision,
    software,
    CALIBRATION,
  )
}

const product = (machine: Machine, m: number, n: number, k: number, groups = 1, low = true): number =>
  gemmSeconds(machine, m, n, k, groups, low)

/** Causal attention of 32 heads of 128 on a sequence. */
const attention = (machine: Machine, sequence: number, backward = false): number =>
  attentionSeconds(machine, 1, 32, sequence, sequence / 2, sequence, 512, backward)

const systems = Object.keys(builtinCatalog.systems)
const h100 = machineOf('dgx-h100')

describe('matrix products', () => {
  it.each(systems)('on %s take a positive, finite time in every precision that the chip has', (id) => {
    const { peakFlops } = machineOf(id).chip
    for (const precision of TRAINING_PRECISIONS) {
      const format: Precision = matrixFormat(precision)
      if (peakFlops[format] === undefined) continue
      for (const [m, n, k] of [
        [1, 1, 1],
        [128, 256, 64],
        [8192, 8192, 8192],
      ] as const) {
        const time = product(machineOf(id, precision), m, n, k)
        expect(time).toBeGreaterThan(0)
        expect(Number.isFinite(time)).toBe(true)
      }
    }
  })

  it('take no less than the roofline: FLOPs at the peak, and operands and result once through memory', () => {
    const side = fc.integer({ min: 1, max: 40_000 })
    fc.assert(
      fc.property(fc.constantFrom(...systems), side, side, side, (id, m, n, k) => {
        const machine = machineOf(id)
        const { chip } = machine
        const compute = (2 * m * n * k) / (chip.peakFlops.bf16 ?? 0)
        const memory = (2 * (m * k + k * n + m * n)) / chip.memory.bandwidth
        expect(product(machine, m, n, k)).toBeGreaterThanOrEqual(Math.max(compute, memory))
      }),
    )
  })

  it('take longer for larger sides, up to the last wave of tiles', () => {
    const side = fc.integer({ min: 1, max: 20_000 })
    // A half-full last wave costs at most waves^exponent: 2^0.2 on Ampere, the largest 16-bit exponent.
    const slack = 2 ** 0.2
    fc.assert(
      fc.property(fc.constantFrom(...systems), side, side, side, side, (id, m, n, k, more) => {
        const machine = machineOf(id)
        const time = product(machine, m, n, k)
        expect(product(machine, m, n, k + more)).toBeGreaterThanOrEqual(time)
        expect(product(machine, m + more, n, k) * slack).toBeGreaterThanOrEqual(time)
        expect(product(machine, m, n + more, k) * slack).toBeGreaterThanOrEqual(time)
      }),
    )
  })

  it('lose half of their speed at the inner dimension of the ramp (116 on Hopper), and more to memory', () => {
    const ramp = 116
    // The ramp is no multiple of a tile.
    const even = { ...h100, rates: { ...h100.rates, unaligned: 1 } }
    const speed = (k: number) => gemmFlops(16384, 16384, k, 1) / (product(even, 16384, 16384, k) - 3e-6)
    expect(speed(ramp) / speed(1e9)).toBeLessThan(0.5)
    expect(speed(ramp) / speed(1e9)).toBeGreaterThan(0.35)
  })

  it('of groups cost at least as much as their sum in FLOPs and share one launch', () => {
    const one = product(h100, 4096, 4096, 4096)
    const eight = product(h100, 4096, 4096, 4096, 8)
    expect(eight).toBeGreaterThan(7 * one)
    expect(eight).toBeLessThan(8 * one)
    expect(gemmFlops(2, 3, 5, 7)).toBe(420)
  })

  // MAMF of large products on one cool chip, S. Bekman's table: an upper bound for training.
  it.each([
    ['dgx-a100', 271],
    ['dgx-h100', 794],
    ['dgx-b200', 1746],
  ])('on %s in training stay below the %i TFLOP/s that the best shape reaches', (id, best) => {
    const speed = gemmFlops(8192, 8192, 8192, 1) / product(machineOf(id), 8192, 8192, 8192) / 1e12
    expect(speed).toBeLessThan(best)
    expect(speed).toBeGreaterThan(0.5 * best)
  })

  it('in 8 bits are faster than in 16 for large shapes, slower for tiny ones (quantisation)', () => {
    const fp8 = machineOf('dgx-h100', 'fp8')
    expect(product(fp8, 8192, 8192, 8192)).toBeLessThan(product(h100, 8192, 8192, 8192))
    expect(product(fp8, 128, 128, 128)).toBeGreaterThan(product(h100, 128, 128, 128))
    expect(product(fp8, 8192, 8192, 8192, 1, false)).toBe(product(h100, 8192, 8192, 8192))
  })
})

describe('attention', () => {
  it('is faster a FLOP at long sequences and below the peak', () => {
    const share = (s: number) => attentionFlops(1, 32, s, s / 2, 512) / attention(h100, s) / 989.4e12
    expect(share(8192)).toBeGreaterThan(share(1024))
    expect(share(1_000_000)).toBeLessThan(0.75)
  })

  it('is slower a FLOP backward', () => {
    expect(attention(h100, 8192, true)).toBeGreaterThan(attention(h100, 8192))
  })

  it('materialised takes longer than fused', () => {
    const old = machineOf('dgx-h100', 'bf16', 'megatron-lm-2021')
    for (const s of [1024, 2048, 8192]) {
      expect(attention(old, s)).toBeGreaterThan(attention(h100, s))
    }
  })

  it.each(systems)('on %s takes a positive, finite time', (id) => {
    const time = attention(machineOf(id), 4096)
    expect(time).toBeGreaterThan(0)
    expect(Number.isFinite(time)).toBe(true)
  })
})

describe('pointwise kernels', () => {
  it('move their bytes no faster than memory can', () => {
    expect(pointwiseSeconds(h100, 1e9)).toBeGreaterThan(1e9 / 3.35e12)
    expect(pointwiseSeconds(h100, 0)).toBeGreaterThan(0)
  })
})

describe('the slowest of many', () => {
  // Expected maximum of n standard normal variables: tables of normal order statistics (H. L. Harter 1961), and the sum over
  // its distribution for 2,048.
  it.each([
    [1, 0, 0],
    [2, 0.5642, 1e-3],
    [8, 1.4236, 0.1],
    [100, 2.5076, 0.06],
    [2048, 3.45, 0.05],
  ])('of %i is %d standard deviations away', (n, exact, tolerance) => {
    expect(Math.abs(expectedMaximum(n) - exact)).toBeLessThanOrEqual(tolerance)
  })

  it('grows with the number', () => {
    const sizes = [1, 2, 3, 4, 8, 64, 1024, 16_384, 1_000_000]
    const factors = sizes.map(slowestOf)
    expect(factors).toEqual([...factors].sort((a, b) => a - b))
    expect(factors[0]).toBe(1)
  })
})

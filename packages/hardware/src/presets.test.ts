import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinCatalog } from './catalog.ts'
import type { Precision, Profile } from './profile.ts'
import { provenanceOf } from './provenance.ts'
import { resolveChip, resolveFabric, resolveLink, resolvePrice, resolveSystem } from './resolve.ts'
import { isSpread } from './uncertain.ts'

const { chips, links, fabrics, systems, prices } = builtinCatalog
const everyProfile: readonly Profile[] = [chips, links, fabrics, systems, prices].flatMap((record) =>
  Object.values<Profile>(record),
)

/** Paths of the numbers of a profile; parts with profiles of their own are left to those. */
function numberPaths(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return [path]
  if (typeof value !== 'object' || value === null) return []
  if (path !== '' && 'provenance' in value) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'provenance' ? [] : numberPaths(inner, path === '' ? key : `${path}.${key}`),
  )
}

function holds(profile: unknown, path: string): boolean {
  let value = profile
  for (const key of path.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
  return value !== undefined
}

describe('chips', () => {
  // Dense TFLOP/s: ML Engineering (S. Bekman, 2026-08-22); Trainium: AWS Neuron SDK (2026-08-21).
  it.each<[string, Partial<Record<Precision, number>>]>([
    ['a100-sxm-40', { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 }],
    ['a100-sxm-80', { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 }],
    ['a100-pcie-40', { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 }],
    ['a100-pcie-80', { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 }],
    ['h100-sxm', { fp32: 67, tf32: 494.7, bf16: 989.4, fp16: 989.4, fp8: 1978.9, int8: 1978.9 }],
    ['h100-pcie', { fp32: 51, tf32: 378, bf16: 756.5, fp16: 756.5, fp8: 1513, int8: 1513 }],
    ['h800-sxm', { fp32: 67, tf32: 494.7, bf16: 989.4, fp16: 989.4, fp8: 1978.9, int8: 1978.9 }],
    ['h200-sxm', { fp32: 67, tf32: 494.7, bf16: 989.4, fp16: 989.4, fp8: 1978.9, int8: 1978.9 }],
    ['b200-sxm', { fp32: 80, tf32: 1125, bf16: 2250, fp16: 2250, fp8: 4500, fp6: 4500, fp4: 9000, int8: 4500 }],
    ['gb200', { fp32: 80, tf32: 1250, bf16: 2500, fp16: 2500, fp8: 5000, fp6: 5000, fp4: 10000, int8: 5000 }],
    ['trn1', { fp32: 47.5, tf32: 190, bf16: 190, fp16: 190, fp8: 190, int8: 380 }],
    ['trn2', { fp32: 181, tf32: 667, bf16: 667, fp16: 667, fp8: 1299 }],
    ['trn3', { fp32: 183, tf32: 671, bf16: 671, fp16: 671, fp8: 2517, fp4: 2517 }],
    // A800, H100 NVL, H20: Epoch AI (2026-04-01). B300, GB300: AIConfigurator (2026-08-21).
    ['a800-sxm-80', { fp32: 19.5, tf32: 156, bf16: 312, fp16: 312, int8: 624 }],
    ['h100-nvl', { tf32: 417.5, bf16: 835.5, fp16: 835.5, fp8: 1671 }],
    ['h20', { fp32: 44, tf32: 74, bf16: 148, fp16: 148, fp8: 296, int8: 296 }],
    ['gh200', { fp32: 67, tf32: 494.7, bf16: 989.4, fp16: 989.4, fp8: 1978.9, int8: 1978.9 }],
    ['b300-sxm', { fp32: 80, tf32: 1125, bf16: 2250, fp16: 2250, fp8: 4500, fp6: 4500, fp4: 14000 }],
    ['gb300', { fp32: 80, tf32: 1250, bf16: 2500, fp16: 2500, fp8: 5000, fp6: 5000, fp4: 15000 }],
    // TPU: How to Scale Your Model (2025-02-18), Google Cloud (2026).
    ['tpu-v4', { bf16: 275, int8: 275 }],
    ['tpu-v5e', { bf16: 197, int8: 394 }],
    ['tpu-v5p', { bf16: 459, int8: 918 }],
    ['tpu-v6e', { bf16: 918, fp8: 918, int8: 1836 }],
    ['tpu-v7x', { bf16: 2307, fp8: 4614 }],
    ['mi300x', { fp32: 163.4, tf32: 653.7, bf16: 1307.4, fp16: 1307.4, fp8: 2614.9, int8: 2614.9 }],
    ['mi325x', { fp32: 163.4, tf32: 653.7, bf16: 1307.4, fp16: 1307.4, fp8: 2614.9, int8: 2614.9 }],
    ['mi350x', { fp32: 144.2, bf16: 2300, fp16: 2300, fp8: 4600, fp6: 9200, fp4: 9200, int8: 4600 }],
    ['mi355x', { fp32: 157.3, bf16: 2500, fp16: 2500, fp8: 5000, fp6: 10100, fp4: 10100, int8: 5000 }],
  ])('%s has its dense peaks', (id, teraflops) => {
    const expected = Object.fromEntries(
      Object.entries(teraflops).map(([precision, value]) => [precision, Math.round(value * 1e3) * 1e9]),
    )
    expect(chips[id]?.peakFlops).toEqual(expected)
  })

  // Bytes: MiB that nvidia-smi reports (Modal, 2025-01-23; ML Engineering), GiB for Trainium. GB/s: as the peaks.
  it.each([
    ['a100-sxm-40', 40960 * 2 ** 20, 1555e9, 400],
    ['a100-sxm-80', 81920 * 2 ** 20, 2039e9, 400],
    ['a100-pcie-80', 81920 * 2 ** 20, 1935e9, 300],
    ['h100-sxm', 81559 * 2 ** 20, 3350e9, 700],
    ['h100-pcie', 81559 * 2 ** 20, 2000e9, 350],
    ['h200-sxm', 143771 * 2 ** 20, 4800e9, 700],
    ['b200-sxm', 183359 * 2 ** 20, 8000e9, 1000],
    ['gb200', 189471 * 2 ** 20, 8000e9, 1200],
    ['trn1', 32 * 2 ** 30, 880e9, 400],
    ['trn2', 96 * 2 ** 30, 2900e9, 500],
    ['trn3', 144 * 2 ** 30, 4900e9, 1000],
    ['a800-sxm-80', 81920 * 2 ** 20, 2039e9, 400],
    ['h100-nvl', 95830 * 2 ** 20, 3938e9, 400],
    ['h20', 97871 * 2 ** 20, 4000e9, 400],
    ['gh200', 143771 * 2 ** 20, 4800e9, 900],
    ['b300-sxm', 275040 * 2 ** 20, 7750e9, 1100],
    ['gb300', 284208 * 2 ** 20, 8000e9, 1400],
    ['tpu-v4', 32 * 2 ** 30, 1200e9, 192],
    ['tpu-v5e', 16 * 2 ** 30, 819e9, 200],
    ['tpu-v5p', 95 * 2 ** 30, 2765e9, 450],
    ['tpu-v6e', 32 * 2 ** 30, 1638e9, 350],
    ['tpu-v7x', 192 * 2 ** 30, 7380e9, 850],
    ['mi300x', 196592 * 2 ** 20, 5300e9, 750],
    ['mi325x', 262128 * 2 ** 20, 6000e9, 1000],
    ['mi350x', 294896 * 2 ** 20, 8000e9, 1000],
    ['mi355x', 294896 * 2 ** 20, 8000e9, 1400],
  ])('%s has its memory and power', (id, bytes, bandwidth, tdp) => {
    expect(chips[id]).toMatchObject({ memory: { bytes, bandwidth }, tdp })
  })

  // AWS Neuron SDK (2026-08-21); How to Scale Your Model (2025-02-18), Google Cloud (2026).
  it.each([
    ['trn1', 'NeuronCore-v2', 2],
    ['trn2', 'NeuronCore-v3', 8],
    ['trn3', 'NeuronCore-v4', 8],
    ['tpu-v4', 'TensorCore', 2],
    ['tpu-v5e', 'TensorCore', 1],
    ['tpu-v5p', 'TensorCore', 2],
    ['tpu-v6e', 'TensorCore', 1],
    ['tpu-v7x', 'TensorCore', 2],
    ['mi300x', 'CU', 304],
    ['mi355x', 'CU', 256],
    ['h20', 'SM', 78],
  ])('%s has its cores', (id, kind, count) => {
    expect(chips[id]?.cores).toEqual({ kind, count })
  })

  it.each([
    ['a800-sxm-80', 'ampere'],
    ['h20', 'hopper'],
    ['gh200', 'hopper'],
    ['gb300', 'blackwell'],
    ['trn3', 'neuron-v4'],
    ['tpu-v7x', 'tpu-v7x'],
    ['mi325x', 'cdna3'],
    ['mi350x', 'cdna4'],
  ])('%s has kernels of %s', (id, family) => {
    expect(chips[id]?.family).toBe(family)
  })
})

describe('links', () => {
  // GB/s per direction: ML Engineering, network; NeuronLink: AWS Neuron SDK.
  it.each([
    ['nvlink3', 300],
    ['nvlink4', 450],
    ['nvlink4-h800', 200],
    ['nvlink5', 900],
    ['nvlink5-nvl72', 900],
    ['pcie4-host', 31],
    ['pcie5-host', 63],
    ['neuronlink-v2', 192],
    ['neuronlink-v3', 512],
    ['neuronlink-v3-ultra', 640],
    ['neuronlink-v4', 1099.5],
    ['nvlink3-a800', 200],
    ['nvlink4-pair', 300],
    ['nvlink-c2c', 450],
    ['ici-v4', 270],
    ['ici-v5e', 180],
    ['ici-v5p', 540],
    ['ici-v6e', 360],
    ['ici-v7x', 600],
    ['xgmi-mi300', 448],
    ['xgmi-mi350', 535.5],
  ])('%s carries %d GB/s', (id, rate) => {
    expect(links[id]?.bandwidth).toBe(rate * 1e9)
  })

  // Chips along the axes: How to Scale Your Model (2025-02-18); AWS Neuron SDK.
  it.each([
    ['neuronlink-v2', [4, 4]],
    ['neuronlink-v3-ultra', [4, 4, 4]],
    ['ici-v4', [16, 16, 16]],
    ['ici-v5e', [16, 16]],
    ['ici-v5p', [16, 20, 28]],
    ['ici-v6e', [16, 16]],
    ['ici-v7x', [16, 24, 24]],
  ])('%s is a torus of %j', (id, chipsAlong) => {
    const { topology, bandwidth = 0, axes = [] } = links[id] ?? {}
    expect(topology).toBe('torus')
    expect(axes.map((axis) => axis.chips)).toEqual(chipsAlong)
    expect(bandwidth).toBe(axes.reduce((sum, axis) => sum + 2 * axis.linkBandwidth, 0))
  })

  // No more than the wire: a reduction in the switch sends each byte up once and receives it once.
  it('says what a switch that adds reaches, and no other', () => {
    for (const { inSwitchReduction, inSwitchShare = 0 } of Object.values(links)) {
      if (inSwitchReduction) expect(inSwitchShare).toBeGreaterThan(0.5)
      expect(inSwitchShare).toBeLessThan(2)
    }
  })

  // GB/s on 8 and on 2 MI300X: ML Engineering, network. Two chips of a mesh have one of its seven links.
  it('has the measured all-reduce of a mesh and of one link of it', () => {
    const { bandwidth = 0, achieved, topology } = links['xgmi-mi300'] ?? {}
    const bus = (bandwidth * (achieved?.allReduce ?? 0)) / 1e9
    expect(topology).toBe('mesh')
    expect(Math.abs(bus / 312.9 - 1)).toBeLessThan(0.01)
    expect(Math.abs(bus / 7 / 47.67 - 1)).toBeLessThan(0.07)
  })
})

describe('networks', () => {
  // Gb/s of a port; share from the ALCF scan of Polaris: 36.5 of 50 GB/s a node.
  it.each([
    ['slingshot-11', 200, 0.73],
    ['omni-path-100', 100, 0.8],
    ['ethernet-400', 400, 0.92],
    ['dcn', 200, 0.8],
    ['ib-xdr-800', 800, 0.92],
  ])('%s has ports of %d Gb/s, of which %d are used', (id, rate, achieved) => {
    expect(fabrics[id]).toMatchObject({ linkBandwidth: (rate * 1e9) / 8, achieved })
  })
})

describe('systems', () => {
  // Gb/s of a node over all its ports: AWS and NVIDIA by ML Engineering (network); trn1 by the AWS Neuron SDK.
  it.each([
    ['dgx-a100', 1600],
    ['dgx-h100', 3200],
    ['dgx-b200', 3200],
    ['p4d', 400],
    ['p4de', 400],
    ['p5', 3200],
    ['p5en', 3200],
    ['p6-b200', 3200],
    ['trn1', 800],
    ['trn1n', 1600],
    ['trn2', 3200],
    ['trn2-ultra', 3200],
    ['gb200-nvl72', 1600],
    ['dgx-b300', 6400],
    ['gb300-nvl72', 3200],
    ['p6-b300', 6400],
    ['p6e-gb200', 3200],
    ['trn3-gen1', 3200],
    ['trn3-gen2', 800],
    ['gh200-node', 400],
    ['mi300x-8', 3200],
    ['tpu-v4-pod', 200],
    ['tpu-v5e-pod', 200],
    ['tpu-v5p-pod', 200],
    ['tpu-v6e-pod', 800],
    ['tpu-v7x-pod', 400],
  ])('%s has %d Gb/s of ports', (id, rate) => {
    const system = systems[id]
    expect((system?.nicsPerNode ?? 0) * (system?.fabric.linkBandwidth ?? 0) * 8).toBe(rate * 1e9)
  })

  // Chips of a node and of a scale-up domain.
  it.each([
    ['hgx-a800', 8, 8],
    ['hgx-h20', 8, 8],
    ['h100-nvl-server', 8, 2],
    ['gh200-node', 1, 1],
    ['hgx-b300', 8, 8],
    ['gb300-nvl72', 4, 72],
    ['p6e-gb200', 4, 72],
    ['trn3-gen1', 16, 64],
    ['trn3-gen2', 4, 144],
    ['tpu-v4-pod', 4, 4096],
    ['tpu-v5e-pod', 8, 256],
    ['tpu-v5p-pod', 4, 8960],
    ['tpu-v6e-pod', 8, 256],
    ['tpu-v7x-pod', 4, 9216],
    ['mi300x-8', 8, 8],
    ['mi325x-8', 8, 8],
    ['mi350x-8', 8, 8],
    ['mi355x-8', 8, 8],
  ])('%s has %d chips a node and %d a domain', (id, chipsPerNode, domainChips) => {
    expect(systems[id]).toMatchObject({ chipsPerNode, domainChips })
  })

  // Kilowatts of a node: DGX B200 user guide; DGX H100 user guide, second-hand; DGX SuperPOD B300; NVIDIA Mission Control.
  it.each([
    ['dgx-b300', 14],
    ['gb300-nvl72', 7.5],
    ['dgx-h100', 10.2],
    ['dgx-b200', 14.3],
  ])('%s draws %d kW at most', (id, kilowatts) => {
    const { hostPower = 0, chipsPerNode = 0, chip } = systems[id] ?? {}
    expect(hostPower + chipsPerNode * (chip?.tdp ?? 0)).toBe(kilowatts * 1000)
  })

  it.each(Object.values(systems))('$id adds up', (system) => {
    const parts = system.chip.tdp + system.hostPower / system.chipsPerNode + system.networkPower
    expect(Math.abs(parts - system.allInPower)).toBeLessThan(1)
    const { chipsPerNode, domainChips } = system
    expect(Math.max(chipsPerNode, domainChips) % Math.min(chipsPerNode, domainChips)).toBe(0)
    expect(system.hostPower).toBeGreaterThan(0)
    const torus = system.scaleUp.axes?.reduce((product, axis) => product * axis.chips, 1)
    expect(torus ?? system.domainChips).toBe(system.domainChips)
    if (system.price !== undefined) expect(prices[system.price]).toMatchObject({ chip: system.chip.id, kind: 'rental' })
  })

  it('leaves the price to the scenario where none is public', () => {
    const unpriced = Object.values(systems).filter(({ price }) => price === undefined)
    expect(unpriced.map(({ id }) => id)).toEqual([
      'hgx-a800',
      'hgx-h20',
      'gh200-node',
      'dgx-b300',
      'hgx-b300',
      'gb300-nvl72',
      'p6-b300',
      'trn3-gen1',
      'trn3-gen2',
      'tpu-v7x-pod',
      'mi355x-8',
    ])
  })
})

describe('prices', () => {
  // USD per chip-hour: medians of one-year reservations (llm-cluster-simulator, 2026-02), AWS Capacity Blocks (2026-10-08).
  it.each([
    ['a100-80-reserved', 1.75],
    ['h100-reserved', 2.5],
    ['h200-reserved', 3.5],
    ['b200-reserved', 5],
    ['gb200-reserved', 6],
    ['h800-reserved', 2.25],
    ['aws-trn1-capacity-block', 0.596],
    ['aws-trn2-capacity-block', 2.235],
    // Epoch AI (2026-04-01), scaling-book (2025-08-18), Data Receipts (2026-11-09).
    ['tpu-v4-1-year', 2.03],
    ['tpu-v5e-on-demand', 1.32],
    ['tpu-v5e-1-year', 0.92],
    ['tpu-v5p-on-demand', 4],
    ['tpu-v6e-1-year', 2.08],
    ['azure-h100-nvl-on-demand', 6.98],
    ['mi300x-reserved', 2],
    ['mi325x-reserved', 2.5],
    ['mi350x-reserved', 4.5],
    ['h20-purchase', 12000],
    ['mi300x-purchase', 25734],
  ])('%s is %d at its median', (id, usd) => {
    expect(prices[id]?.usd.p50).toBe(usd)
  })

  it.each(Object.values(prices))('$id is ordered and of a known chip', ({ usd, chip, kind }) => {
    expect(usd.p5).toBeGreaterThan(0)
    expect(usd.p5 <= usd.p50 && usd.p50 <= usd.p95).toBe(true)
    expect(isSpread(usd)).toBe(usd.p5 !== usd.p95)
    expect(chips).toHaveProperty(chip)
    expect(usd.p50 > 1000).toBe(kind === 'purchase')
  })
})

describe('every preset', () => {
  it('stands under its own id, once', () => {
    expect(new Set(everyProfile.map(({ id }) => id)).size).toBeGreaterThan(0)
    for (const record of [chips, links, fabrics, systems, prices]) {
      for (const [id, profile] of Object.entries<Profile>(record)) expect(profile.id).toBe(id)
    }
    expect(Object.keys(chips)).toHaveLength(28)
  })

  it('passes its own schema unchanged', () => {
    const kinds = [
      [chips, resolveChip],
      [links, resolveLink],
      [fabrics, resolveFabric],
      [systems, resolveSystem],
      [prices, resolvePrice],
    ] as const
    for (const [record, resolve] of kinds) {
      for (const [id, profile] of Object.entries<Profile>(record)) {
        expect(resolve({ extends: id, id, name: profile.name }, builtinCatalog)).toEqual({ ok: true, value: profile })
      }
    }
  })

  it.each(everyProfile)('$id has a source on every number', (profile) => {
    const paths = numberPaths(profile)
    expect(paths.length).toBeGreaterThan(0)
    for (const path of paths) {
      const found = provenanceOf(profile, path)
      expect(found?.source.title, path).toBeTruthy()
      expect(found?.source.date, path).toMatch(/^\d{4}(-\d{2}(-\d{2})?)?$/)
    }
    for (const path of Object.keys(profile.provenance)) expect(path === '*' || holds(profile, path), path).toBe(true)
    for (const { source, verified } of Object.values(profile.provenance))
      expect(!verified || 'url' in source).toBe(true)
  })
})

describe('the source', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  )

  it.each(files)('%s needs no Node', (name) => {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8')
    expect(text).not.toMatch(/from 'node:|require\(|\bprocess\.|\bBuffer\b|__dirname/)
    if (name !== 'unit-engine.ts') expect(text).not.toMatch(/from 'mathjs'/)
  })
})

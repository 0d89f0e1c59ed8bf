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
  ])('%s has its memory and power', (id, bytes, bandwidth, tdp) => {
    expect(chips[id]).toMatchObject({ memory: { bytes, bandwidth }, tdp })
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
  ])('%s carries %d GB/s', (id, rate) => {
    expect(links[id]?.bandwidth).toBe(rate * 1e9)
  })

  // Bus bandwidth of 8 ranks at 512 MiB, GB/s: NVIDIA AIConfigurator (NCCL 2.29.2 on H100, 2.28.9 on B200).
  it('gives back the measured bus bandwidths', () => {
    const bus = (id: string, collective: 'allReduce' | 'allGather' | 'reduceScatter' | 'allToAll'): number =>
      ((links[id]?.bandwidth ?? 0) * (links[id]?.achieved[collective] ?? 0)) / 1e9
    expect(bus('nvlink4', 'allReduce')).toBeCloseTo(445, -0.5)
    expect(bus('nvlink4', 'allGather')).toBeCloseTo(336, -0.5)
    expect(bus('nvlink4', 'reduceScatter')).toBeCloseTo(335, -0.5)
    expect(bus('nvlink4', 'allToAll')).toBeCloseTo(317, -0.5)
    expect(bus('nvlink5', 'allReduce')).toBeCloseTo(685, -0.5)
    expect(bus('nvlink5', 'allToAll')).toBeCloseTo(532, -0.5)
    expect(bus('nvlink3', 'allReduce')).toBeCloseTo(235, -0.5)
  })

  // Microseconds of the smallest message on 2, 4 and 8 ranks: NVIDIA AIConfigurator.
  it.each([
    ['nvlink3', 'all-gather', [1, 3, 7], [8.98, 10.76, 15.56]],
    ['nvlink3', 'all-reduce', [2, 6, 14], [9.98, 14.54, 22.57]],
    ['nvlink4', 'all-gather', [1, 3, 7], [5.31, 7.07, 10.14]],
    ['nvlink4', 'all-reduce', [2, 6, 14], [6.18, 9.46, 15.59]],
    ['nvlink5', 'all-gather', [1, 3, 7], [8.84, 11.15, 16.06]],
    ['nvlink5', 'all-reduce', [2, 6, 14], [10.26, 15.09, 25.09]],
  ])('%s is as late as measured in a small %s', (id, _operation, hops, measured) => {
    hops.forEach((count, index) => {
      const predicted = ((links[id]?.baseLatency ?? 0) + count * (links[id]?.hopLatency ?? 0)) * 1e6
      expect(Math.abs(predicted / (measured[index] ?? 0) - 1)).toBeLessThan(0.07)
    })
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
  ])('%s has %d Gb/s of ports', (id, rate) => {
    const system = systems[id]
    expect((system?.nicsPerNode ?? 0) * (system?.fabric.linkBandwidth ?? 0) * 8).toBe(rate * 1e9)
  })

  // Kilowatts of a node: DGX B200 user guide; DGX H100 user guide, second-hand.
  it.each([
    ['dgx-h100', 10.2],
    ['dgx-b200', 14.3],
  ])('%s draws %d kW at most', (id, kilowatts) => {
    const { hostPower = 0, chipsPerNode = 0, chip } = systems[id] ?? {}
    expect(hostPower + chipsPerNode * (chip?.tdp ?? 0)).toBe(kilowatts * 1000)
  })

  it.each(Object.values(systems))('$id adds up', (system) => {
    const parts = system.chip.tdp + system.hostPower / system.chipsPerNode + system.networkPower
    expect(Math.abs(parts - system.allInPower)).toBeLessThan(1)
    expect(system.domainChips % system.chipsPerNode).toBe(0)
    const torus = system.scaleUp.axes?.reduce((product, axis) => product * axis.chips, 1)
    expect(torus ?? system.domainChips).toBe(system.domainChips)
    expect(prices[system.price ?? '']).toMatchObject({ chip: system.chip.id, kind: 'rental' })
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
    expect(Object.keys(chips)).toHaveLength(12)
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

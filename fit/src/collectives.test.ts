import { describe, expect, it } from 'vitest'
import type { Collective, CollectiveSample, CollectiveSamples } from './collective-samples.ts'
import { COLLECTIVE_FORM, collectivePart, hops, sentShare } from './collectives.ts'
import { remoteRanks } from './exchange.ts'
import { fitConstants } from './robust-fit.ts'

const TRUTH: Readonly<Record<string, number>> = {
  base: 5e-6,
  hop: 0.9e-6,
  copy: 600e9,
  chunk: 11e-6,
  allToAllBase: 9e-6,
  allToAllChunk: 3e-6,
  ring: 400e9,
  allToAll: 380e9,
  inSwitch: 500e9,
}
const OPERATIONS: readonly Collective[] = ['all_reduce', 'all_gather', 'reduce_scatter', 'alltoall']

function synthetic(): CollectiveSamples {
  const rows: CollectiveSample[] = []
  for (const collective of OPERATIONS) {
    for (const ranks of [2, 4, 8]) {
      for (let power = 14; power <= 30; power++) rows.push({ collective, ranks, bytes: 2 ** power, seconds: 1 })
    }
  }
  const blank = { chip: 'h100_sxm', link: 'nvlink4', rows }
  const part = collectivePart(COLLECTIVE_FORM, blank)
  const out = new Float64Array(part.count)
  part.residuals(
    Float64Array.from(part.keys, (key) => TRUTH[key.split(':')[0] as string] as number),
    out,
  )
  return { ...blank, rows: rows.map((row, i) => ({ ...row, seconds: Math.exp(out[i] as number) })) }
}

describe('collectives', () => {
  it('recovers the constants of synthetic times', () => {
    const start: Readonly<Record<string, number>> = {
      base: 8e-6,
      hop: 2e-6,
      copy: 1e12,
      chunk: 5e-6,
      allToAllBase: 5e-6,
      allToAllChunk: 5e-6,
    }
    const part = collectivePart(COLLECTIVE_FORM, synthetic())
    const fitted = fitConstants([part], (key) => start[key.split(':')[0] as string] ?? 300e9)
    for (const [key, value] of fitted)
      expect(value / (TRUTH[key.split(':')[0] as string] as number), key).toBeCloseTo(1, 1)
  })

  it('counts bytes and hops', () => {
    expect(sentShare('all_reduce', 8)).toBe(1.75)
    expect(sentShare('all_gather', 8)).toBe(0.875)
    expect(hops('all_reduce', 8)).toBe(14)
    expect(hops('reduce_scatter', 8)).toBe(7)
    expect(hops('alltoall', 8)).toBe(3)
  })

  it('sends a token once to each rank that holds one of its experts', () => {
    expect(remoteRanks(8, 256, 1)).toBeCloseTo(7 / 8, 12)
    expect(remoteRanks(8, 8, 8)).toBeCloseTo(7, 12)
    expect(remoteRanks(2, 4, 2)).toBeCloseTo(1 - 1 / 6, 12)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { readScenario } from '../scenario/read.ts'
import { exposedBehind, exposedPrefetch } from './data-parallel.ts'

function traffic(parallelism: object, globalBatch = 512) {
  const result = readScenario(
    JSON.stringify({
      model: 'llama-3-8b',
      cluster: { system: 'dgx-h100', chips: 64 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch },
      parallelism,
      cost: { price: '1 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return estimate(result.scenario).traffic.filter(({ part }) => part === 'data')
}

const LLAMA_8B = 8_030_261_248

describe('bytes between replicas (arXiv:1910.02054, section 7)', () => {
  const bytesByName = (parallelism: object) =>
    Object.fromEntries(traffic(parallelism).map(({ name, bytes }) => [name, bytes]))

  it('are one all-reduce of the gradients without ZeRO', () => {
    expect(bytesByName({ zero: 0 })).toEqual({ 'gradient all-reduce': 4 * LLAMA_8B })
  })

  it('are a reduce-scatter and an all-gather in stage 1', () => {
    expect(bytesByName({ zero: 1 })).toEqual({
      'gradient reduce-scatter': 4 * LLAMA_8B,
      'parameter all-gather': 2 * LLAMA_8B,
    })
  })

  it('are a reduce-scatter in each of 8 micro-batches and one all-gather in stage 2', () => {
    expect(bytesByName({ zero: 2 })).toEqual({
      'gradient reduce-scatter': 8 * 4 * LLAMA_8B,
      'parameter all-gather': 2 * LLAMA_8B,
    })
  })

  it('are three moves of the parameters in every micro-batch of stage 3', () => {
    const moves = traffic({ zero: 3 })
    // 512 sequences on 64 replicas: 8 micro-batches.
    expect(moves.map(({ name, count, bytes }) => [name, count, bytes])).toEqual([
      ['parameter all-gather', 16, 16 * 2 * LLAMA_8B],
      ['gradient reduce-scatter', 8, 8 * 4 * LLAMA_8B],
    ])
  })

  it('within shard groups are as many, and an all-reduce of a shard between the groups', () => {
    const moves = traffic({ zero: 3, shardGroup: 8 })
    expect(moves.map(({ name, group, bytes }) => [name, group, bytes])).toEqual([
      ['parameter all-gather', 'dense-dp', 16 * 2 * LLAMA_8B],
      ['gradient reduce-scatter', 'dense-dp', 8 * 4 * LLAMA_8B],
      ['gradient all-reduce', 'dense-replicas', (8 * 4 * LLAMA_8B) / 8],
    ])
    expect(moves.map(({ link }) => link)).toEqual(['scale-up', 'scale-up', 'network'])
  })

  it('take as long in an all-reduce as in its two halves, where one ring carries both', () => {
    const [reduce] = traffic({ tp: 8, zero: 0 })
    const halves = traffic({ tp: 8, zero: 1 })
    // Gradients of 4 bytes down; parameters travel in 2 bytes, half of what the second half of an all-reduce moves.
    const scatter = halves.find(({ name }) => name === 'gradient reduce-scatter')
    const gather = halves.find(({ name }) => name === 'parameter all-gather')
    const ratio = (reduce?.seconds ?? 0) / ((scatter?.seconds ?? 0) + 2 * (gather?.seconds ?? 0))
    expect(Math.abs(ratio - 1)).toBeLessThan(0.02)
  })

  it('are none on one replica', () => {
    expect(traffic({ tp: 8, cp: 2, pp: 4 }).every(({ group }) => group === 'dense-dp')).toBe(true)
    expect(traffic({ tp: 8, pp: 8 }, 8)).toEqual([])
  })
})

describe('what stays exposed', () => {
  const time = fc.double({ min: 0, max: 100, noNaN: true })

  it('lies between nothing and all, is at least the last bucket, and what the window does not hide', () => {
    fc.assert(
      fc.property(time, time, fc.integer({ min: 1, max: 200 }), (seconds, window, buckets) => {
        const exposed = exposedBehind(seconds, window, buckets, 0)
        expect(exposed).toBeGreaterThanOrEqual(0)
        expect(exposed).toBeLessThanOrEqual(seconds)
        expect(exposed).toBeGreaterThanOrEqual(seconds - window - 1e-12)
        expect(exposed).toBeGreaterThanOrEqual(seconds / buckets - 1e-12)
      }),
    )
  })

  it('of layers fetched one ahead is the sum over them', () => {
    const layers = fc.integer({ min: 1, max: 100 })
    fc.assert(
      fc.property(time, time, layers, (fetch, compute, n) => {
        let exposed = fetch
        for (let layer = 1; layer < n; layer++) exposed += Math.max(0, fetch - compute)
        expect(exposedPrefetch(n * fetch, n * compute, n, 0)).toBeCloseTo(exposed, 7)
      }),
    )
  })

  it('falls with the window and is everything without one', () => {
    expect(exposedBehind(10, 0, 8, 0.2)).toBe(10)
    expect(exposedBehind(10, 4, 8, 0)).toBe(6)
    expect(exposedBehind(10, 4, 8, 0.25)).toBe(7)
    expect(exposedBehind(10, 1000, 8, 0)).toBe(1.25)
    expect(exposedBehind(0, 4, 8, 0.2)).toBe(0)
  })
})

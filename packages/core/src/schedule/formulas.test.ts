import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Schedule } from '../scenario/scenario.ts'
import { microBatchesInFlight } from '../step/pipeline.ts'
import { buildOrder } from './order.ts'
import { chunksOf } from './shape.ts'
import { simulate } from './simulate.ts'
import { equalTimes } from './timeline.ts'

interface Seconds {
  readonly f: number
  readonly b: number
  readonly w: number
  readonly pair?: number
}

/** Plays a schedule; `idle` is the most that a stage stands still. */
function play(schedule: Schedule, stages: number, virtualStages: number, microBatches: number, s: Seconds) {
  const order = buildOrder(schedule, { stages, virtualStages, microBatches, recompute: false })
  const pair = s.pair === undefined ? {} : { pair: s.pair }
  const times = equalTimes(order, { forward: s.f, backwardInput: s.b, backwardWeight: s.w, ...pair })
  const timeline = simulate(order, times)
  const idle = timeline.seconds - Math.min(...timeline.busy)
  return { ...timeline, idle, peak: [...timeline.peakActivations] }
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const some = fc.double({ min: 0.1, max: 3, noNaN: true })
const seconds = fc.record({ f: some, b: some, w: some })
const stages = fc.integer({ min: 1, max: 10 })
const microBatches = fc.integer({ min: 1, max: 40 })

describe('on equal stages without traffic', () => {
  it('GPipe and 1F1B leave (p−1)·(F+B) idle (arXiv:2104.04473, section 2.2)', () => {
    fc.assert(
      fc.property(fc.constantFrom('gpipe', '1f1b'), stages, microBatches, seconds, (schedule, p, m, s) => {
        expect(play(schedule, p, 1, m, s).idle).toBeCloseTo((p - 1) * (s.f + s.b + s.w), 9)
      }),
    )
  })

  it('interleaving leaves 1/v of it idle, with any number of micro-batches from p up', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 1, max: 5 }), fc.nat({ max: 25 }), seconds, (p, v, more, s) => {
        const chunk = { f: s.f / v, b: s.b / v, w: s.w / v }
        expect(play('interleaved', p, v, p + more, chunk).idle).toBeCloseTo(((p - 1) * (s.f + s.b + s.w)) / v, 9)
      }),
    )
  })

  it('ZB-H1 leaves (p−1)·(F+B−W) idle where F = B = W: a third of 1F1B (arXiv:2401.10241, table 1)', () => {
    fc.assert(
      fc.property(stages, fc.nat({ max: 30 }), some, (p, more, t) => {
        const s = { f: t, b: t, w: t }
        const idle = play('zb-h1', p, 1, p + more, s).idle
        expect(idle).toBeCloseTo((p - 1) * t, 9)
        expect(3 * idle).toBeCloseTo(play('1f1b', p, 1, p + more, s).idle, 9)
      }),
    )
  })

  it('ZB-V has no bubble but the first forwards on their way, (p−1)·F, where F = B = W and m ≥ 2p − 1', () => {
    fc.assert(
      fc.property(stages, fc.nat({ max: 30 }), some, (p, more, t) => {
        const m = 2 * p - 1 + more
        const { start, end, idle } = play('zb-v', p, 2, m, { f: t, b: t, w: t })
        expect(idle).toBeCloseTo((p - 1) * t, 9)
        const order = buildOrder('zb-v', { stages: p, virtualStages: 2, microBatches: m, recompute: false })
        for (const stage of range(p)) {
          const own = [order.offsets[stage] ?? 0, order.offsets[stage + 1] ?? 0] as const
          const span = Math.max(...end.subarray(...own)) - Math.min(...start.subarray(...own))
          expect(span).toBeCloseTo(6 * m * t, 9)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('DualPipe leaves (p/2−1)·(F&B + B − 3W) idle on its middle stages, DualPipeV likewise (github.com/deepseek-ai/DualPipe)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('dualpipe', 'dualpipe-v'),
        fc.integer({ min: 1, max: 6 }),
        fc.nat({ max: 20 }),
        some,
        fc.double({ min: 2, max: 3, noNaN: true }),
        (schedule, half, more, t, together) => {
          const p = schedule === 'dualpipe' ? 2 * half : half
          const m = schedule === 'dualpipe' ? 2 * p + 2 * more : 2 * p + more
          const { idle } = play(schedule, p, 2, m, { f: t, b: t, w: t, pair: together * t })
          expect(idle).toBeCloseTo((half - 1) * (together * t + 2 * t - 3 * t), 9)
        },
      ),
    )
  })
})

describe('activations held at the peak', () => {
  it('are min(m, p − i) micro-batches in 1F1B, all in GPipe, and Megatron’s warm-up and one in interleaved chunks', () => {
    fc.assert(
      fc.property(stages, fc.integer({ min: 2, max: 4 }), fc.nat({ max: 30 }), microBatches, (p, v, more, m) => {
        const one = { f: 1, b: 1, w: 1 }
        expect(play('1f1b', p, 1, m, one).peak).toEqual(range(p).map((i) => Math.min(m, p - i)))
        expect(play('gpipe', p, 1, m, one).peak).toEqual(range(p).map(() => m))
        expect(play('interleaved', p, v, p + more, one).peak).toEqual(
          range(p).map((i) => v * microBatchesInFlight('interleaved', i, p, v, p + more)),
        )
      }),
      { numRuns: 50 },
    )
  })

  it('are min(m, p) on every stage in ZB-H1, twice as many half-stage chunks in ZB-V from 2p micro-batches up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), microBatches, fc.constantFrom('zb-h1', 'zb-v'), (p, m, schedule) => {
        const chunks = chunksOf(schedule, 1)
        const held = range(p).map((i) => chunks * microBatchesInFlight(schedule, i, p, 1, m))
        const { peak } = play(schedule, p, chunks, m, { f: 1, b: 1, w: 1 })
        if (schedule === 'zb-h1' || m >= 2 * p) expect(peak).toEqual(held)
        else expect(peak.every((most, i) => most <= (held[i] ?? 0))).toBe(true)
        expect(held).toEqual(range(p).map(() => chunks * Math.min(m, p)))
      }),
      { numRuns: 50 },
    )
  })

  it('are p + 1 in DualPipe (arXiv:2412.19437, table 2), and as many of its own p in DualPipeV', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.nat({ max: 8 }),
        fc.constantFrom('dualpipe', 'dualpipe-v'),
        (half, more, schedule) => {
          const p = 2 * half
          const held = range(p).map((i) => 2 * microBatchesInFlight(schedule, i, p, 1, 2 * p + more))
          expect(play(schedule, p, 2, 2 * (p + more), { f: 1, b: 1, w: 1, pair: 2.5 }).peak).toEqual(held)
          expect(held).toEqual(range(p).map(() => (schedule === 'dualpipe' ? p : 2 * p) + 1))
        },
      ),
      { numRuns: 50 },
    )
  })
})

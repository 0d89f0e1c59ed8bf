import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layersPerStage } from '../layout/stages.ts'
import type { Schedule } from '../scenario/scenario.ts'
import { bubbleSeconds } from '../step/bubble.fixture.ts'
import { interleavedSeconds, oneForwardOneBackwardSeconds } from './closed-form.ts'
import { buildOrder } from './order.ts'
import { chunkLayers } from './shape.ts'
import { simulate } from './simulate.ts'
import { equalTimes } from './timeline.ts'

interface Case {
  readonly forward: readonly number[]
  readonly backward: readonly number[]
  readonly m: number
  readonly send?: number
  readonly vpp?: number
}

/** Seconds of a step by events: chunks of a stage are equal. */
function played(schedule: Schedule, { forward, backward, m, send = 0, vpp = 1 }: Case): number {
  const order = buildOrder(schedule, {
    stages: forward.length,
    virtualStages: vpp,
    microBatches: m,
    recompute: false,
  })
  const times = equalTimes(order, { forward: 0, backwardInput: 0, backwardWeight: 0, send })
  forward.forEach((f, stage) => {
    times.forward.fill(f / vpp, stage * vpp, (stage + 1) * vpp)
    times.backwardInput.fill((backward[stage] ?? 0) / vpp, stage * vpp, (stage + 1) * vpp)
  })
  return simulate(order, times).seconds
}

/** m·max t and the bubble of `bubbleSeconds`: (Σt − max t)/v. */
function simple({ forward, backward, m, vpp = 1 }: Case): number {
  const stages = forward.map((f, i) => f + (backward[i] ?? 0))
  return m * Math.max(...stages) + bubbleSeconds(stages, vpp)
}

const refined = ({ forward, backward, m, send = 0 }: Case) => oneForwardOneBackwardSeconds(forward, backward, m, send)

const size = fc.double({ min: 0.2, max: 3, noNaN: true })
const count = fc.integer({ min: 1, max: 40 })
const ratio = fc.double({ min: 1, max: 3, noNaN: true })
const spread = (by: number) =>
  fc.array(fc.double({ min: 1 - by, max: 1 + by, noNaN: true }), { minLength: 1, maxLength: 8 })
/** Stages of one ratio of backward to forward. */
const proportional = (by: number) =>
  fc
    .record({ forward: spread(by), k: ratio, m: count })
    .map(({ forward, k, m }): Case => ({ forward, backward: forward.map((f) => k * f), m }))
const anyStages = fc
  .record({ stages: fc.array(fc.tuple(size, size), { minLength: 1, maxLength: 8 }), m: count })
  .map(({ stages, m }): Case => ({ forward: stages.map(([f]) => f), backward: stages.map(([, b]) => b), m }))

function slowestLast({ forward, backward, m }: Case): Case {
  const stages = forward.map((f, i) => [f, backward[i] ?? 0] as const).sort(([a, b], [c, d]) => a + b - c - d)
  return { forward: stages.map(([f]) => f), backward: stages.map(([, b]) => b), m }
}

describe('Σt + (m−1)·max t', () => {
  it('is 1F1B exactly where the last stage is as slow as any', () => {
    fc.assert(
      fc.property(anyStages, (c) => {
        const last = slowestLast(c)
        expect(simple(last)).toBeCloseTo(played('1f1b', last), 9)
        expect(refined(last)).toBeCloseTo(played('1f1b', last), 9)
      }),
    )
  })

  it('is GPipe exactly where one stage is slowest both ways, and at most GPipe elsewhere', () => {
    fc.assert(
      fc.property(proportional(0.6), (c) => {
        expect(simple(c)).toBeCloseTo(played('gpipe', c), 9)
      }),
    )
    fc.assert(
      fc.property(anyStages, (c) => {
        expect(simple(c)).toBeLessThanOrEqual(played('gpipe', c) + 1e-9)
      }),
    )
  })

  it('is never less than 1F1B, and more by up to a third where an early stage is slow', () => {
    fc.assert(
      fc.property(proportional(0.3), (c) => {
        const seconds = played('1f1b', c)
        expect(simple(c)).toBeGreaterThanOrEqual(seconds - 1e-9)
        expect(simple(c)).toBeLessThanOrEqual((4 / 3) * seconds)
      }),
      { numRuns: 500 },
    )
  })

  it('with the bubble over v is interleaved 1F1B exactly where only the last stage is slower or the first faster', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 4 }),
        fc.nat({ max: 12 }),
        fc.double({ min: 0.3, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 2, noNaN: true }),
        (p, vpp, more, first, last) => {
          const even = Array.from({ length: p }, () => 1)
          for (const forward of [even, [first, ...even.slice(1)], [...even.slice(1), last]]) {
            const c = { forward, backward: forward.map((f) => 2 * f), m: p * (1 + (more % 4)), vpp }
            expect(simple(c)).toBeCloseTo(played('interleaved', c), 9)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('the longest paths of 1F1B', () => {
  it('are the step exactly where stages of one ratio differ by up to a tenth', () => {
    fc.assert(
      fc.property(proportional(0.1), (c) => {
        expect(refined(c)).toBeCloseTo(played('1f1b', c), 9)
      }),
      { numRuns: 500 },
    )
  })

  it('are never longer than the step, and up to 13 % shorter where stages differ by up to a half', () => {
    const floors = fc.property(anyStages, (c) => {
      expect(refined(c)).toBeLessThanOrEqual(played('1f1b', c) + 1e-9)
    })
    fc.assert(floors, { numRuns: 500 })
    const near = fc.property(proportional(0.5), (c) => {
      expect(refined(c)).toBeGreaterThanOrEqual(0.86 * played('1f1b', c))
    })
    fc.assert(near, { numRuns: 500 })
    // The worst case that a search by small changes found.
    const forward = [0.7848521160940801, 1.4995411579182072, 1.2273040398134136, 1.0225757153785244, 0.5, 0.5, 0.5]
    const worst = { forward, backward: forward.map((f) => 1.0188134678197787 * f), m: 6 }
    expect(refined(worst) / played('1f1b', worst)).toBeCloseTo(1 - 0.1298, 3)
  })

  it('with sends of up to a twentieth of a forward are up to 3 % shorter where stages differ by up to a tenth', () => {
    fc.assert(
      fc.property(proportional(0.1), fc.double({ min: 0, max: 0.05, noNaN: true }), (c, send) => {
        const seconds = played('1f1b', { ...c, send })
        expect(refined({ ...c, send })).toBeLessThanOrEqual(seconds + 1e-9)
        expect(refined({ ...c, send })).toBeGreaterThanOrEqual(0.97 * seconds)
      }),
      { numRuns: 500 },
    )
  })
})

describe('the closed form of interleaved 1F1B', () => {
  const interleavedCase = (by: number) =>
    fc
      .record({
        forward: fc.array(fc.double({ min: 1 - by, max: 1 + by, noNaN: true }), { minLength: 2, maxLength: 7 }),
        k: ratio,
        vpp: fc.integer({ min: 2, max: 4 }),
        rounds: fc.integer({ min: 1, max: 6 }),
      })
      .map(({ forward, k, vpp, rounds }) => {
        return { forward, backward: forward.map((f) => k * f), m: rounds * forward.length, vpp }
      })
  const closed = (c: Case & { readonly vpp: number }) => {
    const stages = c.forward.map((f, i) => f + (c.backward[i] ?? 0))
    return interleavedSeconds(stages, c.vpp, c.m, c.send)
  }

  it('is the step exactly where chunks are equal, with micro-batches that the stages do not divide', () => {
    const numbers = [fc.integer({ min: 2, max: 7 }), fc.integer({ min: 2, max: 4 }), fc.nat({ max: 30 })] as const
    fc.assert(
      fc.property(...numbers, ratio, (p, vpp, more, k) => {
        const forward = Array.from({ length: p }, () => 1)
        const c = { forward, backward: forward.map((f) => k * f), m: p + more, vpp }
        expect(closed(c)).toBeCloseTo(played('interleaved', c), 9)
      }),
      { numRuns: 200 },
    )
  })

  it('is the step exactly where chunks are equal, sends on the way there and back once included', () => {
    fc.assert(
      fc.property(interleavedCase(0), fc.double({ min: 0, max: 0.2, noNaN: true }), (c, share) => {
        const send = share / c.vpp
        expect(closed({ ...c, send })).toBeCloseTo(played('interleaved', { ...c, send }), 9)
      }),
      { numRuns: 200 },
    )
  })

  it('is up to 22 % below and 16 % above the step where chunks of a model’s layers differ by one', () => {
    const numbers = {
      p: fc.integer({ min: 2, max: 8 }),
      vpp: fc.integer({ min: 2, max: 4 }),
      more: fc.nat({ max: 24 }),
    }
    fc.assert(
      fc.property(fc.record({ ...numbers, layers: fc.integer({ min: 2, max: 96 }), k: ratio }), (drawn) => {
        const { p, vpp, more, layers, k } = drawn
        fc.pre(layers >= p * vpp)
        const perStage = layersPerStage(layers, p, {}) ?? []
        const m = p + more
        const order = buildOrder('interleaved', { stages: p, virtualStages: vpp, microBatches: m, recompute: false })
        const times = equalTimes(order, { forward: 0, backwardInput: 0, backwardWeight: 0 })
        const forward = perStage.map((all, stage) => {
          for (let chunk = 0; chunk < vpp; chunk++) {
            const own = chunkLayers('interleaved', perStage, p, vpp, stage, chunk)
            times.forward[stage * vpp + chunk] = own
            times.backwardInput[stage * vpp + chunk] = k * own
          }
          return all
        })
        const ratioOf =
          closed({ forward, backward: forward.map((f) => k * f), m, vpp }) / simulate(order, times).seconds
        expect(ratioOf).toBeGreaterThan(0.78)
        expect(ratioOf).toBeLessThan(1.16)
      }),
      { numRuns: 300 },
    )
  })

  it('is never shorter than the step without sends, and up to 15 % longer where stages differ by up to a tenth', () => {
    fc.assert(
      fc.property(interleavedCase(0.1), (c) => {
        const seconds = played('interleaved', c)
        expect(closed(c)).toBeGreaterThanOrEqual(seconds - 1e-9)
        expect(closed(c)).toBeLessThanOrEqual(1.15 * seconds)
      }),
      { numRuns: 500 },
    )
  })
})

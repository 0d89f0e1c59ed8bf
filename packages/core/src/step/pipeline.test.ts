import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bubbleSeconds } from './bubble.fixture.ts'
import { microBatchesInFlight } from './pipeline.ts'

/** One piece of work of a stage: forward or backward of a chunk of a micro-batch. */
interface Work {
  readonly forward: boolean
  readonly chunk: number
  readonly microBatch: number
}

type Order = (stage: number, pp: number, vpp: number, microBatches: number) => readonly Work[]

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

const gpipe: Order = (_stage, _pp, _vpp, m) => [
  ...range(m).map((microBatch) => ({ forward: true, chunk: 0, microBatch })),
  ...range(m).map((microBatch) => ({ forward: false, chunk: 0, microBatch })),
]

/** Forwards and backwards taken in turn after `warmUp` forwards. */
function alternate(forwards: readonly Work[], backwards: readonly Work[], warmUp: number): readonly Work[] {
  const steady = forwards.slice(warmUp).flatMap((work, i) => [work, ...backwards.slice(i, i + 1)])
  return [...forwards.slice(0, warmUp), ...steady, ...backwards.slice(forwards.length - warmUp)]
}

const oneForwardOneBackward: Order = (stage, pp, _vpp, m) => {
  const work = (forward: boolean) => range(m).map((microBatch) => ({ forward, chunk: 0, microBatch }))
  return alternate(work(true), work(false), Math.min(m, pp - stage - 1))
}

/** Megatron's interleaving: groups of pp micro-batches pass chunk after chunk (Narayanan et al. 2021, figure 4). */
const interleaved: Order = (stage, pp, vpp, m) => {
  const work = (forward: boolean) =>
    range(m * vpp).map((k) => {
      const chunk = Math.floor((k % (pp * vpp)) / pp)
      return {
        forward,
        chunk: forward ? chunk : vpp - 1 - chunk,
        microBatch: Math.floor(k / (pp * vpp)) * pp + (k % pp),
      }
    })
  return alternate(work(true), work(false), Math.min(m * vpp, 2 * (pp - stage - 1) + (vpp - 1) * pp))
}

interface Played {
  readonly seconds: number
  /** Most chunks that each stage holds between forward and backward. */
  readonly held: readonly number[]
}

/** Plays a schedule event by event: work starts when its stage is free and what it needs is done. */
function play(order: Order, forward: readonly number[], backward: readonly number[], vpp: number, m: number): Played {
  const pp = forward.length
  const queues = range(pp).map((stage) => order(stage, pp, vpp, m))
  const next = range(pp).map(() => 0)
  const free = range(pp).map(() => 0)
  const done = new Map<string, number>()
  const key = (stage: number, work: Work) => `${work.forward} ${stage} ${work.chunk} ${work.microBatch}`
  const needs = (stage: number, work: Work): string | null => {
    if (work.forward) {
      if (stage > 0) return key(stage - 1, work)
      return work.chunk === 0 ? null : key(pp - 1, { ...work, chunk: work.chunk - 1 })
    }
    if (stage < pp - 1) return key(stage + 1, work)
    return work.chunk === vpp - 1 ? key(stage, { ...work, forward: true }) : key(0, { ...work, chunk: work.chunk + 1 })
  }
  for (let left = 2 * m * vpp * pp; left > 0; ) {
    const before = left
    for (const stage of range(pp)) {
      for (;;) {
        const at = next[stage] ?? 0
        const work = queues[stage]?.[at]
        if (work === undefined) break
        const need = needs(stage, work)
        const ready = need === null ? 0 : done.get(need)
        if (ready === undefined) break
        const seconds = ((work.forward ? forward[stage] : backward[stage]) ?? 0) / vpp
        const end = Math.max(free[stage] ?? 0, ready) + seconds
        done.set(key(stage, work), end)
        free[stage] = end
        next[stage] = at + 1
        left--
      }
    }
    if (left === before) throw new Error('the schedule is stuck')
  }
  const held = queues.map((queue) => {
    let now = 0
    return queue.reduce((most, work) => {
      now += work.forward ? 1 : -1
      return Math.max(most, now)
    }, 0)
  })
  return { seconds: Math.max(...free), held }
}

const equal = (pp: number, value: number) => range(pp).map(() => value)
const seconds = fc.double({ min: 0.1, max: 3, noNaN: true })

describe('the bubble', () => {
  it('of 1F1B and GPipe on equal stages is what playing the schedule leaves idle', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(gpipe, oneForwardOneBackward),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 20 }),
        seconds,
        seconds,
        (order, pp, m, forward, backward) => {
          const played = play(order, equal(pp, forward), equal(pp, backward), 1, m)
          const stage = forward + backward
          expect(played.seconds).toBeCloseTo(m * stage + bubbleSeconds(equal(pp, stage), 1), 9)
        },
      ),
    )
  })

  it('of interleaved chunks on equal stages is what playing the schedule leaves idle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        seconds,
        seconds,
        (pp, vpp, groups, forward, backward) => {
          const m = groups * pp
          const played = play(interleaved, equal(pp, forward), equal(pp, backward), vpp, m)
          const stage = forward + backward
          expect(played.seconds).toBeCloseTo(m * stage + bubbleSeconds(equal(pp, stage), vpp), 9)
        },
      ),
    )
  })

  it('of unequal stages (±30 %) in 1F1B, Σt + (m−1)·max t, is within a quarter of the played step', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.7, max: 1.3, noNaN: true }), { minLength: 2, maxLength: 8 }),
        fc.integer({ min: 0, max: 24 }),
        (sizes, more) => {
          const m = sizes.length + more
          const backward = sizes.map((size) => 2 * size)
          const played = play(oneForwardOneBackward, sizes, backward, 1, m).seconds
          const stages = sizes.map((size) => 3 * size)
          const slowest = Math.max(...stages)
          const closed = m * slowest + bubbleSeconds(stages, 1)
          expect(played).toBeGreaterThanOrEqual(m * slowest - 1e-9)
          expect(Math.abs(closed / played - 1)).toBeLessThan(1 / 4)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of one slow stage at the end (the head) in 1F1B is exact', () => {
    const forward = [1, 1, 1, 1.2]
    const played = play(
      oneForwardOneBackward,
      forward,
      forward.map((f) => 2 * f),
      1,
      16,
    )
    const stages = forward.map((f) => 3 * f)
    expect(played.seconds).toBeCloseTo(16 * 3.6 + bubbleSeconds(stages, 1), 9)
  })

  it('is (p−1)/(v·m) of the ideal step (Narayanan et al. 2021, section 2.2) and none without a pipeline', () => {
    expect(bubbleSeconds(equal(8, 3), 4) / (32 * 3)).toBeCloseTo(7 / (4 * 32), 12)
    expect(bubbleSeconds([3], 1)).toBe(0)
  })
})

describe('micro-batches in flight', () => {
  it('are the most that playing 1F1B holds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 20 }), (pp, m) => {
        const { held } = play(oneForwardOneBackward, equal(pp, 1), equal(pp, 2), 1, m)
        expect(range(pp).map((stage) => microBatchesInFlight('1f1b', stage, pp, 1, m))).toEqual(held)
      }),
    )
  })

  it('are the most that playing interleaved chunks holds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (pp, vpp, groups) => {
          const m = groups * pp
          const { held } = play(interleaved, equal(pp, 1), equal(pp, 2), vpp, m)
          expect(range(pp).map((stage) => vpp * microBatchesInFlight('interleaved', stage, pp, vpp, m))).toEqual(held)
        },
      ),
    )
  })

  it('are all of them in GPipe', () => {
    expect(microBatchesInFlight('gpipe', 2, 4, 1, 17)).toBe(17)
    expect(play(gpipe, equal(4, 1), equal(4, 2), 1, 17).held).toEqual(equal(4, 17))
  })

  it('of the first stage are 1 + (p−1)/(p·v) times p (Narayanan et al. 2021, section 2.2)', () => {
    expect(microBatchesInFlight('interleaved', 0, 16, 8, 64)).toBeCloseTo(16 * (1 + 15 / (16 * 8)), 12)
  })
})

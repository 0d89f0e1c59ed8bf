import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SCHEDULES, type Schedule } from '../scenario/scenario.ts'
import { BACKWARD_INPUT, BACKWARD_WEIGHT, FORWARD, type ItemOrder, RECOMPUTE } from './items.ts'
import { buildOrder, scheduleProblem } from './order.ts'
import { simulate } from './simulate.ts'
import { NETWORK, newTimeline, SCALE_UP, type ScheduleTimes, type Timeline } from './timeline.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const EPSILON = 1e-9

/** Turns a stream of numbers in [0, 1) into the times of a schedule. */
function timesFrom(order: ItemOrder, draw: () => number, traffic: boolean): ScheduleTimes {
  const places = order.stages * order.chunks
  const column = (n: number, most: number, least = 0) => Float64Array.from({ length: n }, () => least + most * draw())
  const data = (most: number) => (traffic ? column(places, most) : new Float64Array(places))
  return {
    forward: column(places, 2, 0.1),
    backwardInput: column(places, 2, 0.1),
    backwardWeight: column(places, 2, 0.1),
    recompute: column(places, 1),
    pair: draw() < 0.5 ? new Float64Array(0) : column(places, 3, 0.2),
    send: traffic ? draw() : 0,
    sendLink: NETWORK,
    sendHolds: traffic && draw() < 0.3 ? draw() : 0,
    gather: data(4),
    reduce: data(4),
    dataLink: draw() < 0.7 ? NETWORK : SCALE_UP,
    dataOverlap: draw() < 0.2 ? 0 : draw() < 0.5 ? 1 : draw(),
    pieces: 1 + Math.floor(8 * draw()),
    optimizer: traffic ? column(order.stages, 1) : new Float64Array(order.stages),
    activations: new Float64Array(0),
  }
}

interface Case {
  readonly name: Schedule
  readonly order: ItemOrder
  readonly times: ScheduleTimes
}

const cases = (traffic: boolean, names: readonly Schedule[] = SCHEDULES) =>
  fc
    .record({
      name: fc.constantFrom(...names),
      stages: fc.integer({ min: 1, max: 6 }),
      virtualStages: fc.integer({ min: 1, max: 4 }),
      microBatches: fc.integer({ min: 1, max: 20 }),
      recompute: fc.boolean(),
      numbers: fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
    })
    .map(({ name, numbers, virtualStages, ...shape }) => ({
      name,
      shape: { ...shape, virtualStages: name === 'interleaved' ? virtualStages : 1 },
      numbers,
    }))
    .filter(({ name, shape }) => scheduleProblem(name, shape) === null)
    .map(({ name, shape, numbers }): Case => {
      const order = buildOrder(name, shape)
      return { name, order, times: timesFrom(order, () => numbers.next().value ?? 0, traffic) }
    })

const placeOf = (order: ItemOrder, stage: number, at: number) => stage * order.chunks + (order.chunk[at] ?? 0)

/** Calls `visit` with every item and its stage. */
function eachItem(order: ItemOrder, visit: (at: number, stage: number, kind: number) => void): void {
  for (const stage of range(order.stages)) {
    for (let at = order.offsets[stage] ?? 0; at < (order.offsets[stage + 1] ?? 0); at++) {
      visit(at, stage, order.kind[at] ?? 0)
    }
  }
}

/** Index of the item of each place and micro-batch that makes activations, and that makes the input's gradient. */
function producers(order: ItemOrder) {
  const forward = new Map<string, number>()
  const gradient = new Map<string, number>()
  eachItem(order, (at, stage, kind) => {
    const key = `${placeOf(order, stage, at)} ${order.microBatch[at]}`
    if (kind === FORWARD) forward.set(key, at)
    else if (kind !== BACKWARD_WEIGHT && kind !== RECOMPUTE) gradient.set(key, at)
  })
  return { forward, gradient }
}

function checkDependencies({ order, times }: Case, { start, end, sendEnd }: Timeline): void {
  const { forward, gradient } = producers(order)
  const arrival = (at: number | undefined, away: boolean) =>
    at === undefined ? Number.NaN : away && times.send > 0 ? (sendEnd[at] ?? 0) : (end[at] ?? 0)
  eachItem(order, (at, stage, kind) => {
    const place = placeOf(order, stage, at)
    const microBatch = order.microBatch[at] ?? 0
    const from = (made: Map<string, number>, other: number) =>
      arrival(made.get(`${other} ${microBatch}`), Math.floor(other / order.chunks) !== stage)
    const before = order.chain.previous[place] ?? -1
    const after = order.chain.next[place] ?? -1
    let ready = 0
    if (kind === FORWARD) ready = before === -1 ? 0 : from(forward, before)
    else if (kind === BACKWARD_WEIGHT) ready = from(gradient, place)
    else ready = Math.max(from(forward, place), after === -1 ? 0 : from(gradient, after))
    expect(start[at] ?? -1).toBeGreaterThanOrEqual(ready - EPSILON)
    expect(end[at] ?? -1).toBeGreaterThanOrEqual((start[at] ?? 0) - EPSILON)
  })
}

function expectApart(spans: readonly (readonly [number, number])[]): void {
  const sorted = [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])
  sorted.forEach(([start], i) => {
    expect(start).toBeGreaterThanOrEqual((sorted[i - 1]?.[1] ?? 0) - EPSILON)
  })
}

function checkResources({ order, times }: Case, timeline: Timeline): void {
  const { start, end, sendStart, sendEnd } = timeline
  const spans = () => range(order.stages).map((): [number, number][] => [])
  const compute = spans()
  const out = spans()
  const into = spans()
  eachItem(order, (at, stage, kind) => {
    const partner = at > 0 && order.beside[at - 1] === 1 && times.pair.length > 0
    if (!partner) compute[stage]?.push([start[at] ?? 0, end[at] ?? 0])
    if ((sendStart[at] ?? -1) < 0) return
    const place = placeOf(order, stage, at)
    const target = (kind === FORWARD ? order.chain.next[place] : order.chain.previous[place]) ?? 0
    out[stage]?.push([sendStart[at] ?? 0, sendEnd[at] ?? 0])
    into[Math.floor(target / order.chunks)]?.push([sendStart[at] ?? 0, sendEnd[at] ?? 0])
  })
  for (const list of [...compute, ...out, ...into]) expectApart(list)
}

describe('a simulated step', () => {
  it('has every item once, in the order of its stage but for weight gradients that come earlier', () => {
    fc.assert(
      fc.property(cases(true), ({ order, times }) => {
        const seen = new Set<string>()
        const { start } = simulate(order, times)
        const clocks = range(order.stages).map(() => 0)
        eachItem(order, (at, stage, kind) => {
          seen.add(`${placeOf(order, stage, at)} ${order.microBatch[at]} ${kind === BACKWARD_INPUT ? 1 : kind}`)
          if (kind === BACKWARD_WEIGHT) return
          expect(start[at] ?? -1).toBeGreaterThanOrEqual((clocks[stage] ?? 0) - EPSILON)
          clocks[stage] = start[at] ?? 0
        })
        const weights = order.kind.filter((kind) => kind === BACKWARD_WEIGHT).length
        const again = order.kind.includes(RECOMPUTE) ? 3 : 2
        expect(seen.size).toBe(order.kind.length)
        expect(order.kind.length).toBe(again * order.stages * order.chunks * order.microBatches + weights)
      }),
    )
  })

  it('keeps dependencies, and every resource does one thing at a time', () => {
    fc.assert(
      fc.property(cases(true), (c) => {
        const timeline = simulate(c.order, c.times)
        checkDependencies(c, timeline)
        checkResources(c, timeline)
      }),
      { numRuns: 200 },
    )
  })

  it('adds up on every stage: work, waits and optimizer are the step', () => {
    fc.assert(
      fc.property(cases(true), ({ order, times }) => {
        const t = simulate(order, times)
        for (const stage of range(order.stages)) {
          const waits = [t.gatherWait, t.sendWait, t.reduceWait, t.bubble].map((wait) => wait[stage] ?? Number.NaN)
          for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(-EPSILON)
          const works = (t.busy[stage] ?? 0) + (t.held[stage] ?? 0) + (times.optimizer[stage] ?? 0)
          expect(waits.reduce((a, b) => a + b, works)).toBeCloseTo(t.seconds, 9)
        }
      }),
      { numRuns: 200 },
    )
  })

  it('is never shorter than the busiest stage and the way to it', () => {
    fc.assert(
      fc.property(cases(true), ({ order, times }) => {
        const t = simulate(order, times)
        const first = range(order.stages * order.chunks).filter((place) => order.chain.previous[place] === -1)
        for (const stage of range(order.stages)) {
          const ways = first.map((start) => {
            let way = 0
            for (let p = start; Math.floor(p / order.chunks) !== stage && p !== -1; p = order.chain.next[p] ?? -1) {
              way += times.forward[p] ?? 0
            }
            return way
          })
          expect(t.pipelineSeconds).toBeGreaterThanOrEqual((t.busy[stage] ?? 0) + Math.min(...ways) - EPSILON)
        }
        expect(t.seconds).toBeGreaterThanOrEqual(t.pipelineSeconds - EPSILON)
      }),
      { numRuns: 200 },
    )
  })

  it('whose order is fixed is never longer where an item is shorter', () => {
    fc.assert(
      fc.property(
        cases(false, ['gpipe', '1f1b', 'interleaved']),
        fc.nat(),
        fc.constantFrom('forward', 'backwardInput', 'recompute'),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ({ order, times }, index, part, factor) => {
          const before = simulate(order, times).seconds
          const column = times[part]
          const place = index % column.length
          column[place] = factor * (column[place] ?? 0)
          expect(simulate(order, times).seconds).toBeLessThanOrEqual(before + EPSILON)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is never longer where weight gradients may fill idle time than where they keep their places', () => {
    fc.assert(
      fc.property(cases(false, ['zb-h1', 'zb-v', 'dualpipe', 'dualpipe-v']), ({ order, times }) => {
        const kept = simulate({ ...order, fills: false }, times)
        const filled = simulate(order, times)
        expect(filled.seconds).toBeLessThanOrEqual(kept.seconds + EPSILON)
        range(order.stages).forEach((stage) => {
          expect(filled.peakActivations[stage]).toBeLessThanOrEqual(kept.peakActivations[stage] ?? 0)
        })
      }),
      { numRuns: 200 },
    )
  })

  it('is the same on columns that another step has used', () => {
    fc.assert(
      fc.property(cases(true), fc.double({ min: 0.1, max: 5, noNaN: true }), ({ order, times }, send) => {
        const used = newTimeline(order)
        simulate(order, { ...times, send }, used)
        simulate(order, times, used)
        expect({ ...used, scratch: null }).toEqual({ ...simulate(order, times), scratch: null })
      }),
    )
  })
})

describe('parameters and gradients', () => {
  const order = buildOrder('interleaved', { stages: 2, virtualStages: 2, microBatches: 4, recompute: false })
  const base = { ...timesFrom(order, () => 0.5, false), send: 0, sendHolds: 0, pair: new Float64Array(0) }
  const all = (value: number) => new Float64Array(4).fill(value)

  it('hide under other chunks’ work: the first gather’s first piece and the last reduction’s last stay', () => {
    const alone = simulate(order, base).seconds
    const quick = { ...base, gather: all(0.4), reduce: all(0.4), dataOverlap: 1, pieces: 4 }
    expect(simulate(order, quick).seconds).toBeCloseTo(alone + 0.2, 9)
  })

  it('run before and after all work where nothing overlaps', () => {
    const alone = simulate(order, base).seconds
    const serial = { ...base, gather: all(0.4), reduce: all(0.4), dataOverlap: 0, pieces: 4 }
    const t = simulate(order, serial)
    expect(t.seconds).toBeCloseTo(alone + 1.6, 9)
    expect([...t.gatherWait]).toEqual([0.8, expect.closeTo(0, 9)])
  })

  it('give way to messages of the pipeline on the same link and take as long as they have to in all', () => {
    const shared = { ...base, gather: all(3), reduce: all(3), dataOverlap: 1, pieces: 1, send: 0.2, sendLink: NETWORK }
    const own = simulate(order, { ...shared, dataLink: SCALE_UP } as ScheduleTimes)
    const both = simulate(order, { ...shared, dataLink: NETWORK } as ScheduleTimes)
    expect(both.seconds).toBeGreaterThan(own.seconds)
    range(4).forEach((place) => {
      expect((both.gatherEnd[place] ?? 0) - (both.gatherStart[place] ?? 0)).toBeGreaterThanOrEqual(3 - EPSILON)
    })
  })
})

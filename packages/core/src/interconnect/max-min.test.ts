import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fairRates, finishTimes, type Stream } from './max-min.ts'

const stream = (links: readonly number[], bytes = 1): Stream => ({ bytes, links, weights: links.map(() => 1) })

const network = fc
  .record({
    capacity: fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 6 }),
    paths: fc.array(
      fc.record({
        links: fc.uniqueArray(fc.nat(5), { minLength: 1, maxLength: 4 }),
        weight: fc.double({ min: 0.1, max: 2, noNaN: true }),
        bytes: fc.double({ min: 0.1, max: 10, noNaN: true }),
      }),
      { minLength: 1, maxLength: 8 },
    ),
  })
  .map(({ capacity, paths }) => ({
    capacity: Float64Array.from(capacity),
    streams: paths.map(({ links, weight, bytes }): Stream => {
      const own = [...new Set(links.map((link) => link % capacity.length))]
      return { bytes, links: own, weights: own.map(() => weight) }
    }),
  }))

function loads(capacity: Float64Array, streams: readonly Stream[], rate: Float64Array): Float64Array {
  const load = new Float64Array(capacity.length)
  streams.forEach(({ links, weights }, i) => {
    links.forEach((link, j) => {
      load[link] = (load[link] ?? 0) + (weights[j] ?? 0) * (rate[i] ?? 0)
    })
  })
  return load
}

describe('fair rates', () => {
  // Bertsekas and Gallager, Data Networks, figure 6.17: one long session and one short on each of two links, and more on the second.
  it('of sessions on two links are those of the textbook', () => {
    const rates = fairRates(Float64Array.of(1, 1), [stream([0, 1]), stream([0]), stream([1]), stream([1])])
    expect([...rates].map((rate) => Number(rate.toFixed(9)))).toEqual([
      0.333333333, 0.666666667, 0.333333333, 0.333333333,
    ])
  })

  it('fill no link beyond its capacity, and every stream meets a full link on which none is faster', () => {
    fc.assert(
      fc.property(network, ({ capacity, streams }) => {
        const rates = fairRates(capacity, streams)
        const load = loads(capacity, streams, rates)
        for (const [link, value] of load.entries())
          expect(value).toBeLessThanOrEqual((capacity[link] ?? 0) * (1 + 1e-9))
        streams.forEach(({ links }, i) => {
          const bottleneck = links.some(
            (link) =>
              (load[link] ?? 0) >= (capacity[link] ?? 0) * (1 - 1e-9) &&
              streams.every(
                (other, j) => !other.links.includes(link) || (rates[j] ?? 0) <= (rates[i] ?? 0) * (1 + 1e-9),
              ),
          )
          expect(bottleneck).toBe(true)
        })
      }),
    )
  })

  it('take the links in any order', () => {
    fc.assert(
      fc.property(network, ({ capacity, streams }) => {
        const back = [...fairRates(capacity, [...streams].reverse())].reverse()
        for (const [i, rate] of fairRates(capacity, streams).entries()) expect(rate / (back[i] ?? 0)).toBeCloseTo(1, 9)
      }),
    )
  })
})

describe('finish times', () => {
  it('give what one stream leaves to the others', () => {
    const times = finishTimes(Float64Array.of(1), [stream([0], 1), stream([0], 2)])
    expect([...times]).toEqual([2, 3])
  })

  it('are no earlier than any link needs for what passes it, and no later than all links need one after the other', () => {
    fc.assert(
      fc.property(network, ({ capacity, streams }) => {
        const last = Math.max(...finishTimes(capacity, streams))
        const needs = [...capacity].map((rate, link) =>
          streams.reduce((sum, { bytes, links, weights }) => {
            const at = links.indexOf(link)
            return at < 0 ? sum : sum + (bytes * (weights[at] ?? 0)) / rate
          }, 0),
        )
        expect(last).toBeGreaterThanOrEqual(Math.max(...needs) * (1 - 2e-3))
        expect(last).toBeLessThanOrEqual(needs.reduce((a, b) => a + b, 0) * (1 + 1e-9))
      }),
    )
  })

  it('shrink in proportion when all links are faster', () => {
    fc.assert(
      fc.property(network, fc.double({ min: 1, max: 10, noNaN: true }), ({ capacity, streams }, factor) => {
        const slow = finishTimes(capacity, streams)
        const faster = capacity.map((rate) => rate * factor)
        for (const [i, time] of finishTimes(faster, streams).entries())
          expect((time * factor) / (slow[i] ?? 0)).toBeCloseTo(1, 6)
      }),
    )
  })
})

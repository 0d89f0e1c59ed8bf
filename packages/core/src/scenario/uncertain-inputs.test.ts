import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { readScenario } from './read.ts'
import { atQuantile, findSpreads } from './uncertain-inputs.ts'

const text = (fabric: string) => `
model: llama-3-8b
cluster: {system: dgx-h100, chips: 64, fabric: ${fabric}}
training: {tokens: 1T tokens, sequenceLength: 8192, globalBatch: 64}
parallelism: {tp: 2, zero: 3}
cost: {price: {p5: 1 USD/h, p50: 2 USD/h, p95: 3 USD/h}}
`

function estimateOf(fabric: string) {
  const result = readScenario(text(fabric))
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return { result: estimate(result.scenario), scenario: result.scenario }
}

const SPREAD = '{p5: 5 GB/s, p50: 50 GB/s, p95: 60 GB/s}'

describe('a spread of a number of the network', () => {
  it('is read at its median: the step is that of the median', () => {
    const spread = estimateOf(`{extends: ib-ndr-400, linkBandwidth: ${SPREAD}}`).result.step
    const median = estimateOf('{extends: ib-ndr-400, linkBandwidth: 50 GB/s}').result.step
    expect(spread.seconds).toBe(median.seconds)
  })

  it('widens the interval by the step at its ends, in quadrature', () => {
    const at = (rate: string) => estimateOf(`{extends: ib-ndr-400, linkBandwidth: ${rate}}`).result.step
    const [slow, median, fast] = [at('5 GB/s'), at('50 GB/s'), at('60 GB/s')]
    const half = Math.log(slow.seconds / fast.seconds) / 2
    const own = Math.log(median.interval90[1] / median.seconds)
    const { step } = estimateOf(`{extends: ib-ndr-400, linkBandwidth: ${SPREAD}}`).result
    expect(Math.log(step.interval90[1] / step.seconds)).toBeCloseTo(Math.hypot(own, half), 9)
  })

  it('is listed among the assumptions by its place', () => {
    const { assumptions } = estimateOf(`{extends: ib-ndr-400, linkBandwidth: ${SPREAD}}`).result
    expect(assumptions.map(({ path }) => path)).toContain('cluster.fabric.linkBandwidth')
  })

  it('is refused where one of its quantiles is none of its dimension', () => {
    const result = readScenario(text('{extends: ib-ndr-400, linkBandwidth: {p5: 5 kg, p50: 50 GB/s, p95: 60 GB/s}}'))
    expect(result.ok ? [] : result.issues.map(({ path }) => path.join('.'))).toEqual(['cluster.fabric.linkBandwidth'])
  })
})

it('fields that are drawn in the simulation keep their own spread', () => {
  expect(estimateOf('ib-ndr-400').scenario.uncertainInputs).toEqual([])
  const own = {
    profiles: { prices: { mine: { usd: { p5: 1, p50: 2, p95: 3 } } } },
    reliability: { fleet: { p5: 1, p50: 2, p95: 3 } },
  }
  expect(findSpreads(own)).toEqual([])
})

it('each spread is taken to its end while the others stay at the median', () => {
  const data = { cluster: { a: { p5: 1, p50: 2, p95: 3 }, b: { p5: 4, p50: 5, p95: 6 } } }
  const spreads = findSpreads(data)
  expect(atQuantile(data, spreads)).toEqual({ cluster: { a: 2, b: 5 } })
  expect(atQuantile(data, spreads, spreads[1], 'p5')).toEqual({ cluster: { a: 2, b: 4 } })
})

import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { readScenario } from '../scenario/read.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { traceStep } from '../trace/trace-step.ts'

function read(parallelism: object, system: unknown = 'dgx-h100'): Scenario {
  const result = readScenario(
    JSON.stringify({
      model: 'llama-3-70b',
      cluster: { system, chips: 64 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 128 },
      parallelism: { tp: 8, pp: 4, ...parallelism },
    }),
  )
  if (!result.ok) throw new Error(result.issues.map(({ code }) => code).join('; '))
  return result.scenario
}

/** The same with another link from chip to host. */
function linked(scenario: Scenario, hostBandwidth: number): Scenario {
  const [pool] = scenario.cluster.pools
  if (pool === undefined) throw new Error('a scenario without a pool')
  const chip = { ...pool.system.chip, hostBandwidth }
  return { ...scenario, cluster: { pools: [{ ...pool, system: { ...pool.system, chip } }], links: [] } }
}

const layers = (count: number) => ({ recompute: { modules: ['layer'], layers: count } })

describe('recompute of the first layers of each stage', () => {
  const step = (parallelism: object) => estimate(read(parallelism)).step

  it('costs its share of full recompute, in time and in FLOPs', () => {
    const none = step({ recompute: 'none' })
    const full = step({ recompute: 'full' })
    for (const count of [1, 5, 10, 19]) {
      const some = step(layers(count))
      expect(some.breakdown.recompute / full.breakdown.recompute).toBeCloseTo(count / 20, 10)
      expect((some.hfu / some.mfu - 1) / (full.hfu / full.mfu - 1)).toBeCloseTo(count / 20, 10)
      expect(some.seconds).toBeGreaterThan(none.seconds)
      expect(some.seconds).toBeLessThan(full.seconds)
    }
  })

  it('of all of them is full recompute', () => {
    for (const count of [20, 300]) expect(step(layers(count)).seconds).toBe(step({ recompute: 'full' }).seconds)
  })

  it('takes as long by the scheduler as by the closed form', () => {
    const scenario = read(layers(5))
    const end = Math.max(...traceStep(scenario).traceEvents.map((e) => (e.ph === 'X' ? e.ts + e.dur : 0))) / 1e6
    const { seconds, breakdown } = estimate(scenario).step
    // The trace holds neither slow chips nor the host's start of a step.
    expect(end).toBeGreaterThan((seconds - breakdown.overhead) * 0.98)
    expect(end).toBeLessThan(seconds)
  })
})

describe('what lies on the host', () => {
  it('costs nothing while its copies hide under compute, and their time where they do not', () => {
    const kept = estimate(read({ recompute: 'full' }))
    const offloaded = read({ recompute: { modules: ['layer'], offload: true } })
    expect(estimate(linked(offloaded, 1e12)).step.seconds).toBe(kept.step.seconds)
    const slow = estimate(linked(offloaded, 1e8)).step.seconds
    const slower = estimate(linked(offloaded, 5e7)).step.seconds
    expect(slow).toBeGreaterThan(kept.step.seconds)
    // The inputs of 20 layers, 8,192 tokens of 8,192 in 16 bits over tp, there and back for 64 micro-batches behind 3 others.
    const copies = (2 * 20 * (8192 * 8192 * 2)) / 8 / 1e8
    expect((slower - slow) / (67 * copies)).toBeCloseTo(1, 1)
  })

  it('of the optimizer comes and goes once a step', () => {
    const scenario = read({ optimizerOffload: true })
    const optimizer = (hostBandwidth: number) => estimate(linked(scenario, hostBandwidth)).step.breakdown.optimizer
    const onChip = estimate(read({})).step.breakdown.optimizer
    const moved = optimizer(1e9) - onChip
    expect(optimizer(5e8) - onChip).toBeCloseTo(2 * moved, 6)
    // A quarter of the layers, an eighth of each, 12 bytes of states a parameter over 2 replicas, there and back.
    expect(moved / ((2 * 12 * (70.6e9 / 4 / 8 / 2)) / 1e9)).toBeCloseTo(1, 1)
  })

  it('is refused on a chip whose link to its host is unknown', () => {
    const trainium = (parallelism: object) => () => read({ tp: 1, pp: 1, ...parallelism }, 'trn2')
    expect(trainium({})).not.toThrow()
    expect(trainium({ recompute: { offload: true } })).toThrow('layout.offload')
    expect(trainium({ optimizerOffload: true })).toThrow('layout.offload')
  })
})

import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { readScenario } from '../scenario/read.ts'

function stepOf(pipelineOverlap: number, parallelism: object = {}) {
  const result = readScenario(
    JSON.stringify({
      model: 'llama-3-70b',
      cluster: { system: 'dgx-h100', chips: 256 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 512 },
      parallelism: { tp: 4, pp: 8, schedule: 'zb-h1', ...parallelism },
      software: { extends: 'megatron-core', pipelineOverlap },
      cost: { price: '2 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return estimate(result.scenario).step
}

describe('a zero-bubble pipeline', () => {
  it('is no faster where its sends hold the sender than where they hide', () => {
    expect(stepOf(0).seconds).toBeGreaterThanOrEqual(stepOf(1).seconds)
  })

  it('idles as long however its sends are charged', () => {
    expect(stepOf(0).breakdown.bubble).toBeGreaterThanOrEqual(stepOf(1).breakdown.bubble * (1 - 1e-9))
  })

  // What of the replicas' traffic stays exposed is its own part of the step, not also part of the pipeline's items.
  it('counts sharded gradients and parameters once', () => {
    const { breakdown } = stepOf(1, { zero: 3 })
    expect(breakdown.bubble / stepOf(1).breakdown.bubble).toBeCloseTo(1, 9)
  })
})

import { expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { readScenario } from '../scenario/read.ts'

function warnings(layers: number, vpp: number, microBatches = 32) {
  const result = readScenario(
    JSON.stringify({
      model: { extends: 'llama-3-8b', layers },
      cluster: { system: 'dgx-h100', chips: 64 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: microBatches * 8 },
      parallelism: { pp: 8, vpp },
      cost: { price: '1 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return estimate(result.scenario).warnings.filter(({ code }) => code === 'schedule.chunks')
}

it('tells where chunks of unlike layers take another time than their closed form', () => {
  expect(warnings(32, 4)).toEqual([])
  expect(warnings(32, 3)).toMatchObject([
    { path: 'parallelism.vpp', message: expect.stringMatching(/^chunks of 1 to 2 layers: .* % more than/) },
  ])
})

it('does not where only the ends go short', () => {
  expect(warnings(62, 4)).toEqual([])
})

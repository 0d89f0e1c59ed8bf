import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { buildPlan } from '../layout/plan.ts'
import { readScenario } from '../scenario/read.ts'
import type { Schedule } from '../scenario/scenario.ts'
import { buildMachine } from '../step/machine.ts'
import { planTimes } from './plan-times.ts'
import { chunksOf, copiesOf } from './shape.ts'

/** Sixteen layers on four stages; without a vocabulary to speak of and with messages that hide, every stage is alike. */
const P = 4
const M = 24

function scenarioOf(
  schedule: Schedule,
  model: { readonly extends?: string; readonly layers?: number } = {},
  software: object = {},
) {
  const result = readScenario(
    JSON.stringify({
      model: { extends: 'llama-3-8b', layers: 16, vocab: 8, ...model },
      cluster: { system: 'dgx-h100', chips: 32 },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: M * 8 },
      parallelism: {
        pp: P,
        ep: model.extends === 'mixtral-8x7b' ? 8 : 1,
        schedule,
        ...(schedule === 'interleaved' ? { vpp: 2 } : {}),
      },
      software: { extends: 'megatron-core', graphs: true, pipelineOverlap: 1, ...software },
      cost: { price: '2 USD/chip-hour' },
    }),
  )
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return result.scenario
}

/** Bubble of a scenario in seconds, and a stage's forward F, backward B and of it the weights' gradients W, as scheduled. */
function bubbleOf(schedule: Schedule) {
  const scenario = scenarioOf(schedule)
  const plan = buildPlan(scenario)
  const machine = buildMachine(plan.pool, 'bf16', scenario.software, scenario.calibration)
  const { times } = planTimes(plan, machine)
  // Of a stage in the middle; one copy of the model's.
  const chunks = chunksOf(schedule, plan.layout.vpp)
  const of = (column: Float64Array) =>
    column.slice(chunks, 2 * chunks).reduce((sum, seconds) => sum + seconds, 0) / copiesOf(schedule)
  const w = of(times.backwardWeight)
  return { bubble: estimate(scenario).step.breakdown.bubble, f: of(times.forward), b: of(times.backwardInput) + w, w }
}

describe('the bubble of a scenario', () => {
  it.each(['gpipe', '1f1b'] as const)('with %s is (p−1)·(F+B) (arXiv:2104.04473, section 2.2)', (schedule) => {
    const { bubble, f, b } = bubbleOf(schedule)
    expect(bubble / ((P - 1) * (f + b))).toBeCloseTo(1, 2)
  })

  it('with two interleaved chunks is half of it', () => {
    const { bubble, f, b } = bubbleOf('interleaved')
    expect(bubble / (((P - 1) * (f + b)) / 2)).toBeCloseTo(1, 2)
  })

  it('with ZB-H1 lies between (p−1)·(F+B−2W) and (p−1)·(F+B−W), B whole (arXiv:2401.10241, table 1; arXiv:2412.19437, table 2)', () => {
    const { bubble, f, b, w } = bubbleOf('zb-h1')
    expect(bubble).toBeGreaterThan(0.99 * (P - 1) * (f + b - 2 * w))
    expect(bubble).toBeLessThan(1.01 * (P - 1) * (f + b - w))
  })

  it('with ZB-V is under a third of 1F1B’s, and under ZB-H1’s (arXiv:2405.15362)', () => {
    const { bubble, f, b } = bubbleOf('zb-v')
    expect(bubble).toBeLessThan(((P - 1) * (f + b)) / 3)
    expect(bubble).toBeLessThan(bubbleOf('zb-h1').bubble)
  })

  // F&B = F + B: a dense model has no traffic of experts to hide.
  it('with DualPipe is at most (p/2−1)·(F&B + B − 3W), and near it (arXiv:2412.19437, table 2)', () => {
    const { bubble, f, b, w } = bubbleOf('dualpipe')
    const published = (P / 2 - 1) * (f + b + b - 3 * w)
    expect(bubble).toBeLessThan(1.01 * published)
    expect(bubble).toBeGreaterThan(0.8 * published)
  })
})

describe('DualPipe', () => {
  const mixture = { extends: 'mixtral-8x7b', layers: 16 }

  it('holds two copies of the parameters, and shards the optimizer over the replicas of both', () => {
    const memory = (schedule: Schedule) => estimate(scenarioOf(schedule)).memory.breakdown
    const [one, two] = [memory('1f1b'), memory('dualpipe')]
    expect(two.weights / one.weights).toBeCloseTo(2, 3)
    expect(two.gradients / one.gradients).toBeCloseTo(2, 3)
    expect(two.optimizer / one.optimizer).toBeCloseTo(1, 3)
  })

  it('hides experts’ traffic where a forward runs beside a backward, and shows it where one runs alone', () => {
    const step = (expertOverlap: number) => {
      return estimate(scenarioOf('dualpipe', mixture, { expertOverlap })).step
    }
    const [hidden, shown] = [step(0.9), step(0)]
    expect(hidden.seconds).toBeLessThan(shown.seconds)
    expect(hidden.breakdown.bubble).toBeGreaterThan(shown.breakdown.bubble)
  })
})

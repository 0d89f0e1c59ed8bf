import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { parseScenario, readScenario } from './read.ts'
import { mainPhase, trainerPool } from './scenario.ts'

const text = (phases: string, top = 'training: { tokens: 1T, sequenceLength: 8192, globalBatch: 128 }') =>
  `model: llama-3-8b
cluster: { system: dgx-h100, chips: 64 }
${top}
parallelism: { tp: 2 }
cost: { price: 2 USD/chip-hour }
${phases}
`
const read = (phases: string, top?: string) => parseScenario(text(phases, top))
const problems = (phases: string, top?: string) => {
  const result = readScenario(text(phases, top))
  return result.ok
    ? ''
    : result.issues.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`).join('\n')
}

const THREE = `phases:
  - { name: ramp, share: 5 %, nodes: 4, training: { globalBatch: 64 } }
  - { name: main }
  - { name: long, tokens: 50B, training: { sequenceLength: 32768, globalBatch: 32 }, parallelism: { cp: 2 } }`

describe('phases', () => {
  const scenario = read(THREE)
  const answer = estimate(scenario)

  it('share the tokens of the run, and inherit what they do not change', () => {
    expect(scenario.phases.map(({ training }) => training.tokens)).toEqual([5e10, 9e11, 5e10])
    expect(scenario.phases.map(({ parallelism }) => [parallelism.tp, parallelism.cp, parallelism.dp])).toEqual([
      [2, 1, 16],
      [2, 1, 32],
      [2, 2, 16],
    ])
  })

  it('are summed up; step, memory and layout are those of the longest', () => {
    expect(mainPhase(scenario).name).toBe('main')
    expect(trainerPool(scenario).chips).toBe(64)
    const { phases, run, step } = answer
    expect(phases.map(({ name, chips }) => [name, chips])).toEqual([
      ['ramp', 32],
      ['main', 64],
      ['long', 64],
    ])
    expect(phases[1]?.stepSeconds).toBe(step.seconds)
    expect(run.steps).toBe(phases.reduce((sum, { steps }) => sum + steps, 0))
    expect(run.seconds).toBeCloseTo(
      phases.reduce((sum, { seconds }) => sum + seconds, 0),
      6,
    )
    expect(run.chipHours).toBeCloseTo(
      phases.reduce((sum, { seconds, chips }) => sum + (seconds * chips) / 3600, 0),
      6,
    )
  })

  it('take as long as each would alone', () => {
    const alone = (training: string, chips: number, layout: string) =>
      estimate(parseScenario(text('', training).replace('chips: 64', `chips: ${chips}`).replace('{ tp: 2 }', layout)))
        .step.ownSeconds
    const ramp = alone('training: { tokens: 1T, sequenceLength: 8192, globalBatch: 64 }', 32, '{ tp: 2 }')
    const long = alone('training: { tokens: 1T, sequenceLength: 32768, globalBatch: 32 }', 64, '{ tp: 2, cp: 2 }')
    const factor = answer.step.seconds / answer.step.ownSeconds
    expect(answer.phases[0]?.stepSeconds).toBeCloseTo(ramp * factor, 12)
    expect(answer.phases[2]?.stepSeconds).toBeCloseTo(long * factor, 12)
  })

  it('one phase is the short form', () => {
    const one = estimate(read('phases: [{ name: training }]'))
    const short = estimate(read(''))
    expect(one.run).toEqual(short.run)
    expect(short.phases).toHaveLength(1)
  })

  it('are scaled as a given step of the main one is; a given utilisation holds in all', () => {
    const slower = estimate(read(`${THREE}\noverride: { stepSeconds: 10 }`))
    expect(slower.phases[1]?.stepSeconds).toBe(10)
    const before = answer.phases.map(({ stepSeconds }) => stepSeconds / answer.step.ownSeconds)
    const factor = answer.step.seconds / answer.step.ownSeconds
    expect((slower.phases[2]?.stepSeconds ?? 0) / slower.step.seconds).toBeCloseTo((before[2] ?? 0) / factor, 12)
    const held = estimate(read(`${THREE}\noverride: { mfu: 0.4 }`))
    for (const { mfu } of held.phases) expect(mfu).toBeCloseTo(0.4, 12)
  })

  it('that do not fit are told', () => {
    const full = read(
      `phases: [{ name: a }, { name: long, tokens: 1B, training: { sequenceLength: 131072, globalBatch: 32 } }]`,
    )
    const { warnings, phases } = estimate(full)
    expect(phases[1]?.fits).toBe(false)
    expect(warnings).toContainEqual(expect.objectContaining({ code: 'phase.memory', path: 'phases[1]' }))
  })

  it('have evaluations, intervals and a time to set up', () => {
    const [first, second] = read(`evaluation: { every: 1000 steps, pause: 2 min }
phases: [{ tokens: 1B }, { switch: 1 h, interval: 50 steps, evaluation: { every: 6 h, pause: 5 min } }]`).phases
    expect(first).toMatchObject({
      name: 'phase 1',
      evaluation: { every: { steps: 1000 }, pause: 120 },
      switchSeconds: 0,
    })
    expect(second).toMatchObject({
      interval: { steps: 50 },
      evaluation: { every: 21_600, pause: 300 },
      switchSeconds: 3600,
    })
  })

  it.each([
    ['phases: [{ tokens: 1T, share: 1 }]', /phases\.tokens phases\.0: give either tokens or share/],
    ['phases: [{ tokens: 1B }, {}, {}]', /phases\.tokens phases\.2: missing/],
    ['phases: [{ tokens: 1T }, {}]', /no tokens are left/],
    ['phases: [{ tokens: 1B }, { tokens: 2B }]', /have 3\.00 ?B.*training says 1\.00 ?T/],
    ['phases: [{ training: { globalBatch: 100 } }]', /layout\.batch phases\.0/],
    ['phases: [{ chips: 60 }]', /layout\.|phases\.0/],
    ['phases: [{ chips: 60, nodes: 8 }]', /cluster\.chips phases\.0\.nodes/],
    ['phases: [{ parallelism: { tp: 3 } }]', /layout\.chips phases\.0\.parallelism\.tp/],
    [
      'phases: [{ training: { sequenceLenght: 1 } }]',
      /scenario\.key phases\.0\.training\.sequenceLenght.*sequenceLength/,
    ],
    ['phases: []', /phases/],
  ])('%s is refused', (phases, message) => {
    expect(problems(phases)).toMatch(message)
  })

  it('without a training above them say everything themselves', () => {
    const top = 'caveats: [none]'
    expect(problems('phases: [{ share: 1 }]', top)).toMatch(/training\.tokens, which is missing/)
    expect(problems('phases: [{ tokens: 1T }]', top)).toMatch(/phases\.0\.training/)
    expect(problems('phases: [{ tokens: 1T, training: { sequenceLength: 8192, globalBatch: 64 } }]', top)).toBe('')
  })
})

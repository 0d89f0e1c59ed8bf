/** The example that says most of what can be said of a run, from its text to trials. */

import { readFileSync } from 'node:fs'
import { estimate, namedFiles, parseScenario } from '@walltime/core'
import { planRun, simulate } from '@walltime/sim'
import { describe, expect, it } from 'vitest'

const file = (name: string) => readFileSync(new URL(`../examples/${name}`, import.meta.url), 'utf8')
const text = file('operations.yaml')
const files = new Map(namedFiles(text).map((name) => [name, file(name)]))
const scenario = parseScenario(text, { files })
const answer = estimate(scenario)

describe('examples/operations.yaml', () => {
  it('has four phases, whose tokens are those of the run; the full batch is the longest', () => {
    expect(answer.phases.map(({ name, chips }) => [name, chips])).toEqual([
      ['warm-up', 8192],
      ['half batch', 8192],
      ['full batch', 16_384],
      ['long context', 16_384],
    ])
    expect(answer.phases.reduce((sum, { tokens }) => sum + tokens, 0)).toBeCloseTo(16.4e12, -3)
    expect(answer.phases.every(({ fits }) => fits)).toBe(true)
    expect(answer.step.seconds).toBe(answer.phases[2]?.stepSeconds)
  })

  it('becomes a run in all its parts', () => {
    const plan = planRun(scenario, answer)
    expect(Object.keys(plan)).toEqual(
      expect.arrayContaining(['phases', 'lemons', 'batches', 'repairCrews', 'elastic', 'pace', 'cluster', 'power']),
    )
    const classes = Array.isArray(plan.failures) ? plan.failures : []
    expect(classes.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['gpu-faulty', 'leaf-switch', 'power (64 nodes)', 'power (2048 nodes)', 'maintenance']),
    )
    expect(classes.find(({ id }) => id === 'leaf-switch')?.nodesLost).toBeGreaterThan(1)
  })

  it('is simulated: seconds add up, and the same seed gives the same', async () => {
    const options = { trials: 8, seed: 'operations', estimate: answer }
    const one = await simulate(scenario, options)
    expect(one.wallClockSeconds.p50).toBeGreaterThan(answer.run.seconds)
    const booked = Object.values(one.badputSeconds).reduce((sum, seconds) => sum + seconds, one.productiveSeconds)
    expect(booked / one.wallClockSeconds.mean).toBeCloseTo(1, 9)
    expect((await simulate(scenario, options)).wallClockSeconds).toEqual(one.wallClockSeconds)
  })
})

import { estimate, facilityPower, parseScenario, trainerPool } from '@walltime/core'
import { describe, expect, test } from 'vitest'
import { simulate, simulateRun as simulateRunHere } from './index.ts'
import { inlineExecutor } from './inline-executor.ts'
import { simulate as simulateOnThreads, simulateRun } from './node.ts'
import { planRun } from './plan-run.ts'

const scenario = parseScenario(`
name: Llama 3.1 405B, 8K pre-training
model: llama-3.1-405b
cluster: {system: dgx-h100, chips: 16384, fabric: roce-400}
training: {tokens: 15.6T, sequenceLength: 8192, globalBatch: 2048, precision: bf16, optimizer: adam}
parallelism: {tp: 8, pp: 16, cp: 1, ep: 1, vpp: 8, microBatch: 1, zero: 1, sequenceParallel: true, schedule: interleaved}
reliability: {failures: llama3-2024, checkpoint: {interval: auto}, restart: 10 min, spares: {nodes: 16}}
cost: {price: 2.50 USD/chip-hour}
`)

describe("a scenario's run", () => {
  const answer = estimate(scenario)
  const plan = planRun(scenario, answer)

  test('does the work of the estimate, with the error of its step', () => {
    expect(plan.workSeconds).toBe(answer.run.seconds)
    expect(plan.stepError?.p95).toBeCloseTo(answer.step.spread.p95 / answer.step.seconds, 12)
    expect(plan.shortestIntervalSeconds).toBe(answer.step.seconds)
  })

  test('pays for spare nodes of eight chips, and draws power at two levels', () => {
    expect(plan.cost?.chips).toBe(16_384 + 16 * 8)
    expect(plan.power?.busyWatts).toBe(facilityPower(trainerPool(scenario), 16_384, 0.8))
    expect((plan.power?.idleWatts ?? 0) / (plan.power?.busyWatts ?? 0)).toBeCloseTo(0.3 / 0.8, 12)
  })

  test('counts the units of each class', () => {
    const classes = Array.isArray(plan.failures) ? plan.failures : []
    const given = scenario.reliability.failures.classes
    expect(classes.map(({ id, rate }) => [id, rate])).toEqual(given.map(({ id, rate }) => [id, rate]))
    for (const [i, { per }] of given.entries()) {
      if (per === 'chip') expect(classes[i].units).toBe(16_384)
      if (per === 'node') expect(classes[i].units).toBe(2048)
      if (per === 'job') expect(classes[i].units).toBe(1)
    }
  })

  test('is simulated the same here, with an estimate given, and on threads', async () => {
    const options = { trials: 40, seed: 'plan' }
    const here = await simulate(scenario, options)
    expect(await simulate(scenario, { ...options, estimate: answer })).toEqual(here)
    expect(await simulateOnThreads(scenario, options)).toEqual(here)
    expect(here.wallClockSeconds.mean).toBeGreaterThan(answer.run.seconds * 0.8)
    expect(here.goodput.p50).toBeLessThan(1)
    expect(here.costUsd.mean).toBeGreaterThan(0)
  })
})

describe("simulateRun of '@walltime/sim/node'", () => {
  const spec = {
    workSeconds: 1e6,
    failures: { mtbfSeconds: 5000 },
    checkpoint: 5,
    restartSeconds: 60,
    intervalSeconds: 300,
  }

  test('gives the same bits on threads of its own, on this one, and on an executor of the caller', async () => {
    const options = { trials: 50, seed: 1 }
    const here = await simulateRunHere(spec, options)
    const executor = inlineExecutor()
    expect(await simulateRun(spec, { ...options, threads: 2 })).toEqual(here)
    expect(await simulateRun(spec, { ...options, threads: 1 })).toEqual(here)
    expect(await simulateRun(spec, { ...options, executor })).toEqual(here)
  })
})

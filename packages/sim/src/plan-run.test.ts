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

const small = (reliability: string, changes: Readonly<Record<string, string>> = {}) => {
  let text = `model: llama-3-8b
cluster: {system: dgx-h100, chips: 512}
training: {tokens: 1T, sequenceLength: 8192, globalBatch: 512}
parallelism: {tp: 8}
cost: {price: 2 USD/chip-hour}
reliability: ${reliability}
`
  for (const [before, after] of Object.entries(changes)) text = text.replace(before, after)
  const read = parseScenario(text)
  return { scenario: read, answer: estimate(read), plan: planRun(read, estimate(read)) }
}

const classOf = (fields: string, changes?: Readonly<Record<string, string>>) => {
  const { failures } = small(`{failures: [{id: x, mtbf: 1 year, ${fields}}]}`, changes).plan
  return Array.isArray(failures) ? failures[0] : undefined
}

describe('failures of a plan', () => {
  test.each([
    ['chip', 512, undefined],
    ['node', 64, undefined],
    ['link', 512, undefined],
    ['rack', 16, undefined],
    ['job', 1, true],
    ['person', 1, true],
  ])('count their units: %s', (per, units, fixed) => {
    expect(classOf(`per: ${per}`)).toMatchObject({ units })
    expect(classOf(`per: ${per}`)?.fixedUnits).toBe(fixed)
  })

  test('take the nodes of their radius with them, all of them at most', () => {
    expect(classOf('per: node')?.nodesLost).toBeUndefined()
    expect(classOf('per: rack')?.nodesLost).toBe(4)
    // Rails: a leaf switch of 64 ports has a card of each of 32 nodes.
    expect(classOf('per: switch, radius: leaf-switch')?.nodesLost).toBe(32)
    expect(classOf('per: job, radius: cluster')?.nodesLost).toBe(Number.POSITIVE_INFINITY)
    expect(classOf('per: job, radius: 5')?.nodesLost).toBe(5)
    expect(classOf('per: job, radius: 500')?.nodesLost).toBe(Number.POSITIVE_INFINITY)
  })

  test('tell a hang as a kill, and steps in seconds', () => {
    expect(classOf('per: job, effect: hang')).toMatchObject({ detectionSeconds: 600 })
    expect(classOf('per: job, effect: hang')?.effect).toBeUndefined()
    const spike = small('{failures: [{id: x, per: job, mtbf: 1 d, effect: rollback, rollback: 100 steps}]}')
    const [spikes] = Array.isArray(spike.plan.failures) ? spike.plan.failures : []
    expect(spikes?.rollbackSeconds).toBeCloseTo(100 * spike.answer.step.seconds, 9)
  })

  test('restart as a hot update takes on so many chips', () => {
    // 46 s at 2,048 chips and 6.33 s a doubling (ByteRobust, arXiv:2509.16293, table 7).
    expect(classOf('per: job, restart: hot-update', { 'chips: 512': 'chips: 4096' })?.restartSeconds).toBeCloseTo(
      52.33,
      9,
    )
    expect(classOf('per: job, restart: 20 s')?.restartSeconds).toBe(20)
  })
})

describe('the rest of a plan', () => {
  test('has tiers, with intervals in seconds', () => {
    const tiers = '[{kind: memory, interval: 10 steps}, {kind: local}, {kind: object-store, interval: 2 h}]'
    const { plan, answer } = small(`{checkpoint: {tiers: ${tiers}}}`)
    expect(plan.intervalSeconds).toBeCloseTo(10 * answer.step.seconds, 9)
    expect(plan.checkpoint).toMatchObject({
      kind: 'memory',
      replicas: 2,
      tiers: [
        { kind: 'local', intervalSeconds: 'auto' },
        { kind: 'remote', intervalSeconds: 7200 },
      ],
    })
  })

  test('adds warm-up steps to the restart', () => {
    const { plan, answer } = small('{restart: {process: 60 s, communicator: 0 s, load: 0 s, warmupSteps: 10}}')
    expect(plan.restartSeconds).toMatchObject({ p50: 60 + 10 * answer.step.seconds, law: 'fixed' })
  })

  test('asks pools of spares, and pays for those that are paid', () => {
    const { plan } = small('{spares: {nodes: 2, pools: [{kind: warm, nodes: 4}, {kind: shared}]}}')
    expect(plan.spares).toEqual({
      pools: [
        { nodes: 2, swapSeconds: 0 },
        { nodes: 4, swapSeconds: 180 },
        { nodes: Number.POSITIVE_INFINITY, swapSeconds: 1200 },
      ],
    })
    expect(plan.cost).toMatchObject({ chips: 512 + 48, spareChips: 48 })
  })

  test('shrinks by the replicas of a node, at the pace of what is left', () => {
    const { plan } = small('{elastic: {minReplicas: 60}}')
    expect(plan.elastic).toEqual({
      ...{ nodesPerReplica: 1, minReplicas: 60, stallSeconds: 180, regrowSeconds: 180, keepsWork: false, first: false },
    })
    expect(plan.pace).toHaveLength(1)
    expect(plan.pace?.[0]).toHaveLength(5)
    expect(plan.pace?.[0]?.[4]).toBeGreaterThan(0.93)
    expect(plan.pace?.[0]?.[4]).toBeLessThan(1)
  })

  test('loses a domain as a whole', () => {
    const nvl72 = { 'dgx-h100': 'gb200-nvl72', 'chips: 512': 'chips: 576', 'globalBatch: 512': 'globalBatch: 576' }
    expect(small('{domain: {spareNodes: 1}}', nvl72).plan.domain).toEqual({ nodes: 18, spare: 1 })
    // tp 8 fills 72 chips: none is idle.
    expect(small('{domain: {}}', nvl72).plan.domain).toEqual({ nodes: 18, spare: 0 })
  })

  test('runs in phases of their own size, pace and interval', () => {
    const phases = `training: {tokens: 1T, sequenceLength: 8192, globalBatch: 512}
phases: [{name: ramp, share: 10 %, nodes: 32, interval: 20 steps}, {name: main, switch: 1 h}]
evaluation: {every: 1000 steps, pause: 60 s}`
    const { plan, answer } = small('{checkpoint: {interval: 100 steps}}', {
      'training: {tokens: 1T, sequenceLength: 8192, globalBatch: 512}': phases,
    })
    expect(plan.workSeconds).toBeUndefined()
    expect(plan.nodes).toBe(32)
    const [ramp, main] = answer.phases
    expect(plan.phases).toEqual([
      {
        id: 'ramp',
        workSeconds: ramp?.seconds,
        nodes: 32,
        intervalSeconds: 20 * (ramp?.stepSeconds ?? 0),
        evaluation: { everySeconds: 1000 * (ramp?.stepSeconds ?? 0), pauseSeconds: 60 },
      },
      {
        id: 'main',
        workSeconds: main?.seconds,
        nodes: 64,
        intervalSeconds: 100 * (main?.stepSeconds ?? 0),
        evaluation: { everySeconds: 1000 * (main?.stepSeconds ?? 0), pauseSeconds: 60 },
        switchSeconds: 3600,
      },
    ])
    expect(plan.cost?.chips).toBe(256)
  })

  test('shares its cluster', () => {
    const { plan } = small(
      '{cluster: {nodes: 100, priority: 1, grace: 60 s, jobs: [{id: a, nodes: 8, every: 1 h, duration: 2 h}]}}',
    )
    expect(plan.cluster).toEqual({
      ...{ nodes: 100, priority: 1, graceSeconds: 60 },
      jobs: [{ id: 'a', nodes: 8, priority: 0, rate: 1 / 3600, durationSeconds: 7200 }],
    })
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

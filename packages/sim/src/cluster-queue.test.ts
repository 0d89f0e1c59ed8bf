import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ClusterQueue, compileCluster } from './cluster-queue.ts'
import type { DurationSpec } from './duration.ts'
import { gamma } from './gamma.ts'
import { exponential, type Rng } from './rng.ts'
import type { QueuedJobSpec, SharedClusterSpec } from './spec.ts'
import { streamOf } from './stream.fixture.ts'

const job = (over: Partial<QueuedJobSpec>): QueuedJobSpec => ({
  id: 'others',
  nodes: 1,
  priority: 1,
  rate: 0.5,
  durationSeconds: { exponential: { mean: 1 } },
  ...over,
})

const stream = (trial: number): Rng => streamOf('cluster', trial)

/** Mean of independent trials lies within 4 standard errors of what is expected. */
function expectMean(samples: Float64Array, expected: number): void {
  const mean = samples.reduce((sum, x) => sum + x, 0) / samples.length
  const variance = samples.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (samples.length - 1)
  expect(Math.abs(mean - expected) / Math.sqrt(variance / samples.length), `${mean} for ${expected}`).toBeLessThan(4)
}

function samples(
  spec: SharedClusterSpec,
  runNodes: number,
  trials: number,
  one: (queue: ClusterQueue, trial: number) => number,
) {
  const queue = new ClusterQueue(compileCluster('cluster', spec, runNodes))
  return Float64Array.from({ length: trials }, (_, trial) => {
    queue.reset(stream(trial))
    return one(queue, trial)
  })
}

describe('the wait of a run for its nodes', () => {
  // Pollaczek–Khinchine: W = λE[S²]/(2(1 − ρ)) before a server with Poisson arrivals, met as they usually are (PASTA).
  const laws = [
    { law: 'exponential', durationSeconds: { exponential: { mean: 1 } }, square: 2 },
    { law: 'fixed', durationSeconds: 1, square: 1 },
    { law: 'uniform', durationSeconds: { uniform: { from: 0, to: 2 } }, square: 4 / 3 },
    {
      law: 'Weibull',
      durationSeconds: { weibull: { mean: 1, shape: 0.7 } },
      square: gamma(1 + 2 / 0.7) / gamma(1 + 1 / 0.7) ** 2,
    },
  ]
  it.each(laws.flatMap((law) => [0.2, 0.5, 0.8].map((load) => ({ ...law, load }))))(
    'M/G/1 with $law durations at a load of $load',
    ({ durationSeconds, square, load }) => {
      const spec = { nodes: 8, priority: 1, jobs: [job({ nodes: 8, rate: load, durationSeconds })] }
      const waits = samples(spec, 8, 4000, (queue) => queue.submit(0))
      expectMean(waits, (load * square) / (2 * (1 - load)))
    },
  )

  it.each([
    [2, 0.5],
    [4, 0.8],
    [16, 0.8],
  ])('M/M/%i at a load of %f: Erlang C', (servers, rho) => {
    const spec = { nodes: servers * 4, priority: 1, jobs: [job({ nodes: 4, rate: servers * rho })] }
    const waits = samples(spec, 4, 4000, (queue) => queue.submit(0))
    const waiting = erlangC(servers, servers * rho)
    expectMean(waits, waiting / (servers * (1 - rho)))
    expectMean(
      waits.map((w) => (w > 0 ? 1 : 0)),
      waiting,
    )
  })

  // L. Kleinrock, Queueing Systems II (1976), ch. 3: W = R/((1 − σ₁)(1 − σ₂)) with R the mean work that is left, and a
  // service S takes S/(1 − σ₁) from its first second to its last while it is preempted.
  it('preemptive-resume priorities: wait, stretch and time between preemptions', () => {
    const high = 0.3
    const equal = 0.4
    const spec = {
      nodes: 4,
      priority: 1,
      jobs: [
        job({ id: 'high', nodes: 4, priority: 2, rate: high }),
        job({ id: 'equal', nodes: 4, rate: equal }),
        job({ id: 'low', nodes: 4, priority: 0, rate: 7 }),
      ],
    }
    const trials = 8000
    const stretched = new Float64Array(trials)
    const preemptions = new Float64Array(trials)
    const waits = samples(spec, 4, trials, (queue, trial) => {
      const service = exponential(streamOf('service', trial)()) * 2
      const begun = queue.submit(0)
      let now = begun
      let left = service
      for (;;) {
        const at = queue.preemptedBefore(now + left)
        if (at === Infinity) break
        left -= at - now
        queue.release(at)
        now = queue.submit(at)
        preemptions[trial] = (preemptions[trial] as number) + 1
      }
      queue.release(now + left)
      stretched[trial] = now + left - begun - service / (1 - high)
      preemptions[trial] = (preemptions[trial] as number) - high * service
      return begun
    })
    expectMean(waits, (high + equal) / ((1 - high) * (1 - high - equal)))
    expectMean(stretched, 0)
    expectMean(preemptions, 0)
  })

  it('is none in an empty cluster, and none behind jobs of lower priority', () => {
    expect([...samples({ nodes: 4, priority: 1, jobs: [] }, 4, 2, (queue) => queue.submit(3))]).toEqual([3, 3])
    const low = { nodes: 4, priority: 1, jobs: [job({ priority: 0, rate: 100 })] }
    expect([...samples(low, 4, 2, (queue) => queue.submit(3))]).toEqual([3, 3])
  })

  it('is for ever where the cluster is never empty enough', () => {
    const crowd = { nodes: 100, priority: 1, jobs: [job({ priority: 2, rate: 60 })] }
    expect([...samples(crowd, 100, 1, (queue) => queue.submit(0))]).toEqual([Infinity])
  })
})

describe('preemption', () => {
  it('warns the run, leaves it its nodes for the grace, and starts the other when they are given back', () => {
    const spec = { nodes: 4, priority: 1, jobs: [job({ nodes: 3, priority: 2, rate: 1e-3, durationSeconds: 10 })] }
    const queue = new ClusterQueue({ ...compileCluster('cluster', spec, 2), warmupSeconds: 0 })
    queue.reset(stream(1))
    expect(queue.submit(0)).toBe(0)
    const warned = queue.preemptedBefore(1e9)
    expect(warned).toBeGreaterThan(0)
    expect(queue.census()).toMatchObject({ runningNodes: [2], waitingNodes: [3], freeNodes: 2 })
    expect(queue.preemptedBefore(warned + 5)).toBe(warned)
    queue.release(warned + 5)
    expect(queue.census()).toMatchObject({ runningNodes: [3], waitingNodes: [], freeNodes: 1 })
    expect(queue.submit(warned + 5)).toBe(warned + 15)
  })

  it('takes nothing from a run of equal priority', () => {
    const spec = { nodes: 4, priority: 1, jobs: [job({ nodes: 3, rate: 0.1 })] }
    const queue = new ClusterQueue(compileCluster('cluster', spec, 2))
    queue.reset(stream(1))
    const begun = queue.submit(0)
    expect(queue.preemptedBefore(begun + 1000)).toBe(Infinity)
    expect(queue.census().waitingNodes.length).toBeGreaterThan(50)
  })

  it('sends the run back to the head of its priority', () => {
    const spec = {
      nodes: 1,
      priority: 1,
      jobs: [job({ rate: 0.3 }), job({ priority: 2, rate: 0.05, durationSeconds: 1 })],
    }
    const queue = new ClusterQueue(compileCluster('cluster', spec, 1))
    for (let trial = 0; trial < 50; trial++) {
      queue.reset(stream(trial))
      queue.submit(0)
      const warned = queue.preemptedBefore(1e9)
      queue.release(warned)
      // Seconds of the one that preempted it, and of others of its kind that came meanwhile: whole ones.
      const waited = queue.submit(warned) - warned
      expect(waited - Math.round(waited)).toBeCloseTo(0, 6)
    }
  })
})

describe('conservation', () => {
  const clusters = fc.record({
    nodes: fc.integer({ min: 1, max: 40 }),
    jobs: fc.array(
      fc.record({
        size: fc.double({ min: 0.01, max: 1, noNaN: true }),
        priority: fc.integer({ min: 0, max: 3 }),
        load: fc.double({ min: 0, max: 0.3, noNaN: true }),
        duration: fc.constantFrom<DurationSpec>(1, { exponential: { mean: 1 } }, { uniform: { from: 0, to: 2 } }),
      }),
      { maxLength: 3 },
    ),
    run: fc.double({ min: 0.01, max: 1, noNaN: true }),
    priority: fc.integer({ min: 0, max: 3 }),
    steps: fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 30 }),
    seed: fc.nat(),
  })

  it('no node is taken twice or left to a job that fits, no job is lost, no moment goes back', () => {
    fc.assert(
      fc.property(clusters, ({ nodes, jobs, run, priority, steps, seed }) => {
        const spec = {
          nodes,
          priority,
          jobs: jobs.map(({ size, load, duration, ...rest }, i) => {
            const size_ = Math.ceil(size * nodes)
            return {
              id: `${i}`,
              nodes: size_,
              rate: load * Math.floor(nodes / size_),
              durationSeconds: duration,
              ...rest,
            }
          }),
        }
        const runNodes = Math.ceil(run * nodes)
        const queue = new ClusterQueue(compileCluster('cluster', spec, runNodes))
        queue.reset(stream(seed))
        let now = 0
        let holds = false
        const check = () => {
          const { freeNodes, runningNodes, waitingNodes, arrived, finished } = queue.census()
          const used = runningNodes.reduce((sum, n) => sum + n, 0)
          expect(used + freeNodes).toBe(nodes)
          expect(freeNodes).toBeGreaterThanOrEqual(0)
          expect(finished + runningNodes.length + waitingNodes.length).toBe(arrived + (holds ? 1 : 0))
          expect(waitingNodes[0] ?? Infinity).toBeGreaterThan(freeNodes)
        }
        check()
        for (const step of steps) {
          const at = queue.submit(now)
          if (at === Infinity) return
          holds = true
          expect(at).toBeGreaterThanOrEqual(now)
          check()
          const warned = queue.preemptedBefore(at + step)
          check()
          expect(warned === Infinity || (warned >= at && warned <= at + step)).toBe(true)
          now = warned === Infinity ? at + step : warned + step / 10
          queue.release(now)
          holds = false
          check()
        }
      }),
      { numRuns: 200, seed: 4 },
    )
  })
})

describe('a shared cluster that cannot serve the run', () => {
  const compile = (over: Partial<SharedClusterSpec>, runNodes = 4) =>
    compileCluster('cluster', { nodes: 8, priority: 1, jobs: [job({ nodes: 4, rate: 0.5 })], ...over }, runNodes)

  it.each([
    [{ nodes: 2 }, 'cluster.nodes'],
    [{ nodes: 8.5 }, 'cluster.nodes'],
    [{ priority: Number.NaN }, 'cluster.priority'],
    [{ graceSeconds: -1 }, 'cluster.graceSeconds'],
    [{ jobs: [job({ nodes: 9 })] }, 'cluster.jobs.0.nodes'],
    [{ jobs: [job({ rate: -1 })] }, 'cluster.jobs.0.rate'],
    [{ jobs: [job({ durationSeconds: -1 })] }, 'cluster.jobs.0.durationSeconds'],
    // 4 of 8 nodes, twice as many seconds as there are; jobs of 5 nodes that run one at a time.
    [{ jobs: [job({ nodes: 4, rate: 2 })] }, 'cluster.jobs'],
    [{ jobs: [job({ nodes: 5, rate: 1 })] }, 'cluster.jobs'],
  ])('%j is refused at %s', (over, path) => {
    expect(() => compile(over)).toThrow(expect.objectContaining({ name: 'SimulationError', path }))
  })

  it('says that it never gets through, and does not count jobs that yield to it', () => {
    expect(() => compile({ jobs: [job({ nodes: 4, rate: 3 })] })).toThrow(/150 %.*never gets through/)
    expect(compile({ jobs: [job({ nodes: 4, rate: 3, priority: 0 })] })).toMatchObject({ jobs: [], warmupSeconds: 0 })
  })
})

/** C(c, a): share of arrivals that wait in M/M/c with offered load a. A. K. Erlang (1917). */
function erlangC(servers: number, load: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < servers; k++) {
    term *= load / k
    sum += term
  }
  const last = ((term * load) / servers) * (servers / (servers - load))
  return last / (sum + last)
}

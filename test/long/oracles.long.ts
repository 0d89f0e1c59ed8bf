/** The formulas of docs/reliability.md over wider grids and more trials than `npm test` has time for. */

import {
  elasticThroughput,
  erlangBStall,
  expectedWallClock,
  renewalEttr,
  simulateRun,
  twoLevelPattern,
  weibullSegment,
} from '@walltime/sim'
import { describe, expect, it } from 'vitest'

const HOUR = 3600
const DAY = 86_400

const grid = <A, B>(as: readonly A[], bs: readonly B[]) => as.flatMap((a) => bs.map((b) => ({ ...a, ...b })))

describe('mean and variance of runs', () => {
  const rates = [0.2, 1, 5, 20].map((hours) => ({ mtbf: hours * HOUR }))
  const costs = [
    { interval: 300, blocking: 0, restart: 0, downtime: 0 },
    { interval: 300, blocking: 20, restart: 60, downtime: 600 },
    { interval: 1800, blocking: 5, restart: 300, downtime: 0 },
    { interval: 1800, blocking: 120, restart: 20, downtime: 60 },
  ]
  it.each(grid(rates, costs))('MTBF $mtbf, τ $interval, C $blocking, R $restart, D $downtime', async (p) => {
    const workSeconds = 30 * p.interval
    const trials = 100_000
    const { columns } = await simulateRun(
      {
        workSeconds,
        failures: { mtbfSeconds: p.mtbf },
        checkpoint: p.blocking,
        restartSeconds: p.restart,
        downtimeSeconds: p.downtime,
        intervalSeconds: p.interval,
      },
      { trials, seed: 'moments', keepTrials: true },
    )
    const values = columns?.wallClockSeconds ?? new Float64Array()
    const exact = expectedWallClock({
      workSeconds,
      rate: 1 / p.mtbf,
      computeSeconds: p.interval,
      blockingSeconds: p.blocking,
      restartSeconds: p.restart,
      downtimeSeconds: p.downtime,
    })
    const mean = values.reduce((a, b) => a + b) / trials
    const central = (power: number) => values.reduce((sum, x) => sum + (x - mean) ** power, 0) / trials
    const variance = central(2)
    expect(Math.abs(mean - exact.mean)).toBeLessThan(4 * Math.sqrt(variance / trials))
    expect(Math.abs(variance - exact.variance)).toBeLessThan(4 * Math.sqrt((central(4) - variance ** 2) / trials))
  })
})

describe('effective training time', () => {
  const fleets = [1000, 8000, 16_000, 100_000].flatMap((gpus) =>
    [1, 2.34, 6.5].map((perThousand) => ({ gpus, perThousand })),
  )
  it.each(grid(fleets, [{ interval: 300 }, { interval: 1800 }]))(
    '$gpus GPUs, $perThousand per 1,000 node-days, every $interval s',
    async ({ gpus, perThousand, interval }) => {
      const rate = ((gpus / 8) * perThousand) / 1000 / DAY
      const { wallClockSeconds } = await simulateRun(
        {
          workSeconds: 500 * interval,
          failures: { mtbfSeconds: 1 / rate },
          checkpoint: 10,
          restartSeconds: 300,
          intervalSeconds: interval,
        },
        { trials: 10_000, seed: 'ettr' },
      )
      const exact = renewalEttr({
        rate,
        computeSeconds: interval,
        blockingSeconds: 10,
        restartSeconds: 300,
        downtimeSeconds: 0,
      })
      const { mean, standardError } = wallClockSeconds
      expect(Math.abs(mean - (500 * interval) / exact)).toBeLessThan(4 * standardError)
    },
  )
})

describe('Weibull segments', () => {
  const shapes = [0.5, 0.7, 0.78, 1, 1.5, 3].map((shape) => ({ shape }))
  it.each(grid(shapes, [{ wall: 10 }, { wall: 35 }, { wall: 80 }]))(
    'shape $shape, $wall min',
    async ({ shape, wall }) => {
      const { wallClockSeconds } = await simulateRun(
        {
          workSeconds: wall,
          failures: [{ id: 'part', rate: 1 / 60, lifetime: { weibull: { shape } } }],
          checkpoint: 0,
          restartSeconds: 0,
          downtimeSeconds: 12,
          intervalSeconds: wall,
        },
        { trials: 100_000, seed: 'weibull' },
      )
      const { mean, standardError } = wallClockSeconds
      expect(Math.abs(mean - weibullSegment({ mean: 60, shape }, wall, 12))).toBeLessThan(4 * standardError)
    },
  )
})

describe('standstill for want of spares', () => {
  const pools = [0, 1, 4, 16].flatMap((spares) =>
    [0.5, 0.9, 1.3].map((fill) => ({ spares, load: fill * (spares + 1) })),
  )
  const laws = [
    { law: 'exponential', seconds: { exponential: { mean: HOUR } } },
    { law: 'fixed', seconds: HOUR },
    { law: 'lognormal', seconds: { p5: 600, p50: 2400, p95: 9600, law: 'lognormal' as const } },
  ]
  it.each(grid(pools, laws))(
    '$spares spares, $load in repair, $law repairs',
    async ({ spares, load, law, seconds }) => {
      // The lognormal law's mean: p50·e^(σ²/2), σ = ln 4/1.6449.
      const mean = law === 'lognormal' ? 2400 * Math.exp((Math.log(4) / 1.6448536269514722) ** 2 / 2) : HOUR
      const { goodput } = await simulateRun(
        {
          workSeconds: 1000 * HOUR,
          nodes: 64,
          failures: [
            {
              id: 'node',
              rate: load / mean,
              units: 1,
              fixedUnits: true,
              losesNode: true,
              graceSeconds: 1,
              repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: seconds },
            },
          ],
          spares: { nodes: spares },
          checkpoint: 0,
          restartSeconds: 0,
          intervalSeconds: 60,
        },
        { trials: 400, seed: 'erlang' },
      )
      // A run begins with all spares in place: a few repair times of a thousand, for the better.
      const start = (mean / HOUR / 1000) * 3
      const off = Math.abs(1 - goodput.mean - erlangBStall(spares, load))
      expect(off).toBeLessThan(4 * goodput.standardError + start * erlangBStall(spares, load))
    },
  )
})

describe('two levels of checkpoints', () => {
  const rates = [1e-5, 4e-5].flatMap((first) => [1e-6, 4e-6].map((second) => ({ first, second })))
  it.each(
    grid(rates, [
      { c1: 0.5, c2: 20 },
      { c1: 2, c2: 60 },
    ]),
  )('$first, $second, $c1 s, $c2 s', async (p) => {
    const { patternSeconds, firstLevelCheckpoints, overhead } = twoLevelPattern(
      { rate: p.first, blockingSeconds: p.c1 },
      { rate: p.second, blockingSeconds: p.c2 },
    )
    const count = Math.max(1, Math.round(firstLevelCheckpoints))
    const workSeconds = 400 * patternSeconds
    const { wallClockSeconds } = await simulateRun(
      {
        workSeconds,
        nodes: 4,
        failures: [
          { id: 'soft', rate: p.first, units: 1, fixedUnits: true },
          { id: 'hard', rate: p.second, units: 1, fixedUnits: true, losesNode: true },
        ],
        checkpoint: {
          blockingSeconds: p.c1,
          kind: 'local',
          tiers: [{ blockingSeconds: p.c2, intervalSeconds: patternSeconds }],
        },
        restartSeconds: 0,
        intervalSeconds: patternSeconds / count,
      },
      { trials: 5000, seed: 'two levels' },
    )
    const off = Math.abs(wallClockSeconds.mean / workSeconds - 1 - overhead)
    expect(off).toBeLessThan((4 * wallClockSeconds.standardError) / workSeconds + overhead ** 2)
  })
})

describe('elastic data parallelism', () => {
  const jobs = [8, 64].flatMap((replicas) => [20, 100].map((days) => ({ replicas, days })))
  it.each(
    grid(jobs, [
      { repair: HOUR, stall: 30 },
      { repair: DAY, stall: 180 },
    ]),
  )('$replicas replicas, $days days, repair $repair s, stall $stall s', async ({ replicas, days, repair, stall }) => {
    const rate = 1 / (days * DAY)
    const { goodput } = await simulateRun(
      {
        workSeconds: 400 * DAY,
        nodes: replicas,
        units: replicas,
        failures: [
          {
            id: 'replica',
            rate,
            losesNode: true,
            repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: { exponential: { mean: repair } } },
          },
        ],
        spares: { nodes: 0 },
        elastic: { nodesPerReplica: 1, stallSeconds: stall, regrowSeconds: 0, keepsWork: true },
        pace: [Array.from({ length: replicas }, (_, missing) => 1 - missing / replicas)],
        checkpoint: 0,
        restartSeconds: 0,
        intervalSeconds: 60,
      },
      { trials: 1000, seed: 'elastic' },
    )
    const closed = elasticThroughput(replicas, rate, repair, stall)
    expect(Math.abs(goodput.mean - closed)).toBeLessThan(4 * goodput.standardError + (1 - closed) ** 2)
  })
})

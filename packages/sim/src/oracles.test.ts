/**
 * The engine against closed forms: every formula under `closed-forms/` that speaks of a run. Mean and variance of runs of
 * many segments are in `closed-form.test.ts`.
 */

import { describe, expect, it } from 'vitest'
import { elasticThroughput } from './closed-forms/elastic.ts'
import { linearEttr, renewalEttr } from './closed-forms/ettr.ts'
import { jobMtbf } from './closed-forms/job-mtbf.ts'
import { atLeastFailures, remoteFallbackRate } from './closed-forms/multiple-failures.ts'
import { erlangBStall } from './closed-forms/spares.ts'
import { twoLevelPattern } from './closed-forms/two-level.ts'
import { firstOrderWaste } from './closed-forms/waste.ts'
import { wastedTime } from './closed-forms/wasted-time.ts'
import { earlyWeibullFailures, weibullSegment } from './closed-forms/weibull.ts'
import { dalyInterval, optimalInterval, youngInterval } from './daly.ts'
import type { DurationSpec } from './duration.ts'
import { gamma } from './gamma.ts'
import { recoverability } from './recoverability.ts'
import { expectedSegment, expectedWallClock, segmentVariance } from './segment.ts'
import { simulateRun } from './simulate-run.ts'
import type { FailureClassSpec, RepairSpec, RunSpec } from './spec.ts'
import { distanceInErrors } from './statistics.fixture.ts'

const MINUTE = 60
const HOUR = 3600
const DAY = 86_400

interface Mean {
  readonly mean: number
  readonly standardError: number
}

/** Standard errors by which a simulated mean lies off. */
const off = (simulated: Mean, exact: number) => Math.abs(simulated.mean - exact) / simulated.standardError

/** A share of trials with its standard error. */
function share(values: Float64Array | undefined, holds: (value: number) => boolean): Mean {
  if (values === undefined) throw new Error('the trials were not kept')
  const mean = values.filter(holds).length / values.length
  return { mean, standardError: Math.sqrt((mean * (1 - mean)) / values.length) }
}

const kill = (rate: number, over: Partial<FailureClassSpec> = {}): FailureClassSpec => ({ id: 'kill', rate, ...over })

/** A run that failures cost nothing. */
const free = (workSeconds: number, over: Partial<RunSpec>): RunSpec => ({
  workSeconds,
  failures: [],
  checkpoint: 0,
  restartSeconds: 0,
  intervalSeconds: workSeconds / 1e6,
  ...over,
})

describe('1 and 20: N parts fail N times as often as one', () => {
  it.each([
    [1, 5],
    [2048, 154],
    [100_000, 5 * 365],
  ])('%i parts that live %i days', async (units, days) => {
    const mtbf = jobMtbf(days * DAY, units)
    // No interval: a failure loses nothing that would be repeated.
    const { columns, interruptions } = await simulateRun(
      free(3 * mtbf, { units, failures: [kill(1 / (days * DAY), { graceSeconds: 1 })] }),
      { trials: 5000, seed: 'first failure', keepTrials: true },
    )
    expect(off(interruptions, 3)).toBeLessThan(4)
    const counts = distanceInErrors(columns?.interruptions ?? new Float64Array(), { mean: 3, variance: 3 })
    expect(Math.abs(counts.variance)).toBeLessThan(4)
    // 15: at least k in a window.
    for (const k of [1, 2, 3, 5]) {
      const many = share(columns?.interruptions, (n) => n >= k)
      expect(off(many, atLeastFailures(k, 1 / mtbf, 3 * mtbf))).toBeLessThan(4)
    }
  })
})

describe('2, 3 and 5: the interval', () => {
  const run = { workSeconds: 30_000 * MINUTE, checkpoint: 5 * MINUTE, restartSeconds: 10 * MINUTE }

  it.each([
    ['young', 24 * HOUR, youngInterval(300, 24 * HOUR)],
    ['daly', 6 * HOUR, dalyInterval(300, 6 * HOUR)],
    ['auto', 15 * MINUTE, dalyInterval(300, 15 * MINUTE)],
    ['optimal', 6 * HOUR, optimalInterval(300, 6 * HOUR)],
  ] as const)('the rule %s', async (intervalSeconds, mtbfSeconds, seconds) => {
    const { checkpoint } = await simulateRun(
      { ...run, workSeconds: 10 * HOUR, failures: { mtbfSeconds }, intervalSeconds },
      { trials: 1 },
    )
    expect(checkpoint.intervalSeconds).toBeCloseTo(seconds, 6)
  })

  // J. T. Daly, FGCS 22(3):303–312 (2006), captions of figures 3 to 5: 500 h of work, checkpoints of 5 min, restart 10 min.
  it.each([
    [24 * HOUR, 117, 0.5, 547.8817824569271],
    [6 * HOUR, 57, 0.5, 610.2164068188729],
    [15 * MINUTE, 9.1, 0.05, 2504.159144935632],
  ])('MTBF %i s: %f ± %f min is best, and takes %f h', async (mtbfSeconds, published, rounding, hours) => {
    expect(Math.abs(dalyInterval(300, mtbfSeconds) / MINUTE - published)).toBeLessThan(rounding)
    const best = optimalInterval(300, mtbfSeconds)
    const at = (intervalSeconds: number) =>
      simulateRun({ ...run, failures: { mtbfSeconds }, intervalSeconds }, { trials: 60, seed: 'daly' })
    const { wallClockSeconds } = await at(best)
    const segment = {
      rate: 1 / mtbfSeconds,
      computeSeconds: best,
      blockingSeconds: 300,
      restartSeconds: 600,
      downtimeSeconds: 0,
    }
    // Daly counts equal segments; the run's last one is shorter.
    expect((expectedSegment(segment) * run.workSeconds) / best / HOUR).toBeCloseTo(hours, 2)
    expect(off(wallClockSeconds, expectedWallClock({ ...run, ...segment }).mean)).toBeLessThan(4)
    for (const factor of [0.7, 1.4]) {
      expect((await at(best * factor)).wallClockSeconds.mean).toBeGreaterThan(wallClockSeconds.mean)
    }
  })
})

describe('6 and 7: a segment, in mean and variance', () => {
  // M. Bougeret et al., SC'11, and moments by renewal, both checked by an independent Monte Carlo; minutes.
  it.each([
    { rate: 1 / 60, compute: 30, downtime: 2, mean: 58.00965543231578, sd: 35.86933760594131 },
    { rate: 1 / 180, compute: 60, downtime: 0, mean: 82.75842929303585, sd: undefined },
  ])('rate $rate, $compute min', async ({ rate, compute, downtime, mean, sd }) => {
    const segment = {
      rate,
      computeSeconds: compute,
      blockingSeconds: 5,
      restartSeconds: 10,
      downtimeSeconds: downtime,
    }
    expect(expectedSegment(segment)).toBeCloseTo(mean, 9)
    const variance = segmentVariance(segment)
    if (sd !== undefined) expect(Math.sqrt(variance)).toBeCloseTo(sd, 9)
    const { columns } = await simulateRun(
      {
        workSeconds: compute,
        failures: { mtbfSeconds: 1 / rate },
        checkpoint: 5,
        restartSeconds: 10,
        downtimeSeconds: downtime,
        intervalSeconds: compute,
      },
      { trials: 15_000, seed: 'segment', keepTrials: true },
    )
    const simulated = distanceInErrors(columns?.wallClockSeconds ?? new Float64Array(), { mean, variance })
    expect(Math.abs(simulated.mean)).toBeLessThan(4)
    expect(Math.abs(simulated.variance)).toBeLessThan(4)
  })
})

describe('8 and 9: waste and effective training time', () => {
  const rsc = (gpus: number, perThousand: number, interval: number, restart: number, write = 0) => ({
    rate: ((gpus / 8) * perThousand) / 1000 / DAY,
    computeSeconds: interval * MINUTE,
    blockingSeconds: write * MINUTE,
    restartSeconds: restart * MINUTE,
    downtimeSeconds: 0,
  })

  // A. Kokolis et al., HPCA 2025 (arXiv:2410.21680): published by the linear formula.
  it.each([
    { what: '16,000 GPUs, 60 min', segment: rsc(16_000, 6.5, 60, 5), published: 0.7, exact: 0.7202423072671094 },
    { what: '100,000 GPUs, 7 min', segment: rsc(100_000, 6.5, 7, 5), published: 0.5, exact: 0.6150251213129466 },
    { what: 'RSC-2 rate, 2 min', segment: rsc(100_000, 2.34, 2, 2), published: 0.93, exact: 0.9408173452261184 },
    { what: '8,000 GPUs, 60 min', segment: rsc(8000, 6.5, 60, 5), published: 0.84, exact: 0.851257574003491 },
  ])('RSC: $what', async ({ segment, published, exact }) => {
    expect(Math.abs(linearEttr(segment) - published)).toBeLessThan(0.03)
    expect(renewalEttr(segment)).toBeCloseTo(exact, 12)
    const workSeconds = 400 * segment.computeSeconds
    const { wallClockSeconds } = await simulateRun(
      {
        workSeconds,
        failures: { mtbfSeconds: 1 / segment.rate },
        checkpoint: 0,
        restartSeconds: segment.restartSeconds,
        intervalSeconds: segment.computeSeconds,
      },
      { trials: 500, seed: 'rsc' },
    )
    expect(off(wallClockSeconds, workSeconds / exact)).toBeLessThan(4)
    expect(Math.abs(workSeconds / wallClockSeconds.mean - exact)).toBeLessThan(0.003)
  })

  it.each([1e-7, 1e-6])('the first-order waste where failures are rare: %f a second', async (rate) => {
    const segment = { rate, computeSeconds: 4000, blockingSeconds: 8, restartSeconds: 600, downtimeSeconds: 300 }
    const workSeconds = 2e8
    const { wallClockSeconds } = await simulateRun(
      {
        workSeconds,
        failures: { mtbfSeconds: 1 / rate },
        checkpoint: 8,
        restartSeconds: 600,
        downtimeSeconds: 300,
        intervalSeconds: 4000,
      },
      { trials: 500, seed: 'waste' },
    )
    // The next order: λ²(R + τ)²/2 and λC/2.
    const next = (rate * (4000 + 600)) ** 2 / 2 + rate * 8
    const waste = {
      mean: wallClockSeconds.mean / workSeconds - 1,
      standardError: wallClockSeconds.standardError / workSeconds,
    }
    expect(Math.abs(waste.mean - firstOrderWaste(segment))).toBeLessThan(4 * waste.standardError + 2 * next)
  })
})

describe('10: parts that age', () => {
  it.each([0.5, 0.78, 1, 2].flatMap((shape) => [1, 10, 1000].map((units) => ({ shape, units }))))(
    'shape $shape, $units new parts: the first failure',
    async ({ shape, units }) => {
      const mean = 1000 * HOUR
      // So long that half of the runs see no failure.
      const workSeconds = (mean / gamma(1 + 1 / shape)) * (Math.LN2 / units) ** (1 / shape)
      const { columns, interruptions } = await simulateRun(
        free(workSeconds, {
          units,
          failures: [kill(1 / mean, { lifetime: { weibull: { shape } }, graceSeconds: 1 })],
        }),
        { trials: 5000, seed: `weibull ${shape}`, keepTrials: true },
      )
      expect(
        off(
          share(columns?.interruptions, (n) => n === 0),
          0.5,
        ),
      ).toBeLessThan(4)
      // Few parts fail twice where there are many.
      const early = earlyWeibullFailures({ mean, shape }, units, workSeconds)
      if (units === 1000 && shape >= 1) expect(off(interruptions, early)).toBeLessThan(4)
    },
  )

  // D. R. Cox, Renewal Theory (1962): m(t) → t/μ + (σ² − μ²)/(2μ²), and the rate is N/μ whatever the law.
  it.each([0.7, 1, 2])('shape %f in the long run', async (shape) => {
    const units = 10
    const mean = 100
    const squares = gamma(1 + 2 / shape) / gamma(1 + 1 / shape) ** 2 - 1
    const { interruptions } = await simulateRun(
      free(40 * mean, { units, failures: [kill(1 / mean, { lifetime: { weibull: { shape } }, graceSeconds: 1 })] }),
      { trials: 1500, seed: 'renewal' },
    )
    expect(off(interruptions, units * (40 + (squares - 1) / 2))).toBeLessThan(4)
  })
})

describe('11: a segment whose clock starts anew', () => {
  it.each([
    [0.7, 64.93245072509346],
    [0.78, 62.30281251521114],
    [1, 57.024131447248095],
    [1.5, 49.89033093440184],
  ])('shape %f', async (shape, published) => {
    expect(weibullSegment({ mean: 60, shape }, 35, 12)).toBeCloseTo(published, 7)
    const { wallClockSeconds } = await simulateRun(
      {
        workSeconds: 30,
        failures: [kill(1 / 60, { lifetime: { weibull: { shape } } })],
        checkpoint: 5,
        restartSeconds: 0,
        downtimeSeconds: 12,
        intervalSeconds: 30,
      },
      { trials: 15_000, seed: 'weibull segment' },
    )
    expect(off(wallClockSeconds, published)).toBeLessThan(4)
  })
})

describe('12: two levels of checkpoints', () => {
  const run = (first: number, second: number, c1: number, c2: number, pattern: number, count: number): RunSpec => ({
    workSeconds: 400 * pattern,
    nodes: 4,
    failures: [
      kill(first, { id: 'soft', units: 1, fixedUnits: true }),
      kill(second, { id: 'hard', units: 1, fixedUnits: true, losesNode: true }),
    ],
    checkpoint: {
      blockingSeconds: c1,
      kind: 'local',
      tiers: [{ blockingSeconds: c2, kind: 'remote', intervalSeconds: pattern }],
    },
    restartSeconds: 0,
    intervalSeconds: pattern / count,
  })

  it.each([
    { first: 1 / 5e4, second: 1 / 1e6, c1: 2, c2: 60 },
    { first: 1 / 2e4, second: 1 / 2e5, c1: 1, c2: 30 },
    { first: 1 / 1e5, second: 1 / 3e5, c1: 0.5, c2: 20 },
  ])('λ₁ $first, λ₂ $second, C₁ $c1, C₂ $c2', async ({ first, second, c1, c2 }) => {
    const level = (rate: number, blockingSeconds: number) => ({ rate, blockingSeconds })
    const { patternSeconds, firstLevelCheckpoints, overhead } = twoLevelPattern(level(first, c1), level(second, c2))
    const count = Math.max(1, Math.round(firstLevelCheckpoints))
    const at = async (pattern: number, n: number) => {
      const { wallClockSeconds } = await simulateRun(run(first, second, c1, c2, pattern, n), {
        trials: 600,
        seed: 'two levels',
      })
      const work = 400 * pattern
      return { mean: wallClockSeconds.mean / work - 1, standardError: wallClockSeconds.standardError / work }
    }
    const best = await at(patternSeconds, count)
    // First order: what is left out is of the order of the overhead squared.
    expect(Math.abs(best.mean - overhead)).toBeLessThan(4 * best.standardError + overhead ** 2)
    for (const factor of [0.5, 2]) {
      expect((await at(patternSeconds * factor, count)).mean).toBeGreaterThan(best.mean)
      expect((await at(patternSeconds, Math.max(1, Math.round(count * factor * factor)))).mean).toBeGreaterThan(
        best.mean,
      )
    }
  })
})

describe('13 and 15: copies in memory', () => {
  const SLOW = 100
  /** Work lost at a failure, in quick intervals: ½ from memory, SLOW/2 from the remote tier. */
  const lostIntervals = async (nodes: number, replicas: number, lost: number) => {
    const quick = 100
    const mtbf = 40 * SLOW * quick
    const { badputSeconds, interruptions } = await simulateRun(
      {
        workSeconds: 60 * mtbf,
        nodes,
        failures: [kill(1 / mtbf, { units: 1, fixedUnits: true, losesNode: true, nodesLost: lost })],
        checkpoint: {
          blockingSeconds: 0,
          kind: 'memory',
          replicas,
          tiers: [{ blockingSeconds: 0, intervalSeconds: SLOW * quick }],
        },
        restartSeconds: 1,
        intervalSeconds: quick,
      },
      { trials: 400, seed: `memory ${nodes} ${replicas} ${lost}` },
    )
    return badputSeconds.lostWork / interruptions.mean / quick
  }

  it.each([
    [16, 2, 1],
    [16, 2, 2],
    [16, 2, 3],
    [128, 2, 3],
    [24, 3, 4],
  ])('%i nodes, %i replicas, %i lost at once', async (nodes, replicas, lost) => {
    const survives = recoverability(nodes, replicas, lost)
    const intervals = await lostIntervals(nodes, replicas, lost)
    // 24,000 failures: the share of those that fall back is known to 4 standard errors of a binomial.
    const error = 4 * Math.sqrt(((1 - survives) * survives) / 24_000) * (SLOW / 2)
    const expected = survives / 2 + ((1 - survives) * SLOW) / 2
    expect(Math.abs(intervals / expected - 1)).toBeLessThan(0.05 + error / expected)
  })

  it('two copies: the second of a pair dies while the first comes back', async () => {
    // Many nodes: the engine lets the one that comes back fail too, one of N.
    const nodes = 32
    const rate = 1 / 40_000
    const restart = 100
    const far = 10_000
    const { badputSeconds, interruptions, wallClockSeconds } = await simulateRun(
      {
        workSeconds: 200 * far,
        nodes,
        units: nodes,
        failures: [kill(rate, { losesNode: true })],
        checkpoint: {
          blockingSeconds: 0,
          kind: 'memory',
          tiers: [{ blockingSeconds: 0, intervalSeconds: far }],
        },
        restartSeconds: restart,
        intervalSeconds: 1,
      },
      { trials: 400, seed: 'pairs' },
    )
    // Half a second is lost where the copies hold.
    const fallbacks = (badputSeconds.lostWork - interruptions.mean / 2) / (far / 2) / wallClockSeconds.mean
    expect(fallbacks / remoteFallbackRate(nodes, rate, restart)).toBeGreaterThan(0.9)
    expect(fallbacks / remoteFallbackRate(nodes, rate, restart)).toBeLessThan(1.1)
  })
})

describe('14: spares and repair', () => {
  const laws: readonly [string, DurationSpec][] = [
    ['exponential', { exponential: { mean: HOUR } }],
    ['fixed', HOUR],
    ['uniform', { uniform: { from: 0, to: 2 * HOUR } }],
    ['Weibull', { weibull: { mean: HOUR, shape: 0.7 } }],
  ]

  // A. K. Erlang (1917): whatever the law of repair.
  it.each(
    laws.flatMap(([law, seconds]) =>
      [
        [0, 0.3],
        [2, 1.5],
        [8, 6],
      ].map(([spares, load]) => ({ law, seconds, spares: spares as number, load: load as number })),
    ),
  )('$law repair, $spares spares, $load nodes in repair', async ({ seconds, spares, load }) => {
    const repair: RepairSpec = { automaticShare: 0, automaticSeconds: 0, manualSeconds: seconds }
    const { goodput } = await simulateRun(
      free(500 * HOUR, {
        nodes: 64,
        failures: [kill(load / HOUR, { units: 1, fixedUnits: true, losesNode: true, repair, graceSeconds: 1 })],
        spares: { nodes: spares },
      }),
      { trials: 60, seed: `erlang ${load}` },
    )
    expect(
      off({ mean: 1 - goodput.mean, standardError: goodput.standardError }, erlangBStall(spares, load)),
    ).toBeLessThan(4)
  })
})

describe('18: elastic data parallelism', () => {
  it.each([
    { replicas: 8, days: 40, repair: 6 * HOUR, stall: 180 },
    { replicas: 32, days: 100, repair: 24 * HOUR, stall: 60 },
    { replicas: 64, days: 200, repair: 2 * HOUR, stall: 180 },
  ])('$replicas replicas that live $days days, repair $repair s, stall $stall s', async (p) => {
    const rate = 1 / (p.days * DAY)
    const repair: RepairSpec = {
      automaticShare: 0,
      automaticSeconds: 0,
      manualSeconds: { exponential: { mean: p.repair } },
    }
    const { goodput } = await simulateRun(
      free(200 * DAY, {
        nodes: p.replicas,
        units: p.replicas,
        failures: [kill(rate, { losesNode: true, repair })],
        spares: { nodes: 0 },
        elastic: { nodesPerReplica: 1, stallSeconds: p.stall, regrowSeconds: 0, keepsWork: true },
        pace: [Array.from({ length: p.replicas }, (_, missing) => 1 - missing / p.replicas)],
      }),
      { trials: 400, seed: 'elastic' },
    )
    const closed = elasticThroughput(p.replicas, rate, p.repair, p.stall)
    // First order: nodes in repair do not fail, and a stall is lost at the throughput of the rest.
    const second = (1 - closed) ** 2
    expect(Math.abs(goodput.mean - closed)).toBeLessThan(4 * goodput.standardError + second)
  })
})

describe('a shared cluster', () => {
  // L. Kleinrock, Queueing Systems II (1976), ch. 3, preemptive-resume: R/((1 − σ₁)(1 − σ₂)) to the first node, R the mean
  // work that is left of a job in service, then S/(1 − σ₁).
  it.each([
    { high: 0.3, equal: 0, work: 4 * HOUR },
    { high: 0, equal: 0.6, work: 4 * HOUR },
    { high: 0.4, equal: 0.3, work: 20 * HOUR },
  ])('jobs of higher priority take $high of it, of the same $equal', async ({ high, equal, work }) => {
    const job = (id: string, priority: number, share: number) => ({
      id,
      nodes: 16,
      priority,
      rate: share / HOUR,
      durationSeconds: { exponential: { mean: HOUR } },
    })
    const { wallClockSeconds, badputSeconds, interruptions } = await simulateRun(
      free(work, {
        nodes: 16,
        cluster: { nodes: 16, priority: 1, jobs: [job('high', 2, high), job('equal', 1, equal), job('low', 0, 9)] },
      }),
      { trials: 2000, seed: 'shared' },
    )
    const wait = ((high + equal) * HOUR) / ((1 - high) * (1 - high - equal))
    expect(off(wallClockSeconds, wait + work / (1 - high))).toBeLessThan(4)
    if (high > 0) expect(off(interruptions, (high * work) / HOUR)).toBeLessThan(4)
    expect(badputSeconds.requeue + badputSeconds.lostWork + work).toBeCloseTo(wallClockSeconds.mean, 3)
  })
})

describe("21: GEMINI's wasted time", () => {
  it('a failure costs a checkpoint, half an interval and a load: 105 min', async () => {
    const forty = 42 * MINUTE
    const mtbf = 60 * DAY
    const { badputSeconds, interruptions } = await simulateRun(
      {
        workSeconds: 20 * mtbf,
        failures: { mtbfSeconds: mtbf },
        checkpoint: { blockingSeconds: 0, durableAfterSeconds: forty, loadSeconds: forty },
        restartSeconds: 1,
        intervalSeconds: forty,
      },
      { trials: 2000, seed: 'gemini' },
    )
    const each = (badputSeconds.lostWork + badputSeconds.restart) / interruptions.mean / MINUTE
    expect(Math.abs(each / wastedTime(42, 42, 42) - 1)).toBeLessThan(0.01)
  })
})

describe('the simulator itself', () => {
  it('takes the work and its checkpoints where nothing fails', async () => {
    for (const [work, interval, blocking] of [
      [1000, 100, 3],
      [1001, 100, 3],
      [50, 100, 3],
    ] as const) {
      const { wallClockSeconds } = await simulateRun(
        { workSeconds: work, failures: [], checkpoint: blocking, restartSeconds: 10, intervalSeconds: interval },
        { trials: 2 },
      )
      expect(wallClockSeconds.mean).toBeCloseTo(work + Math.ceil(work / interval) * blocking, 9)
    }
  })

  it('takes longer with every rate and every cost, and loses nothing where all costs are 0', async () => {
    const base = { rate: 1e-4, blocking: 5, restart: 100, downtime: 50 }
    const mean = async (p: typeof base) => {
      const { wallClockSeconds } = await simulateRun(
        {
          workSeconds: 1e5,
          failures: { mtbfSeconds: 1 / p.rate },
          checkpoint: p.blocking,
          restartSeconds: p.restart,
          downtimeSeconds: p.downtime,
          intervalSeconds: 500,
        },
        { trials: 400, seed: 'monotone' },
      )
      return wallClockSeconds.mean
    }
    const start = await mean(base)
    for (const key of ['rate', 'blocking', 'restart', 'downtime'] as const) {
      let before = start
      for (const factor of [1.5, 2, 4]) {
        const now = await mean({ ...base, [key]: base[key] * factor })
        expect(now).toBeGreaterThan(before)
        before = now
      }
    }
    const { goodput } = await simulateRun(free(1e5, { failures: [kill(1e-3, { graceSeconds: 1 })] }), { trials: 50 })
    expect(goodput.p5).toBeCloseTo(1, 9)
  })

  it('its intervals of 95 % hold the exact mean in about 95 % of seeds', async () => {
    const spec = {
      workSeconds: 2000,
      failures: { mtbfSeconds: 400 },
      checkpoint: 5,
      restartSeconds: 20,
      downtimeSeconds: 10,
      intervalSeconds: 100,
    }
    const exact = expectedWallClock({
      workSeconds: 2000,
      computeSeconds: 100,
      blockingSeconds: 5,
      restartSeconds: 20,
      downtimeSeconds: 10,
      rate: 1 / 400,
    }).mean
    const seeds = 200
    let covered = 0
    for (let seed = 0; seed < seeds; seed++) {
      const { wallClockSeconds } = await simulateRun(spec, { trials: 150, seed })
      if (off(wallClockSeconds, exact) < 1.96) covered++
    }
    expect(Math.abs(covered / seeds - 0.95)).toBeLessThan(4 * Math.sqrt((0.95 * 0.05) / seeds))
  })
})

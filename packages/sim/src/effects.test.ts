/** What each kind of failure costs, where it can be said in one line. */

import { describe, expect, it } from 'vitest'
import { compileLifetime, cumulativeHazard, type LifetimeSpec } from './lifetime.ts'
import { simulateRun } from './simulate-run.ts'
import type { FailureClassSpec, RepairSpec, RunSpec } from './spec.ts'

const HOUR = 3600
const WORK = 1000 * HOUR
const RATE = 1 / (20 * HOUR)

/** Failures that cost nothing of themselves: they come with a warning, and a checkpoint is free. */
const run = (failures: readonly Partial<FailureClassSpec>[], over: Partial<RunSpec> = {}): RunSpec => ({
  workSeconds: WORK,
  failures: failures.map((f) => ({ id: 'failure', rate: RATE, graceSeconds: 1, ...f })),
  checkpoint: 0,
  restartSeconds: 0,
  intervalSeconds: HOUR / 100,
  ...over,
})

const simulated = (spec: RunSpec, trials = 400) => simulateRun(spec, { trials, seed: 'effects', keepTrials: true })

const off = ({ mean, standardError }: { readonly mean: number; readonly standardError: number }, exact: number) =>
  Math.abs(mean - exact) / standardError

const repaired = (seconds: RepairSpec['manualSeconds']): RepairSpec => ({
  automaticShare: 0,
  automaticSeconds: 0,
  manualSeconds: seconds,
})

describe('what a failure does', () => {
  it('corruption: all since the checkpoint before it, up to when it is found', async () => {
    const detectionSeconds = { exponential: { mean: HOUR / 2 } }
    const { badputSeconds, interruptions } = await simulated(
      run([{ effect: 'corrupt', rate: RATE / 20, detectionSeconds, graceSeconds: 0 }], {
        workSeconds: 20 * WORK,
        intervalSeconds: HOUR,
      }),
    )
    // Half an interval and the time to find it, less what a second one in it saves.
    expect(Math.abs(badputSeconds.rollback / interruptions.mean / HOUR - 1)).toBeLessThan(0.01)
  })

  it('slow members: the pace of the slowest for as long as any is not found', async () => {
    const { wallClockSeconds, badputSeconds } = await simulated(
      run([{ effect: 'slow', slowPace: 0.5, detectionSeconds: 2 * HOUR }]),
    )
    // Busy share of M/G/∞: 1 − e^(−λd).
    const slow = 1 - Math.exp(-0.1)
    expect(off(wallClockSeconds, WORK / (1 - slow / 2))).toBeLessThan(4)
    expect(badputSeconds.straggler + WORK).toBeCloseTo(wallClockSeconds.mean, 3)
  })

  it('a loss spike: back by its work, to a checkpoint', async () => {
    const { badputSeconds, interruptions } = await simulated(
      run([{ effect: 'rollback', rollbackSeconds: HOUR, graceSeconds: 0 }], { intervalSeconds: HOUR / 10 }),
    )
    expect(badputSeconds.rollback / interruptions.mean / HOUR).toBeCloseTo(1.05, 2)
  })

  it('a planned stop: a checkpoint, the standstill and a restart, and no work', async () => {
    const { badputSeconds, interruptions, wallClockSeconds } = await simulated(
      run([{ effect: 'stop', lifetime: 'periodic', stopSeconds: 600, graceSeconds: 60 }], {
        checkpoint: 30,
        restartSeconds: 90,
        intervalSeconds: 5 * HOUR,
      }),
      2,
    )
    expect(badputSeconds.lostWork).toBe(0)
    expect(badputSeconds.maintenance / interruptions.mean).toBeCloseTo(600, 6)
    expect(badputSeconds.restart / interruptions.mean).toBeCloseTo(90, 6)
    expect(Math.abs(interruptions.mean - wallClockSeconds.mean / (20 * HOUR))).toBeLessThan(2)
  })

  it('detection, diagnosis and downtime: each its mean', async () => {
    const { badputSeconds, interruptions } = await simulated(
      run([{ detectionSeconds: { exponential: { mean: 100 } }, diagnosisSeconds: { uniform: { from: 0, to: 400 } } }], {
        downtimeSeconds: 50,
      }),
    )
    expect(Math.abs(badputSeconds.detection / interruptions.mean / 350 - 1)).toBeLessThan(0.01)
  })

  it('evaluation: a pause after so much computing', async () => {
    const evaluation = { everySeconds: 9 * HOUR, pauseSeconds: HOUR }
    const { workSeconds: _, ...rest } = run([])
    const { badputSeconds } = await simulated({ ...rest, phases: [{ workSeconds: WORK, evaluation }] }, 2)
    expect(badputSeconds.evaluation).toBeCloseTo(WORK / 9, 3)
  })
})

describe('how often it strikes', () => {
  it('bursts bring bursts: N/(1 − share)', async () => {
    const { interruptions } = await simulated(run([{ burst: { share: 0.5, withinSeconds: 60 } }]))
    expect(off(interruptions, 100)).toBeLessThan(4)
  })

  it('a wrong diagnosis brings it back: N/(1 − share)', async () => {
    const { interruptions } = await simulated(
      run(
        [
          {
            units: 1,
            fixedUnits: true,
            losesNode: true,
            repair: repaired(1),
            wrongDiagnosis: { share: 0.25, recurrenceSeconds: 60 },
          },
        ],
        { nodes: 10, spares: { nodes: 100 } },
      ),
    )
    expect(off(interruptions, 50 / 0.75)).toBeLessThan(4)
  })

  it('by the time of day', async () => {
    const modulation = { periodSeconds: 24 * HOUR, factors: [0, 1, 2, 5] }
    const days = await simulated(run([{ modulation }], { workSeconds: 960 * HOUR }))
    expect(off(days.interruptions, 48 * 2)).toBeLessThan(4)
    // The first quarter of the day is quiet, the second at its mean rate.
    expect((await simulated(run([{ modulation }], { workSeconds: 6 * HOUR }))).interruptions.mean).toBe(0)
    const morning = await simulated(run([{ modulation, rate: 1 / HOUR }], { workSeconds: 12 * HOUR }))
    expect(off(morning.interruptions, 6)).toBeLessThan(4)
  })

  it('by a record: all of its moments, over and over', async () => {
    const record = { times: [10 * HOUR, 30 * HOUR, 31 * HOUR], lengthSeconds: 100 * HOUR }
    const at = async (start: 'random' | 'beginning', workSeconds: number) =>
      (await simulated(run([{ rate: 0, trace: { ...record, start } }], { workSeconds }))).interruptions
    expect((await at('beginning', 9 * HOUR)).mean).toBe(0)
    expect((await at('beginning', 130.5 * HOUR)).mean).toBe(5)
    expect((await at('random', WORK)).mean).toBe(30)
    expect(off(await at('random', 10 * HOUR), 0.3)).toBeLessThan(4)
  })

  it('while the job is down, where the class says so', async () => {
    const { interruptionsByClass, wallClockSeconds } = await simulated(
      run([
        { id: 'down', detectionSeconds: 10 * HOUR },
        { id: 'always', whileDown: true },
      ]),
    )
    // Standard error of 30,000 counts: 0.6 %.
    expect(Math.abs((interruptionsByClass.down ?? 0) / 50 - 1)).toBeLessThan(0.03)
    expect(Math.abs((interruptionsByClass.always ?? 0) / (wallClockSeconds.mean * RATE) - 1)).toBeLessThan(0.03)
  })

  it('more often where a phase has more nodes', async () => {
    const { workSeconds: _, ...rest } = run([{ rate: RATE / 10 }], { nodes: 10, units: 10 })
    const phases = [
      { workSeconds: 400 * HOUR },
      { workSeconds: 300 * HOUR, nodes: 40 },
      { workSeconds: 200 * HOUR, nodes: 5 },
    ]
    expect(off((await simulated({ ...rest, phases })).interruptions, 20 + 15 * 4 + 10 / 2)).toBeLessThan(4)
  })

  const laws: readonly LifetimeSpec[] = [
    { weibull: { shape: 2 } },
    { lognormal: { sigma: 1 } },
    { piecewise: [{ untilSeconds: 100 * HOUR, factor: 4 }, { factor: 0.5 }] },
  ]
  it.each(laws.flatMap((lifetime) => [0, 150 * HOUR].map((ageSeconds) => ({ lifetime, ageSeconds }))))(
    'by age: $lifetime from $ageSeconds s',
    async ({ lifetime, ageSeconds }) => {
      const [units, rate, seconds] = [20, 1 / (400 * HOUR), 30 * HOUR]
      const { columns } = await simulated(
        run([{ rate, lifetime }], {
          workSeconds: seconds,
          nodes: units,
          units,
          batches: [{ share: 1, ageSeconds }],
        }),
        5000,
      )
      const law = compileLifetime('', lifetime, rate)
      const hazard = cumulativeHazard(law, ageSeconds + seconds) - cumulativeHazard(law, ageSeconds)
      const none = Math.exp(-units * hazard)
      const share = (columns?.interruptions.filter((n) => n === 0).length ?? 0) / 5000
      expect(Math.abs(share - none)).toBeLessThan(4 * Math.sqrt((none * (1 - none)) / 5000))
    },
  )
})

describe('nodes that come and go', () => {
  const one: Partial<FailureClassSpec> = { rate: 1 / HOUR, units: 1, fixedUnits: true, losesNode: true }

  // One repair at a time: M/M/1 with room for S + 1, where the last place is a standstill.
  it.each([
    [1, 0.5],
    [4, 0.8],
    [4, 1.25],
  ])('one crew, %i spares, %f repairs at a time', async (spares, load) => {
    const { goodput } = await simulated(
      run([{ ...one, repair: repaired({ exponential: { mean: load * HOUR } }) }], {
        nodes: 20,
        spares: { nodes: spares },
        repairCrews: 1,
      }),
      100,
    )
    const states = Array.from({ length: spares + 2 }, (_, down) => load ** down)
    const still = (states[spares + 1] as number) / states.reduce((a, b) => a + b)
    expect(off({ mean: 1 - goodput.mean, standardError: goodput.standardError }, still)).toBeLessThan(4)
  })

  it('pools in their order, each with its time to stand in, and the queue when all are empty', async () => {
    const { badputSeconds, interruptions } = await simulated(
      run([{ ...one, rate: RATE, repair: repaired(100 * WORK) }], {
        nodes: 20,
        spares: {
          pools: [{ nodes: 5 }, { nodes: 10, swapSeconds: 60 }],
          requeueSeconds: { exponential: { mean: 900 } },
        },
      }),
    )
    expect(badputSeconds.waitForSpare).toBeCloseTo(600, 6)
    const queued = badputSeconds.requeue / (interruptions.mean - 15)
    expect(Math.abs(queued / 900 - 1)).toBeLessThan(0.04)
  })
})

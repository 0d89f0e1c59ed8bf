import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyRun } from './any-run.fixture.ts'
import { playTrial } from './batch.ts'
import { BADPUT, BADPUT_CAUSES } from './columns.ts'
import { compileRun } from './compile/run.ts'
import { Trial } from './engine/trial.ts'
import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import type { Timeline } from './timeline.ts'
import { slidingEttr } from './timeline-ettr.ts'
import { playTimeline } from './timeline-play.ts'
import { timelineRecorder } from './timeline-recorder.ts'

const CAUSES = ['productive', ...BADPUT_CAUSES] as const

/** Runs with more failures take long to play. */
const FEW = 50

function played(spec: RunSpec, seed: number): Timeline | undefined {
  if (compileRun(spec).expectedFailures > FEW) return undefined
  try {
    return playTimeline(spec, { seed })
  } catch (error) {
    if (error instanceof SimulationError && error.code === 'cannot-finish') return undefined
    throw error
  }
}

/** A run whose failures strike at moments that are known. */
const KNOWN: RunSpec = {
  workSeconds: 1000,
  failures: [
    {
      id: 'bad',
      rate: 0,
      trace: { times: [250, 251, 600], lengthSeconds: 1e6, start: 'beginning' },
      detectionSeconds: 20,
    },
  ],
  checkpoint: 10,
  restartSeconds: 30,
  intervalSeconds: 100,
}

describe('a timeline', () => {
  test('of any run: spans adjoin from 0 to the wall clock and add up to what the trial booked, by cause', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (spec, seed) => {
        const run = compileRun(spec)
        if (run.expectedFailures > FEW) return
        const trial = new Trial(run)
        for (const index of [0, 1, 2]) {
          const recorder = timelineRecorder()
          if (playTrial(trial, run, seed, index, recorder).end !== 'done') continue
          const { now, badput, position } = trial
          const spans = recorder.spans()
          expect(spans[0]?.start).toBe(0)
          expect(Math.abs((spans.at(-1)?.end ?? 0) - now)).toBeLessThan(1e-9 * now)
          for (const [i, { start, end, seconds }] of spans.entries()) {
            expect(start).toBe(spans[i - 1]?.end ?? 0)
            expect(end).toBeGreaterThan(start)
            const parts = Object.values(seconds).reduce((sum, s) => sum + s, 0)
            expect(Math.abs(parts - (end - start))).toBeLessThan(1e-9 * now)
          }
          for (const cause of CAUSES) {
            const booked = cause === 'productive' ? position.work : (badput[BADPUT[cause]] as number)
            const told = spans.reduce((sum, { seconds }) => sum + (seconds[cause] ?? 0), 0)
            expect(Math.abs(told - booked), `${cause} ${booked}`).toBeLessThan(1e-8 * now)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('of any run: the work that is kept only grows, to the work of the run; events rise', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), (spec, seed) => {
        const timeline = played(spec, seed)
        if (timeline === undefined) return
        const { spans, events } = timeline
        const needed = spec.phases?.reduce((sum, p) => sum + p.workSeconds, 0) ?? 0
        expect((spans.at(-1)?.workSeconds ?? 0) / needed).toBeCloseTo(1, 9)
        // Back from a loss spike the path is drawn as if it had always run at today's pace.
        const exact = Array.isArray(spec.failures) && spec.failures.every((c) => c.effect !== 'rollback')
        for (const [i, span] of spans.entries()) {
          const before = spans[i - 1]?.workSeconds ?? 0
          if (exact) expect(span.workSeconds).toBeGreaterThanOrEqual(before - 1e-9 * needed)
          if (span.state !== 'running') expect(span.workSeconds).toBe(before)
        }
        expect(events.map(({ seconds }) => seconds)).toEqual(events.map(({ seconds }) => seconds).sort((a, b) => a - b))
      }),
      { numRuns: 200 },
    )
  })

  test('marks the work that was lost', () => {
    const { spans, events, wallClockSeconds } = playTimeline(KNOWN)
    // Two intervals and their checkpoints are kept, 30 s of the third are lost; 251 s falls into the detection and is nothing.
    expect(spans.map(({ start, end, state }) => [start, end, state]).slice(0, 5)).toEqual([
      [0, 220, 'running'],
      [220, 250, 'lostWork'],
      [250, 270, 'detection'],
      [270, 300, 'restart'],
      [300, 520, 'running'],
    ])
    expect(spans[0]).toMatchObject({ workSeconds: 200, seconds: { productive: 200, checkpointSave: 20 }, phase: 0 })
    expect(spans[1]?.workSeconds).toBe(200)
    expect(spans[5]).toMatchObject({ start: 520, end: 600, state: 'lostWork', workSeconds: 400 })
    expect(events).toEqual([250, 600].map((seconds) => ({ seconds, kind: 'bad' })))
    expect(wallClockSeconds).toBe(1000 + 10 * 10 + 30 + 80 + 2 * 50)
  })

  test('names the trial that cannot end, and a trial that is none', () => {
    const never: RunSpec = { ...KNOWN, failures: { mtbfSeconds: 30 }, restartSeconds: 0, intervalSeconds: 1000 }
    expect(() => playTimeline(never)).toThrow(SimulationError)
    expect(() => playTimeline(KNOWN, { trial: -1 })).toThrow('trial: must be a whole number of at least 0, not -1')
  })

  test('is the trial of the simulation that typicalTrials names', async () => {
    const { typicalTrials, columns } = await simulateRun(MIXED, { trials: 200, seed: 'a', keepTrials: true })
    for (const trial of Object.values(typicalTrials)) {
      expect(playTimeline(MIXED, { seed: 'a', trial }).wallClockSeconds).toBe(columns?.wallClockSeconds[trial])
    }
  })
})

describe('the sliding ETTR', () => {
  test('is worst where the window holds most of what was lost', () => {
    const timeline = playTimeline(KNOWN)
    // From 450 to 650 it runs 70 s that are kept, at 100 s of training in 110; later windows swap old running for new.
    const { worst, worstAt } = slidingEttr(timeline, 200)
    expect(worst).toBeCloseTo((70 * (100 / 110)) / 200, 12)
    expect(worstAt).toBe(650)
  })

  test('over the whole run is that of the trial', async () => {
    const { columns } = await simulateRun(MIXED, { trials: 1, seed: 'a', keepTrials: true })
    const timeline = playTimeline(MIXED, { seed: 'a' })
    const { worst, windowSeconds } = slidingEttr(timeline, Number.POSITIVE_INFINITY)
    expect(windowSeconds).toBe(timeline.wallClockSeconds)
    expect(worst).toBeCloseTo(columns?.ettr[0] ?? 0, 12)
  })

  test('of any run: no window is better than all of it or worse than none, and none is missed between the bends', () => {
    fc.assert(
      fc.property(anyRun, fc.nat(), fc.integer({ min: 1, max: 100 }), (spec, seed, percent) => {
        const timeline = played(spec, seed)
        if (timeline === undefined) return
        const window = (timeline.wallClockSeconds * percent) / 100
        const { worst, ettr, seconds } = slidingEttr(timeline, window)
        expect(worst).toBeCloseTo(Math.min(...ettr), 11)
        for (let end = window; end <= timeline.wallClockSeconds; end += timeline.wallClockSeconds / 37) {
          const trained = timeline.spans.reduce((sum, span) => {
            const share = { productive: 0, degraded: 0, straggler: 0, ...span.seconds }
            const inside = Math.max(0, Math.min(span.end, end) - Math.max(span.start, end - window))
            return sum + ((share.productive + share.degraded + share.straggler) * inside) / (span.end - span.start)
          }, 0)
          expect(trained / window).toBeGreaterThan(worst - 1e-9)
        }
        expect([...seconds]).toEqual([...seconds].sort((a, b) => a - b))
      }),
      { numRuns: 60 },
    )
  })
})

test('slow and corrupting failures have an event when they strike and one when they are found', () => {
  const spec = (effect: 'slow' | 'corrupt'): RunSpec => ({
    ...KNOWN,
    failures: [
      {
        id: 'bad',
        rate: 0,
        effect,
        slowPace: 0.5,
        trace: { times: [250], lengthSeconds: 1e6, start: 'beginning' },
        detectionSeconds: 100,
      },
    ],
  })
  for (const effect of ['slow', 'corrupt'] as const) {
    expect(playTimeline(spec(effect)).events).toEqual([
      { seconds: 250, kind: 'bad' },
      { seconds: 350, kind: 'bad found' },
    ])
  }
  // 100 s at half the pace: 50 s of them, less what of it is the checkpoint from 320 to 330, are a straggler's.
  const slow = playTimeline(spec('slow')).spans
  expect(slow.reduce((sum, { seconds }) => sum + (seconds.straggler ?? 0), 0)).toBeCloseTo(45, 9)
  expect(playTimeline(spec('corrupt')).spans.slice(0, 3)).toMatchObject([
    { start: 0, end: 220, state: 'running' },
    { start: 220, end: 250, state: 'rollback' },
    { start: 250, end: 350, state: 'rollback' },
  ])
})

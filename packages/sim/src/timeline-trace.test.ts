import type { CompleteEvent } from '@walltime/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyRun } from './any-run.fixture.ts'
import { compileRun } from './compile/run.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import type { Timeline } from './timeline.ts'
import { playTimeline } from './timeline-play.ts'
import { traceTimeline } from './timeline-trace.ts'

function played(spec: RunSpec, seed: number): Timeline | undefined {
  if (compileRun(spec).expectedFailures > 50) return undefined
  try {
    return playTimeline(spec, { seed })
  } catch (error) {
    if (error instanceof SimulationError && error.code === 'cannot-finish') return undefined
    throw error
  }
}

test('a trace of any run is a sorted trace-event document with named tracks that do one thing at a time', () => {
  fc.assert(
    fc.property(anyRun, fc.nat(), (spec, seed) => {
      const timeline = played(spec, seed)
      if (timeline === undefined) return
      const trace = traceTimeline(timeline)
      expect(JSON.parse(JSON.stringify(trace))).toEqual(trace)
      const named = new Set(trace.traceEvents.flatMap((e) => (e.name === 'thread_name' ? [e.tid] : [])))
      const timed = trace.traceEvents.filter((e) => e.ph !== 'M')
      expect(timed.filter(({ ts }, i) => ts < (timed[i - 1]?.ts ?? 0))).toEqual([])
      expect(timed.every((e) => named.has(e.tid) && e.name !== '' && e.cat !== '' && Number.isFinite(e.ts))).toBe(true)
      const spans = timed.filter((e): e is CompleteEvent => e.ph === 'X')
      for (const tid of named) {
        const own = spans.filter((e) => e.tid === tid)
        expect(
          own.filter(
            ({ ts }, i) => i > 0 && ts < (own[i - 1] as CompleteEvent).ts + (own[i - 1] as CompleteEvent).dur - 1e-2,
          ),
        ).toEqual([])
      }
      const end = Math.max(...spans.map(({ ts, dur }) => ts + dur))
      expect(end / 1e6).toBeCloseTo(timeline.wallClockSeconds, 5)
      expect(timed.filter((e) => e.ph === 'i')).toHaveLength(timeline.events.length)
    }),
    { numRuns: 60 },
  )
})

test('phases have a track where there are several, missing nodes where some are', () => {
  const spec = {
    phases: [
      { id: 'short', workSeconds: 1000 },
      { id: 'long', workSeconds: 1000 },
    ],
    units: 8,
    nodes: 8,
    failures: [
      {
        id: 'node',
        rate: 0,
        trace: { times: [500], lengthSeconds: 1e6, start: 'beginning' as const },
        losesNode: true,
        repair: { automaticShare: 0, automaticSeconds: 0, manualSeconds: 700 },
      },
    ],
    checkpoint: 0,
    restartSeconds: 0,
    intervalSeconds: 100,
    elastic: { nodesPerReplica: 2, stallSeconds: 5, keepsWork: true },
  }
  const names = (tid: number) =>
    traceTimeline(playTimeline(spec)).traceEvents.flatMap((e) => (e.ph === 'X' && e.tid === tid ? [e.name] : []))
  expect(names(3)).toEqual(['short', 'long'])
  expect([...new Set(names(4))]).toEqual(['1 missing'])
})

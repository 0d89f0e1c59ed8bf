import { type InstantEvent, nameProcess, nameThread, type TraceEvent, traceInstant, traceSpan } from '@walltime/core'
import type { Timeline, TimelineSpan } from './timeline.ts'

/** A trial in Chrome's trace-event format, for ui.perfetto.dev. */
export interface TimelineTrace {
  readonly traceEvents: readonly (TraceEvent | InstantEvent)[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: { readonly seed: string; readonly trial: number; readonly wallClockSeconds: number }
}

const PID = 1
const TRACKS = { state: 1, failures: 2, phase: 3, missing: 4 } as const

/** Tracks of one run: what it does, what strikes it, its phases where it has several, nodes that are missing. */
export function traceTimeline({ spans, events, phases, seed, trial, wallClockSeconds }: Timeline): TimelineTrace {
  const on = (track: keyof typeof TRACKS) => ({ pid: PID, tid: TRACKS[track] })
  const states = spans.map((span) => {
    const { start, end, state, seconds, workSeconds } = span
    return traceSpan(on('state'), state === 'running' ? 'running' : 'badput', state, start, end, {
      workSeconds,
      phase: phases[span.phase] ?? '',
      ...seconds,
    })
  })
  const ofPhases = phases.length < 2 ? [] : stretches(spans, ({ phase }) => phase)
  const inPhases = ofPhases.map(({ value, start, end }) =>
    traceSpan(on('phase'), 'phase', phases[value] ?? '', start, end, {}),
  )
  const short = stretches(spans, ({ missingNodes }) => missingNodes)
    .filter(({ value }) => value > 0)
    .map(({ value, start, end }) =>
      traceSpan(on('missing'), 'missing', `${value} missing`, start, end, { nodes: value }),
    )
  const struck = events.map(({ kind, seconds }) => traceInstant(on('failures'), 'failure', kind, seconds))
  return {
    traceEvents: [
      ...nameProcess(PID, `trial ${trial}, seed ${seed}`),
      ...nameThread(PID, TRACKS.state, 'state'),
      ...nameThread(PID, TRACKS.failures, 'failures'),
      ...(inPhases.length === 0 ? [] : nameThread(PID, TRACKS.phase, 'phase')),
      ...(short.length === 0 ? [] : nameThread(PID, TRACKS.missing, 'missing nodes')),
      ...[...states, ...inPhases, ...short, ...struck].sort((a, b) => a.ts - b.ts),
    ],
    displayTimeUnit: 'ms',
    otherData: { seed: String(seed), trial, wallClockSeconds },
  }
}

/** Spans that follow each other with the same value, as one. */
function stretches(
  spans: readonly TimelineSpan[],
  valueIn: (span: TimelineSpan) => number,
): readonly { readonly value: number; readonly start: number; readonly end: number }[] {
  const all: { readonly value: number; readonly start: number; end: number }[] = []
  for (const span of spans) {
    const value = valueIn(span)
    const last = all.at(-1)
    if (last?.value === value) last.end = span.end
    else all.push({ value, start: span.start, end: span.end })
  }
  return all
}

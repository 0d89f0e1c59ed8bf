import type { Timeline } from '@walltime/sim'
import { expect, test } from 'vitest'
import { timelineCsv } from './timeline-csv.ts'

test('a row a span, with what struck at its start; names are quoted where they must be', () => {
  const common = { phase: 0, missingNodes: 0, workSeconds: 90 }
  const timeline: Timeline = {
    seed: 'a',
    trial: 3,
    wallClockSeconds: 120,
    phases: ['first, long'],
    spans: [
      { ...common, start: 0, end: 100, state: 'running', seconds: { productive: 90, checkpointSave: 10 } },
      { ...common, start: 100, end: 120, state: 'restart', seconds: { restart: 20 } },
    ],
    events: [
      // The clock of the event was rounded another way.
      { seconds: 100 + 1e-13, kind: 'gpu' },
      { seconds: 100.5, kind: 'nic "a"' },
    ],
  }
  expect(timelineCsv(timeline)).toBe(
    [
      'start_s,end_s,state,phase,missing_nodes,work_s,productive_s,checkpointSave_s,degraded_s,straggler_s,evaluation_s,events',
      '0,100,running,"first, long",0,90,90,10,0,0,0,',
      '100,120,restart,"first, long",0,90,0,0,0,0,0,"gpu nic ""a"""',
      '',
    ].join('\n'),
  )
})

import type { Timeline } from '@walltime/sim'

/** What a running stretch can have gone into; every other state is one cause from end to end. */
const RUNNING = ['productive', 'checkpointSave', 'degraded', 'straggler', 'evaluation'] as const

/** One row a span; `events` are the failures that struck at its start. */
export function timelineCsv({ spans, events, phases }: Timeline): string {
  const head = [
    'start_s',
    'end_s',
    'state',
    'phase',
    'missing_nodes',
    'work_s',
    ...RUNNING.map((p) => `${p}_s`),
    'events',
  ]
  const rows = [head.join(',')]
  let next = 0
  for (const [i, { start, end, state, phase, missingNodes, workSeconds, seconds }] of spans.entries()) {
    const struck: string[] = []
    const last = i === spans.length - 1
    // Half way to the end tells the start from the end however the clock was rounded.
    for (; next < events.length && (last || (events[next]?.seconds ?? 0) < (start + end) / 2); next++)
      struck.push(events[next]?.kind ?? '')
    const parts = RUNNING.map((part) => seconds[part] ?? 0)
    const cells = [start, end, state, phases[phase] ?? '', missingNodes, workSeconds, ...parts, struck.join(' ')]
    rows.push(cells.map((cell) => (typeof cell === 'number' ? String(cell) : quoted(cell))).join(','))
  }
  return `${rows.join('\n')}\n`
}

function quoted(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

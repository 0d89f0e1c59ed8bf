/** Chrome's trace-event format, as far as a step and a run need it: spans, moments and names. Perfetto reads it. */

/** A span of a thread; microseconds. */
export interface CompleteEvent {
  readonly ph: 'X'
  readonly name: string
  readonly cat: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: Readonly<Record<string, string | number>>
}

/** A moment of a thread; microseconds. */
export interface InstantEvent {
  readonly ph: 'i'
  readonly s: 't'
  readonly name: string
  readonly cat: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
}

/** Names or orders a process or thread. */
export interface MetadataEvent {
  readonly ph: 'M'
  readonly name: 'process_name' | 'process_sort_index' | 'thread_name' | 'thread_sort_index'
  readonly pid: number
  readonly tid: number
  readonly ts: 0
  readonly args: { readonly name: string } | { readonly sort_index: number }
}

export type TraceEvent = CompleteEvent | MetadataEvent

/** Microseconds in whole nanoseconds. */
function microseconds(seconds: number): number {
  return Math.round(seconds * 1e9) / 1e3
}

/** A span from seconds; spans that follow each other without a gap still do after rounding. */
export function span(
  place: { readonly pid: number; readonly tid: number },
  cat: string,
  name: string,
  from: number,
  to: number,
  args: CompleteEvent['args'],
): CompleteEvent {
  const ts = microseconds(from)
  const dur = Math.max(0, Math.round((microseconds(to) - ts) * 1e3) / 1e3)
  return { ph: 'X', name, cat, pid: place.pid, tid: place.tid, ts, dur, args }
}

export function instant(
  place: { readonly pid: number; readonly tid: number },
  cat: string,
  name: string,
  at: number,
): InstantEvent {
  return { ph: 'i', s: 't', name, cat, pid: place.pid, tid: place.tid, ts: microseconds(at) }
}

export function nameProcess(pid: number, name: string): readonly MetadataEvent[] {
  return [
    { ph: 'M', name: 'process_name', pid, tid: 0, ts: 0, args: { name } },
    { ph: 'M', name: 'process_sort_index', pid, tid: 0, ts: 0, args: { sort_index: pid } },
  ]
}

export function nameThread(pid: number, tid: number, name: string): readonly MetadataEvent[] {
  return [
    { ph: 'M', name: 'thread_name', pid, tid, ts: 0, args: { name } },
    { ph: 'M', name: 'thread_sort_index', pid, tid, ts: 0, args: { sort_index: tid } },
  ]
}

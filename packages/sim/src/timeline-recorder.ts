import type { BadputCause } from './columns.ts'
import type { LostCause, PathPosition, Recorder, SpanSeconds, TimelineEvent, TimelineSpan } from './timeline.ts'

type Kept = Omit<PathPosition, 'phase'>

/** A stretch as it was told; running that is lost later is cut off from its end. */
interface Piece {
  readonly start: number
  end: number
  readonly cause: 'running' | BadputCause
  readonly phase: number
  readonly missing: number
  /** End of what is still kept, and what lies behind it from the end back. */
  keptEnd: number
  readonly lost: { readonly end: number; readonly cause: LostCause }[]
  /** The kept path at `keptEnd`. */
  kept: Kept
}

const NOTHING: Kept = { work: 0, degraded: 0, straggler: 0, evaluation: 0 }
/** Rounding of seconds on a clock that shows so many. */
const ROUNDING = 1e-12

/** Takes down what a trial tells; `spans` and `events` answer once it has ended. */
export function timelineRecorder(): Recorder & {
  readonly events: readonly TimelineEvent[]
  spans(): readonly TimelineSpan[]
} {
  const pieces: Piece[] = []
  /** Running and extra checkpoints that are not lost, oldest first. */
  const path: Piece[] = []
  const events: TimelineEvent[] = []
  let phase = 0
  let kept = NOTHING
  let struck = false

  const push = (cause: Piece['cause'], from: number, seconds: number, missing: number, onPath: boolean) => {
    const start = pieces.at(-1)?.end ?? 0
    const end = from + seconds
    if (!(end > start)) return
    const piece: Piece = { start, end, cause, phase, missing, keptEnd: end, lost: [], kept }
    pieces.push(piece)
    if (onPath) path.push(piece)
    struck = false
  }

  return {
    events,
    span(cause, from, seconds) {
      push(cause, from, seconds, 0, cause === 'checkpointSave')
    },
    running(from, seconds, position, missing) {
      kept = copy(position)
      const last = pieces.at(-1)
      const goesOn =
        last?.cause === 'running' &&
        last === path.at(-1) &&
        last.keptEnd === last.end &&
        last.phase === phase &&
        last.missing === missing &&
        !struck
      if (goesOn) {
        last.end = Math.max(last.end, from + seconds)
        last.keptEnd = last.end
        last.kept = kept
      } else push('running', from, seconds, missing, true)
      // A phase that has ended was run to its end under its own name.
      phase = position.phase
    },
    event(seconds, kind) {
      events.push({ seconds, kind })
      struck = true
    },
    lost(at, seconds, cause, position) {
      kept = copy(position)
      phase = position.phase
      let left = seconds
      const rounding = ROUNDING * at
      while (left > rounding) {
        const piece = path.at(-1)
        if (piece === undefined) break
        const length = piece.keptEnd - piece.start
        piece.lost.push({ end: piece.keptEnd, cause })
        piece.keptEnd = left >= length - rounding ? piece.start : piece.keptEnd - left
        if (piece.keptEnd === piece.start) path.pop()
        left -= length
      }
      const last = path.at(-1)
      if (last !== undefined) last.kept = kept
    },
    spans: () => expand(pieces),
  }
}

function copy({ work, degraded, straggler, evaluation }: PathPosition): Kept {
  return { work, degraded, straggler, evaluation }
}

/** The pieces with what was lost of them as spans of its own. */
function expand(pieces: readonly Piece[]): readonly TimelineSpan[] {
  const spans: TimelineSpan[] = []
  let before = NOTHING
  for (const { start, keptEnd, cause, phase, missing, lost, kept } of pieces) {
    const add = (from: number, end: number, state: Piece['cause'], seconds: SpanSeconds) => {
      if (end > from)
        spans.push({ start: from, end, state, phase, missingNodes: missing, workSeconds: before.work, seconds })
    }
    if (keptEnd > start) {
      if (cause === 'running') {
        const seconds = secondsBetween(before, kept, keptEnd - start)
        before = kept
        add(start, keptEnd, cause, seconds)
      } else add(start, keptEnd, cause, { [cause]: keptEnd - start })
    }
    let from = keptEnd
    for (const { end, cause: why } of [...lost].reverse()) {
      add(from, end, why, { [why]: end - from })
      from = end
    }
  }
  return spans
}

/** What a running stretch went into; checkpoints are the rest. */
function secondsBetween(from: Kept, to: Kept, length: number): SpanSeconds {
  const productive = to.work - from.work
  const degraded = to.degraded - from.degraded
  const straggler = to.straggler - from.straggler
  const evaluation = to.evaluation - from.evaluation
  const checkpointSave = length - productive - degraded - straggler - evaluation
  return { productive, checkpointSave, degraded, straggler, evaluation }
}

import type { Timeline, TimelineSpan } from './timeline.ts'

export interface SlidingEttr {
  readonly windowSeconds: number
  /** Least share of any window, and where that window ends; the first where several are as bad. */
  readonly worst: number
  readonly worstAt: number
  /** Ends of windows at which the share bends, rising; between them it runs straight. */
  readonly seconds: Float64Array
  readonly ettr: Float64Array
}

/**
 * Effective training time ratio in a window that slides over a trial (B. Wan et al., ByteRobust, SOSP 2025, section 8: 1 h):
 * the share of the window in which the job made steps that the final model kept, at whatever pace. A running stretch
 * counts at its average, checkpoints spread out over it. A run shorter than the window is one window.
 */
export function slidingEttr({ spans, wallClockSeconds }: Timeline, windowSeconds = 3600): SlidingEttr {
  const window = Math.min(windowSeconds, wallClockSeconds)
  const ends = bends(spans, window, wallClockSeconds)
  const ettr = new Float64Array(ends.length)
  const head = trainedUntil(spans)
  const tail = trainedUntil(spans)
  let worst = 0
  for (const [i, end] of ends.entries()) {
    const share = window > 0 ? (head(end) - tail(end - window)) / window : 1
    ettr[i] = Math.min(1, Math.max(0, share))
    if ((ettr[i] as number) < (ettr[worst] as number) - 1e-12) worst = i
  }
  return { windowSeconds: window, worst: ettr[worst] ?? 1, worstAt: ends[worst] ?? 0, seconds: ends, ettr }
}

/** Moments at which either end of the window enters another span. */
function bends(spans: readonly TimelineSpan[], window: number, end: number): Float64Array {
  const moments = new Set<number>([window, end])
  for (const { end: at } of spans) {
    if (at >= window) moments.add(at)
    if (at + window <= end) moments.add(at + window)
  }
  return Float64Array.from(moments).sort()
}

function trained({ seconds }: TimelineSpan): number {
  return (seconds.productive ?? 0) + (seconds.degraded ?? 0) + (seconds.straggler ?? 0)
}

/** Seconds of training up to a moment; the moments asked for must rise. */
function trainedUntil(spans: readonly TimelineSpan[]): (moment: number) => number {
  let i = 0
  let sum = 0
  return (moment) => {
    for (; i < spans.length; i++) {
      const span = spans[i] as TimelineSpan
      if (span.end > moment) {
        const inside = Math.max(0, moment - span.start)
        return sum + (inside / (span.end - span.start)) * trained(span)
      }
      sum += trained(span)
    }
    return sum
  }
}

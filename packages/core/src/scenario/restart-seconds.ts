import type { RestartMode } from './reliability.ts'

/** Seconds at 2,048 chips, and more for each doubling: ByteRobust, arXiv:2509.16293, table 7, through its ends. */
const AT_SCALE: Readonly<Record<RestartMode, { readonly base: number; readonly perDoubling: number }>> = {
  // 454, 545, 635, 768 s at 2,048, 4,096, 8,192, 16,384 chips.
  requeue: { base: 454, perDoubling: 104.7 },
  // 46, 51, 54, 65 s.
  'hot-update': { base: 46, perDoubling: 6.33 },
}

/** No job is scheduled and started in less, however small: assumed, the table does not reach below 2,048 chips. */
const SHORTEST = { requeue: 120, 'hot-update': 30 } as const

/** Seconds to schedule and start the processes of a job of so many chips. */
export function restartSeconds(mode: RestartMode, chips: number): number {
  const { base, perDoubling } = AT_SCALE[mode]
  return Math.max(SHORTEST[mode], base + perDoubling * Math.log2(chips / 2048))
}

/** Seconds to set up communicators: 5 s at 2,048 chips, below 30 s above 10,000 (MegaScale, arXiv:2402.15627, tuned). */
export function communicatorSeconds(chips: number): number {
  return (5 * chips) / 2048
}

/** Which published runs say enough to be predicted and held against: the others are listed with the reason. */

import type { WholeRun } from './whole-run.ts'

/** The run's own year, else that of its date or of its first arXiv version; the software of the time goes by it. */
export function runYear(run: WholeRun): number | undefined {
  if (run.year != null) return run.year
  const date = /\b(20\d\d)\b/.exec(run.date ?? '')?.[1]
  if (date !== undefined) return Number(date)
  const month = /arxiv\.org\/\w+\/(\d\d)\d\d\.\d{4,5}/.exec(run.source?.url ?? '')?.[1]
  return month === undefined ? undefined : 2000 + Number(month)
}

/** Chip-hours as published: stated, or days x chips; null where neither is. */
export function publishedChipHours(run: WholeRun): number | null {
  if (run.gpu_hours != null) return run.gpu_hours
  return run.days == null || run.chip_count == null ? null : run.days * 24 * run.chip_count
}

const BEYOND = /\b(rl|rlhf|reinforcement|post-?train\w*|fine-?tun\w*|total)\b/i
const PRE_TRAINING = /^pre-?training( only)?$/i

/** Why a run cannot be predicted from what is published; undefined where it can be tried. */
export function exclusionOf(run: WholeRun): string | undefined {
  if (!/\b(official|paper)\b/i.test(run.reliability)) return `not official: ${run.reliability}`
  if (publishedChipHours(run) === null) return 'no chip-hours, and no days with a number of chips'
  if (run.scope != null && !PRE_TRAINING.test(run.scope)) return `the chip-hours cover more or other: ${run.scope}`
  const beyond = run.scope == null ? BEYOND.exec(run.model)?.[0] : undefined
  if (beyond !== undefined) return `the chip-hours cover more or other than pre-training: "${beyond}" in its name`
  if (run.tokens_t == null) return 'the number of tokens is not published'
  if (run.gpu_hours == null && (run.assumed ?? []).some((words) => /\bdays\b/i.test(words)))
    return 'its days are assumed, not published'
  if (run.architecture == null && run.params_b == null) return 'neither architecture nor parameters are published'
  if (run.chips == null && run.cluster?.system == null) return 'the chip is not published'
  return undefined
}

import { mkdirSync } from 'node:fs'
import type { TrialBatch } from './batch.ts'

/** Ends the thread in the middle of a run: always, or only the first time where the environment names a folder to mark it. */
export function maybeDie(batch: TrialBatch): void {
  const death = process.env['WALLTIME_TEST_DEATH']
  if (death === undefined || batch.first === 0) return
  if (death === 'always') process.exit(1)
  try {
    mkdirSync(death)
  } catch {
    return
  }
  process.exit(1)
}

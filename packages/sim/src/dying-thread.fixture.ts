import { runBatch, type TrialBatch } from './batch.ts'
import { maybeDie } from './dying.fixture.ts'

export default function run(batch: TrialBatch) {
  maybeDie(batch)
  return runBatch(batch)
}

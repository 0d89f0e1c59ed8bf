import { setImmediate } from 'node:timers/promises'
import { type GapConstants, type RunScore, scoreRuns } from '@walltime/core/validate'
import { type ExcludedRun, isPredicted, judgeRun, type PredictedRun, predictRun } from '@walltime/sim/whole-runs'
import { progressBar } from '../terminal/progress.ts'
import type { RunsFile } from './read-runs.ts'

/** Whole runs held against the model. */
export interface RunsValidation {
  /** In the order of the file. */
  readonly runs: readonly PredictedRun[]
  readonly excluded: readonly ExcludedRun[]
  readonly score: RunScore
  /** Each run under the gap of the others, where that ships. */
  readonly leftOut: RunScore | null
  /** Runs that were looked at: fewer than all where Ctrl-C came. */
  readonly done: number
}

function scoreLeftOutRuns(
  runs: readonly PredictedRun[],
  gaps: Readonly<Record<string, GapConstants>> | undefined,
): RunScore | null {
  if (gaps === undefined) return null
  return scoreRuns(
    runs.flatMap(({ id, measured, benchmark }) => {
      const gap = gaps[id]
      return gap === undefined ? [] : [judgeRun(id, measured, benchmark, gap)]
    }),
  )
}

/** Predicts the runs with progress; where `signal` aborts, scores those that are done. */
export async function validateRuns(file: RunsFile, quiet: boolean, signal: AbortSignal): Promise<RunsValidation> {
  const progress = await progressBar('runs', quiet)
  const answers: (PredictedRun | ExcludedRun)[] = []
  try {
    for (const run of file.runs) {
      answers.push(await predictRun(run))
      progress.update(answers.length, file.runs.length)
      await setImmediate()
      if (signal.aborted) break
    }
  } finally {
    progress.stop()
  }
  const runs = answers.filter(isPredicted)
  return {
    runs,
    excluded: answers.filter((answer): answer is ExcludedRun => !isPredicted(answer)),
    score: scoreRuns(runs),
    leftOut: scoreLeftOutRuns(runs, file.leftOut),
    done: answers.length,
  }
}

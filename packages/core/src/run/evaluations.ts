import { formatQuantity } from '@walltime/hardware'
import type { PhaseResult } from '../estimate-result.ts'
import type { Phase, SecondsOrSteps, Warning } from '../scenario/scenario.ts'

/** Seconds of a time that may be told in steps. */
export function secondsOf(time: SecondsOrSteps, stepSeconds: number): number {
  return typeof time === 'number' ? time : time.steps * stepSeconds
}

/** Phases that end before they are evaluated once. */
export function evaluationWarnings(phases: readonly Phase[], results: readonly PhaseResult[]): readonly Warning[] {
  return phases.flatMap(({ evaluation, path }, i): readonly Warning[] => {
    const result = results[i]
    if (evaluation === undefined || result === undefined) return []
    const every = secondsOf(evaluation.every, result.stepSeconds)
    if (every <= result.seconds) return []
    const [given, whole] = [every, result.seconds].map((seconds) => formatQuantity(seconds, 'time'))
    return [
      {
        code: 'evaluation.every',
        path: `${path.length === 0 ? '' : `phases[${i}].`}evaluation.every`,
        message: `${given} is longer than ${result.name}, ${whole}: it is never evaluated`,
      },
    ]
  })
}

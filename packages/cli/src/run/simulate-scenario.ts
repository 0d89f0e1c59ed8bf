import type { Estimate, Scenario } from '@walltime/core'
import { type RunDistribution, SimulationError, scenarioPath, simulate } from '@walltime/sim/node'
import { EXIT } from '../exit-code.ts'
import type { TrialOptions } from '../input/options.ts'
import { chooseThreads } from '../input/threads.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { progressBar } from '../terminal/progress.ts'
import { UserError } from '../user-error.ts'

export interface SimulationRequest extends TrialOptions {
  readonly file: string
  readonly scenario: Scenario
  readonly estimate: Estimate
  readonly quiet: boolean
  readonly keepTrials?: boolean
  readonly untilError?: number | undefined
}

/** Simulates with a progress bar; Ctrl-C keeps the trials that were finished. */
export async function simulateScenario(request: SimulationRequest): Promise<RunDistribution> {
  const { file, scenario, estimate, trials, seed, keepTrials, untilError } = request
  const threads = chooseThreads(request.threads)
  const progress = await progressBar('trials', request.quiet)
  const interrupt = onInterrupt()
  try {
    return await simulate(scenario, {
      estimate,
      signal: interrupt.signal,
      onProgress: ({ completed, requested }) => progress.update(completed, requested),
      ...(trials === undefined ? {} : { trials }),
      ...(seed === undefined ? {} : { seed }),
      ...(threads === undefined ? {} : { threads }),
      ...(keepTrials === undefined ? {} : { keepTrials }),
      ...(untilError === undefined ? {} : { untilError }),
    })
  } catch (error) {
    throw error instanceof SimulationError ? asUserError(file, error, scenario) : error
  } finally {
    progress.stop()
    interrupt.release()
  }
}

const EXIT_CODES = {
  'cannot-finish': EXIT.no,
  'invalid-value': EXIT.input,
  'too-many-trials': EXIT.input,
} as const

/** What went wrong in a simulation, as a user is told it. */
export function asUserError(file: string, error: SimulationError, scenario: Scenario): Error {
  if (error.code === 'executor-failed') return error
  if (error.code === 'aborted') {
    return new UserError(
      [{ code: 'interrupted', file, message: 'interrupted before any trial was finished' }],
      EXIT.interrupted,
    )
  }
  const path = error.code === 'cannot-finish' ? '' : scenarioPath(error.path, scenario)
  const message = error.message.replace(`${error.path}: `, '')
  return new UserError([{ code: `simulate.${error.code}`, file, path, message }], EXIT_CODES[error.code])
}

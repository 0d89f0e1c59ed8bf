import { MAX_THREADS } from '../limits.ts'
import { usageError } from '../user-error.ts'
import { wholeNumber } from './whole-number.ts'

/** Threads by `--threads`, else by WALLTIME_THREADS, else as the engine sees fit. */
export function chooseThreads(
  option: number | undefined,
  environment = process.env['WALLTIME_THREADS'],
): number | undefined {
  if (option !== undefined || environment === undefined || environment === '') return option
  const threads = wholeNumber(environment, 1, MAX_THREADS)
  if (threads === undefined) {
    throw usageError(
      `WALLTIME_THREADS must be a whole number from 1 to ${MAX_THREADS}, not ${JSON.stringify(environment.slice(0, 40))}`,
    )
  }
  return threads
}

/** What can be wrong with a run as given, or with what was asked of it. */
export type SimulationErrorCode = 'invalid-value' | 'cannot-finish' | 'too-many-trials' | 'executor-failed' | 'aborted'

/** A user's mistake as data: what is wrong, where in the input, and what would be right. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
  readonly code: SimulationErrorCode
  /** Path of the value inside the run or the options (`checkpoint.blockingSeconds`); empty where no value is to blame. */
  readonly path: string

  constructor(code: SimulationErrorCode, path: string, message: string) {
    super(message)
    this.code = code
    this.path = path
  }
}

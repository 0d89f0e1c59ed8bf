/** Options that several commands have, as commander hands them over. */
export interface CommonOptions {
  readonly json?: true | undefined
  readonly quiet?: true | undefined
  /** False with `--no-color`. */
  readonly color: boolean
}

export interface ScenarioOptions extends CommonOptions {
  /** `PATH=VALUE` each. */
  readonly set?: readonly string[] | undefined
  /** Files of the user's own profiles. */
  readonly profiles?: readonly string[] | undefined
}

export interface TrialOptions {
  readonly trials?: number | undefined
  readonly seed?: string | undefined
  readonly threads?: number | undefined
}

/** Of the commands that report one run. */
export interface RunOptions extends ScenarioOptions, TrialOptions {
  /** Goes on until the P50 and P95 of time and cost have errors of at most this share. */
  readonly untilError?: number | undefined
  /** When the run begins. */
  readonly start?: Date | undefined
}

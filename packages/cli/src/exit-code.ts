/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** Computed, and the answer is no. */
  no: 1,
  /** The input is wrong; nothing was computed. */
  input: 2,
  /** Stopped by the user; what was finished is kept. */
  interrupted: 3,
  bug: 70,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The one that a script must see first: several scenarios end with the worst of their codes. */
export function worst(codes: readonly ExitCode[]): ExitCode {
  return Math.max(EXIT.done, ...codes) as ExitCode
}

import { EXIT, type ExitCode } from './exit-code.ts'

/** One mistake of the user's: what is wrong, and where. */
export interface Mistake {
  readonly code: string
  readonly message: string
  /** Path inside the scenario, such as `cluster.chips`; empty where none is to blame. */
  readonly path?: string
  readonly file?: string
  /** From 1, as is `column`. */
  readonly line?: number
  readonly column?: number
  /** The option on the command line that brought the value in. */
  readonly option?: string
}

/** What a user did wrong, to be told without a stack. */
export class UserError extends Error {
  readonly mistakes: readonly Mistake[]
  readonly exitCode: ExitCode

  constructor(mistakes: readonly Mistake[], exitCode: ExitCode = EXIT.input) {
    super(mistakes.map(describeMistake).join('\n'))
    this.name = 'UserError'
    this.mistakes = mistakes
    this.exitCode = exitCode
  }
}

/** A mistake on the command line itself. */
export function usageError(message: string): UserError {
  return new UserError([{ code: 'usage', message }])
}

/** `file:line:col: path: message`. */
export function describeMistake({ file, line, column, option, path, message }: Mistake): string {
  const place = file === undefined ? option : line === undefined ? file : `${file}:${line}:${column ?? 1}`
  return [...(place === undefined ? [] : [place]), ...(path === undefined || path === '' ? [] : [path]), message].join(
    ': ',
  )
}

/** The form that scripts read: the first mistake at the top, all of them under `issues`. */
export function errorDocument(mistakes: readonly Mistake[]): object {
  const all = mistakes.map(({ code, message, path, file, line, column, option }) => ({
    code,
    message,
    path: path ?? '',
    file: file ?? null,
    line: line ?? null,
    column: column ?? null,
    ...(option === undefined ? {} : { option }),
  }))
  return { error: { ...all[0], issues: all } }
}

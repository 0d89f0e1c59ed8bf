import { UserError } from '../user-error.ts'

/** Lines to standard output. */
export function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** A document on one line of standard output. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

/** A note on standard error. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A reader that closes the pipe (`| head`) ends the program quietly; a full disk is said. */
export function watchOutput(end: (error?: UserError) => void): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') end()
    else end(new UserError([{ code: 'output.write', message: `cannot write the output: ${error.message}` }]))
  })
  process.stderr.on('error', () => end())
}

import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { EXIT, type ExitCode } from './exit-code.ts'
import { createProgram } from './program.ts'
import { style, wantsColour } from './terminal/style.ts'
import { note, printJson, watchOutput } from './terminal/write.ts'
import { describeMistake, errorDocument, type Mistake, UserError } from './user-error.ts'

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}

function tell(mistakes: readonly Mistake[], args: readonly string[]): void {
  const { red } = style(wantsColour(!args.includes('--no-color'), process.stderr.isTTY, process.env))
  for (const mistake of mistakes) note(`${red('error:')} ${describeMistake(mistake)}`)
  if (args.includes('--json')) printJson(errorDocument(mistakes))
}

/** What an exception means for the user, and for the exit code. */
function conclude(error: unknown, args: readonly string[]): ExitCode {
  if (error instanceof UserError) {
    tell(error.mistakes, args)
    return error.exitCode
  }
  if (error instanceof CommanderError) return concludeUsage(error, args)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  note(
    `${stack}\n\nThis is a bug in walltime, not in your input. Please report it with the command line and the lines above.`,
  )
  return EXIT.bug
}

/** Commander has already said what is wrong on standard error. */
function concludeUsage(error: CommanderError, args: readonly string[]): ExitCode {
  if (error.exitCode === 0) return EXIT.done
  const message =
    error.code === 'commander.help' ? 'no command given' : error.message.replace(/^error: /, '').replace('\n', ' ')
  if (args.includes('--json')) printJson(errorDocument([{ code: 'usage', message }]))
  return EXIT.input
}

/** Runs a command line and sets the exit code of the process. */
export async function main(args: readonly string[]): Promise<void> {
  watchOutput((error) => process.exit(error === undefined ? process.exitCode : conclude(error, args)))
  const program = createProgram(version(), (code) => {
    process.exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    process.exitCode = conclude(error, args)
  }
}

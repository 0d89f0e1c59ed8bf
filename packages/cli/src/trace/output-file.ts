import { resolve } from 'node:path'
import { UserError, usageError } from '../user-error.ts'

/** A file that an option names to be written from one scenario: not standard output, and not that scenario. */
export function outputFile(
  { option, holds }: { readonly option: string; readonly holds: string },
  file: string,
  scenarios: readonly string[],
): string {
  if (file === '' || file === '-') throw usageError(`${option} needs the name of a file to write`)
  if (scenarios.length > 1) throw usageError(`${option} holds ${holds} of one scenario; name one file`)
  if (scenarios.some((scenario) => resolve(scenario) === resolve(file))) {
    throw new UserError([
      { code: 'file.write', file, message: `is the scenario itself; name another file for ${option}` },
    ])
  }
  return file
}

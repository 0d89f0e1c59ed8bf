import { dirname, isAbsolute, join } from 'node:path'
import { namedFiles, type Setting } from '@walltime/core'
import { readTextFile, STDIN_NAME } from './read-text.ts'

/** Texts of the files that a scenario names: they lie beside it, or in the working directory where it is standard input. */
export async function readNamedFiles(
  file: string,
  text: string,
  settings: readonly Setting[],
): Promise<ReadonlyMap<string, string>> {
  const folder = file === STDIN_NAME ? '.' : dirname(file)
  const files = new Map<string, string>()
  for (const name of namedFiles(text, settings)) {
    files.set(name, (await readTextFile(isAbsolute(name) ? name : join(folder, name))).text)
  }
  return files
}

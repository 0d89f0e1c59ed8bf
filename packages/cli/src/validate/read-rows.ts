/** Rows of measured steps from files: the user's, or those that ship. */

import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { formatPath, MAX_TEXT_BYTES, type Path, readText } from '@walltime/core'
import { type LeftOutSeconds, type Row, readRows } from '@walltime/core/validate'
import type { Issue } from '@walltime/hardware'
import { decode, readTextFile, STDIN_NAME, systemCode } from '../input/read-text.ts'
import { type Mistake, UserError } from '../user-error.ts'
import { jsonFault, jsonPlace, type Place } from './json-scan.ts'

const MOST_BYTES = 64e6

export interface RowsFile {
  /** Predictions by constants that did not see the row's collection, where they ship. */
  readonly leftOut?: LeftOutSeconds
  /** As a report names it. */
  readonly name: string
  readonly rows: readonly Row[]
}

interface Parsed {
  readonly data: unknown
  readonly place: (path: Path) => Place
}

function tooLarge(file: string): UserError {
  const message = `more than ${MOST_BYTES / 1e6} MB: too large for a file of rows`
  return new UserError([{ code: 'file.size', file, line: 1, column: 1, message }])
}

async function collect(file: string, stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw tooLarge(file)
    chunks.push(chunk)
  }
  return decode(file, Buffer.concat(chunks))
}

/** Text of a file of rows, or of standard input: larger than a scenario may be. A small file is read as a scenario is. */
async function readLarge(name: string): Promise<{ readonly file: string; readonly text: string }> {
  if (name === '-') return { file: STDIN_NAME, text: await collect(STDIN_NAME, process.stdin) }
  const size = await stat(name).then(
    (s) => (s.isFile() ? s.size : 0),
    () => 0,
  )
  if (size > MOST_BYTES) throw tooLarge(name)
  if (size <= MAX_TEXT_BYTES) return readTextFile(name)
  try {
    return { file: name, text: await collect(name, createReadStream(name)) }
  } catch (error) {
    const code = systemCode(error)
    if (error instanceof UserError || code === undefined) throw error
    throw new UserError([{ code: 'file.read', file: name, line: 1, column: 1, message: `cannot be read: ${code}` }])
  }
}

/** JSON, or YAML where the file is small. */
function parse(file: string, text: string): Parsed {
  try {
    return { data: JSON.parse(text), place: (path) => jsonPlace(text, path) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const json = /^\s*[[{]/.test(text) || text.length > MAX_TEXT_BYTES
  if (json) {
    const message = text.trim() === '' ? 'the file is empty' : 'this is not JSON'
    throw new UserError([{ code: 'rows.syntax', file, ...(jsonFault(text) ?? { line: 1, column: 1 }), message }])
  }
  const result = readText(text)
  if (!result.ok) throw new UserError([{ ...result.issue, path: '', file, ...result.position }])
  return { data: result.parsed.data, place: (path) => result.parsed.position(path) }
}

/** What a file of measurements holds, as `read` understands it; every mistake in it comes at its place. */
export async function readChecked<T extends object>(
  name: string,
  read: (data: unknown) => ({ readonly ok: true } & T) | { readonly ok: false; readonly issues: readonly Issue[] },
): Promise<T & { readonly name: string }> {
  const { file, text } = await readLarge(name)
  const { data, place } = parse(file, text)
  const result = read(data)
  if (result.ok) return { ...result, name: file === STDIN_NAME ? 'standard input' : file }
  throw new UserError(
    result.issues.map(
      (issue): Mistake => ({
        code: issue.code,
        message: issue.message,
        path: formatPath(issue.path),
        file,
        ...place(issue.path),
      }),
    ),
  )
}

/** Rows of a file that the user names. */
export async function readRowsFile(name: string): Promise<RowsFile> {
  const { rows, name: shown } = await readChecked(name, readRows)
  return { name: shown, rows }
}

/** Beside this package where it was installed, at the root of the repository where it was cloned. */
export function shippedFolder(what: string): string {
  const place = ['../../data/validation', '../../../../data/validation']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
  if (place !== undefined) return place
  const message = `the measured ${what} are not part of this installation; give a FILE of ${what}`
  throw new UserError([{ code: `${what}.missing`, message }])
}

/** The measured rows that ship: steps of many models and chips, and grids of layouts. */
export async function shippedRows(): Promise<RowsFile> {
  const place = shippedFolder('rows')
  const files = [await readRowsFile(`${place}/rows.json`), await readRowsFile(`${place}/grids.json`)]
  const leftOut: LeftOutSeconds = JSON.parse((await readLarge(`${place}/left-out.json`)).text)
  return { name: 'the rows that ship with walltime', rows: files.flatMap(({ rows }) => rows), leftOut }
}

import { createReadStream } from 'node:fs'
import { stat, truncate } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { systemCode } from '../input/read-text.ts'
import { UserError } from '../user-error.ts'
import { csvLine, parseCsvLine, parseNdjsonLine, type SweepFormat } from './format-row.ts'

/** Rows that an earlier sweep left in a file. */
export interface Finished {
  /** The varied values of each row, as `keyOf` writes them. */
  readonly keys: ReadonlySet<string>
  /** Cells of the first row, to hold against what this sweep would write; null where there is none. */
  readonly first: readonly string[] | null
}

export function keyOf(cells: readonly string[]): string {
  return cells.join('\u0000')
}

/** Reads what stands in the file, after cutting off a last line that was not finished. Null where there is no file. */
export async function readFinished(
  file: string,
  format: SweepFormat,
  names: readonly string[],
  axes: number,
): Promise<Finished | null> {
  const length = await completeLength(file)
  if (length === 0) return null
  const refuse = (line: number, message: string) =>
    new UserError([{ code: 'sweep.out', file, line, column: 1, message }])
  const keys = new Set<string>()
  let first: readonly string[] | null = null
  let number = 0
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (format === 'csv' && number === 1) {
      if (line !== csvLine(names))
        throw refuse(1, 'holds other columns than this sweep writes; name another --out file')
      continue
    }
    const cells = format === 'csv' ? parseCsvLine(line) : parseNdjsonLine(line, names)
    if (cells === null || cells.length !== names.length)
      throw refuse(number, 'is no row of this sweep; name another --out file')
    first ??= cells
    keys.add(keyOf(cells.slice(0, axes)))
  }
  return { keys, first }
}

/** Bytes up to the end of the last whole line; what follows is cut off. */
async function completeLength(file: string): Promise<number> {
  let size: number
  try {
    const found = await stat(file)
    if (!found.isFile()) return 0
    size = found.size
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 0
    throw error
  }
  let end = 0
  let offset = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(0x0a)
    if (last >= 0) end = offset + last + 1
    offset += chunk.length
  }
  if (end < size) await truncate(file, end)
  return end
}

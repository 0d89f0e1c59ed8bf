import { createReadStream } from 'node:fs'
import { type FileHandle, open, truncate } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { csvLine, ndjsonLine, parseCsvLine, parseNdjsonLine, type TextFormat } from './format-row.ts'
import { fileSize, type KeptRow, otherSweep, type RowSink, unwritable } from './row-sink.ts'

/** Writes lines: all of them arrive, in their order. */
type WriteLines = (lines: string) => Promise<void>

function textSink(
  format: TextFormat,
  names: readonly string[],
  before: Pick<RowSink, 'kept' | 'next'>,
  write: WriteLines,
  close: () => Promise<void>,
  header: boolean,
): RowSink {
  let waiting = header && format === 'csv' ? `${csvLine(names)}\n` : ''
  const flush = async () => {
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    await write(lines)
  }
  return {
    ...before,
    add: (row) => {
      waiting += `${format === 'csv' ? csvLine(row) : ndjsonLine(names, row)}\n`
    },
    flush,
    close: async () => {
      try {
        await flush()
      } finally {
        await close()
      }
    },
  }
}

const NOTHING = { kept: 0, next: 0 }

/** Rows on standard output. */
export function standardOutputSink(format: TextFormat, names: readonly string[]): RowSink {
  const write = async (lines: string) => {
    if (!process.stdout.write(lines)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  return textSink(format, names, NOTHING, write, async () => {}, true)
}

/**
 * Rows in a file, behind those that an earlier sweep left in it where `resume`: a last line that was not finished is cut
 * off. `isOurs` says whether a row of the file is the one that this sweep has for that point.
 */
export async function textFileSink(
  file: string,
  format: TextFormat,
  names: readonly string[],
  resume: boolean,
  isOurs: (cells: readonly string[]) => boolean,
  onKept: KeptRow,
): Promise<RowSink> {
  const before = resume ? await readKept(file, format, names, isOurs, onKept) : null
  let handle: FileHandle
  try {
    handle = await open(file, 'a')
  } catch (error) {
    throw unwritable(file, error)
  }
  let end = (await fileSize(file)) ?? 0
  const write = async (lines: string) => {
    const bytes = Buffer.from(lines)
    try {
      await handle.appendFile(bytes)
      end += bytes.length
    } catch (error) {
      // What a full disk took of them is cut off, so that the file ends with a whole row.
      await handle.truncate(end).catch(() => {})
      throw unwritable(file, error)
    }
  }
  return textSink(format, names, before ?? NOTHING, write, () => handle.close(), before === null)
}

async function readKept(
  file: string,
  format: TextFormat,
  names: readonly string[],
  isOurs: (cells: readonly string[]) => boolean,
  onKept: KeptRow,
): Promise<Pick<RowSink, 'kept' | 'next'> | null> {
  const length = await completeLength(file)
  if (length === 0) {
    const size = (await fileSize(file)) ?? 0
    if (size === 0) return null
    const start = format === 'csv' ? csvLine(names) : `{${JSON.stringify(names[0])}:`
    if (!(await beginsLike(file, start))) throw otherSweep(file, 1)
    await truncate(file, 0)
    return null
  }
  let kept = 0
  let number = 0
  let last: readonly string[] | undefined
  const input = createReadStream(file, { end: length - 1 })
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (format === 'csv' && number === 1) {
      if (line !== csvLine(names)) throw otherSweep(file, 1)
      continue
    }
    const cells = format === 'csv' ? parseCsvLine(line) : parseNdjsonLine(line, names)
    if (cells === null || cells.length !== names.length) throw otherSweep(file, number)
    if (last === undefined && !isOurs(cells)) throw otherSweep(file, number)
    last = cells
    kept++
    onKept(cells)
  }
  if (last !== undefined && !isOurs(last)) throw otherSweep(file, number)
  if (length < ((await fileSize(file)) ?? 0)) await truncate(file, length)
  return { kept, next: last === undefined ? 0 : Number(last.at(-1)) + 1 }
}

/** Whether what there is of a first line agrees with how ours begins. */
async function beginsLike(file: string, start: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(Buffer.byteLength(start)))
    return Buffer.from(start).subarray(0, bytesRead).equals(buffer.subarray(0, bytesRead))
  } finally {
    await handle.close()
  }
}

/** Bytes up to the end of the last whole line. */
async function completeLength(file: string): Promise<number> {
  if (((await fileSize(file)) ?? 0) === 0) return 0
  let end = 0
  let offset = 0
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(0x0a)
    if (last >= 0) end = offset + last + 1
    offset += chunk.length
  }
  return end
}

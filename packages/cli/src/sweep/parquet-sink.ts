/**
 * Rows as a Parquet file. A Parquet file is readable once its footer is written, at the end; until then a journal beside
 * it says after each group of rows where the file stands, so that a sweep that was killed goes on behind the last group.
 */

import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { deserialize, serialize } from 'node:v8'
import { ByteWriter, type ColumnSource, ParquetWriter } from 'hyparquet-writer'
import type { Column } from './columns.ts'
import { cell } from './format-row.ts'
import { fileSize, otherSweep, type RowSink, unwritable } from './row-sink.ts'

/** Rows of a group, and milliseconds after which a smaller one is written all the same. */
const GROUP = 20_000
const MOST_WAIT = 10_000

/** Key of the file's metadata under which the fingerprint of its sweep stands. */
const KEY = 'walltime.sweep'

const TYPES = {
  number: { type: 'DOUBLE' },
  condition: { type: 'BOOLEAN' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const

/** A line of the journal: the file after a group of rows. */
interface Entry {
  /** Rows and bytes so far. */
  readonly rows: number
  readonly bytes: number
  /** The first point that has no row yet. */
  readonly next: number
  /** The group's entry in the footer, serialised. */
  readonly group: string
}

export const journalOf = (file: string) => `${file}.journal`

/** Reads a journal up to its last whole line; undefined where there is none. */
async function readJournal(file: string, fingerprint: string): Promise<readonly Entry[] | undefined> {
  const journal = journalOf(file)
  if ((await fileSize(journal)) === undefined) return undefined
  const lines = (await readFile(journal, 'utf8')).split('\n').slice(0, -1)
  const [head, ...entries] = lines
  if (head === undefined) return undefined
  if (head !== fingerprint) throw otherSweep(file)
  return entries.map((line) => JSON.parse(line) as Entry)
}

const TAIL = 1 << 20

/** Rows of a Parquet file that ends with the footer of this sweep, all of it; undefined for others. */
async function rowsOfComplete(file: string, size: number, fingerprint: string): Promise<number | undefined> {
  const handle = await open(file, 'r')
  try {
    const bytes = Buffer.alloc(Math.min(size, TAIL))
    await handle.read(bytes, 0, bytes.length, size - bytes.length)
    const rows = new RegExp(`${fingerprint} (\\d+) rows, all`).exec(bytes.toString('latin1'))?.[1]
    return rows === undefined ? undefined : Number(rows)
  } finally {
    await handle.close()
  }
}

/** Opens a Parquet file, behind the rows that an earlier sweep left in it where `resume`. */
export async function parquetSink(
  file: string,
  columns: readonly Column[],
  fingerprint: string,
  resume: boolean,
  points: number,
): Promise<RowSink> {
  const entries = resume ? await readJournal(file, fingerprint) : undefined
  const size = await fileSize(file)
  if (resume && entries === undefined && size !== undefined && size > 0) {
    const kept = await rowsOfComplete(file, size, fingerprint)
    if (kept === undefined) throw otherSweep(file)
    return { kept, next: points, add: () => {}, flush: async () => {}, close: async () => {} }
  }
  const kept = (entries ?? []).filter(({ bytes }) => bytes <= (size ?? 0))
  let handle: FileHandle | undefined
  try {
    handle = await open(file, size === undefined ? 'w' : 'r+')
    if (size !== undefined) await handle.truncate(kept.at(-1)?.bytes ?? 0)
    const lines = [fingerprint, ...kept.map((entry) => JSON.stringify(entry))]
    await writeFile(`${journalOf(file)}.tmp`, `${lines.join('\n')}\n`)
    await rename(`${journalOf(file)}.tmp`, journalOf(file))
    const journal = await open(journalOf(file), 'a')
    return new ParquetSink(file, handle, journal, columns, fingerprint, kept)
  } catch (error) {
    await handle?.close()
    throw unwritable(file, error)
  }
}

/** A class because rows gather in it. */
class ParquetSink implements RowSink {
  readonly kept: number
  readonly next: number
  private readonly file: string
  private readonly handle: FileHandle
  private readonly journal: FileHandle
  private readonly columns: readonly Column[]
  private readonly bytes = new ByteWriter(1 << 20)
  private readonly parquet: ParquetWriter
  private values: unknown[][]
  private rows = 0
  private total: number
  private written: number
  private since = performance.now()
  private following: number
  private failed = false
  private readonly mark = { key: KEY, value: '' }
  private readonly fingerprint: string

  constructor(
    file: string,
    handle: FileHandle,
    journal: FileHandle,
    columns: readonly Column[],
    fingerprint: string,
    entries: readonly Entry[],
  ) {
    const last = entries.at(-1)
    const units = Object.fromEntries(columns.flatMap(({ name, unit }) => (unit === undefined ? [] : [[name, unit]])))
    this.file = file
    this.fingerprint = fingerprint
    this.handle = handle
    this.journal = journal
    this.columns = columns
    this.values = columns.map(() => [])
    this.kept = this.total = last?.rows ?? 0
    this.next = this.following = last?.next ?? 0
    this.parquet = new ParquetWriter({
      writer: this.bytes,
      schema: [
        { name: 'sweep', num_children: columns.length },
        ...columns.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...TYPES[type] })),
      ],
      kvMetadata: [this.mark, { key: 'units', value: JSON.stringify(units) }],
      createdBy: 'walltime',
    })
    this.written = last?.bytes ?? 0
    if (last !== undefined) {
      // The mark at the head of the file stands already.
      this.bytes.index = 0
      this.bytes.offset = last.bytes
      this.parquet.num_rows = BigInt(last.rows)
      this.parquet.row_groups = entries.map(({ group }) => deserialize(Buffer.from(group, 'base64')))
    }
  }

  add(row: readonly unknown[]): void {
    const { values, columns } = this
    for (let i = 0; i < columns.length; i++) {
      const value = row[i] ?? null
      values[i]?.push(columns[i]?.type === 'text' && value !== null ? cell(value) : value)
    }
    this.following = Number(row.at(-1)) + 1
    this.rows++
  }

  async flush(soon: boolean): Promise<void> {
    if (this.rows === 0 || this.failed) return
    if (soon && this.rows < GROUP && performance.now() - this.since < MOST_WAIT) return
    const columnData = this.columns.map(
      ({ name }, i): ColumnSource => ({ name, data: this.values[i] ?? [], offsetIndex: false }),
    )
    this.parquet.write({ columnData, rowGroupSize: this.rows })
    this.parquet.pendingIndexes = []
    await this.append()
    this.total += this.rows
    const group = serialize(this.parquet.row_groups.at(-1)).toString('base64')
    const entry: Entry = { rows: this.total, bytes: this.written, next: this.following, group }
    await this.guard(() => this.journal.appendFile(`${JSON.stringify(entry)}\n`))
    this.values = this.columns.map(() => [])
    this.rows = 0
    this.since = performance.now()
  }

  async close(complete: boolean): Promise<void> {
    try {
      if (this.failed) return
      await this.flush(false)
      // A footer is written for what there is, too: whoever stops a sweep can read its rows, and go on later.
      this.mark.value = `${this.fingerprint} ${this.total} rows${complete ? ', all' : ' so far'}`
      this.parquet.finish()
      await this.append()
    } finally {
      await this.handle.close()
      await this.journal.close()
    }
    if (complete) await rm(journalOf(this.file), { force: true })
  }

  /** Brings the bytes of the writer to the file, behind those that are there. */
  private async append(): Promise<void> {
    const bytes = this.bytes.getBytes()
    await this.guard(async () => {
      for (let from = 0; from < bytes.length; ) {
        const { bytesWritten } = await this.handle.write(bytes, from, bytes.length - from, this.written + from)
        from += bytesWritten
      }
    })
    this.written += bytes.length
    this.bytes.index = 0
  }

  private async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.failed = true
      throw unwritable(this.file, error)
    }
  }
}

import { stat } from 'node:fs/promises'
import { systemCode } from '../input/read-text.ts'
import { UserError } from '../user-error.ts'

/** Where the rows of a sweep go. Rows come in the order of their points. */
export interface RowSink {
  /** The first point that has no row yet, as far as the file tells. */
  readonly next: number
  /** Rows that stood in the file before. */
  readonly kept: number
  readonly add: (row: readonly unknown[]) => void
  /** Brings what was added to the file: all of it, or where `soon`, as much as is worth a write. */
  readonly flush: (soon: boolean) => Promise<void>
  /** Ends the file; `complete`: every point has been looked at. */
  readonly close: (complete: boolean) => Promise<void>
}

/** Told the rows that stood in the file before, cell by cell. */
export type KeptRow = (cells: readonly string[]) => void

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; the rows written so far are kept, and the same command with --resume continues after them',
  EACCES: 'no permission to write it',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'its disk is read-only',
}

/** A failure of the file system as a mistake; others as they are. */
export function unwritable(file: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new UserError([{ code: 'file.write', file, message: `cannot be written: ${REASONS[code] ?? code}` }])
}

/** Bytes of a regular file; undefined where there is none. */
export async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw unwritable(file, error)
  }
}

export function otherSweep(file: string, line?: number): UserError {
  const message = 'holds rows of another sweep or scenario; remove it or name another --out file'
  return new UserError([{ code: 'sweep.out', file, ...(line === undefined ? {} : { line, column: 1 }), message }])
}

/** A file that stands in the way of a sweep that does not continue it. */
export async function refuseExisting(file: string): Promise<void> {
  const size = await fileSize(file)
  if (size === undefined || size === 0) return
  const message = 'exists; --resume continues it, or remove it or name another --out file'
  throw new UserError([{ code: 'file.exists', file, message }])
}

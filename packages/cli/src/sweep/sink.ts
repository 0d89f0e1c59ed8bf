import { type FileHandle, open } from 'node:fs/promises'
import { systemCode } from '../input/read-text.ts'
import { UserError } from '../user-error.ts'

/** Where rows go. Only whole lines are written. */
export interface Sink {
  readonly write: (lines: readonly string[]) => Promise<void>
  readonly close: () => Promise<void>
}

export const STANDARD_OUTPUT: Sink = {
  write: async (lines) => {
    if (!process.stdout.write(`${lines.join('\n')}\n`))
      await new Promise((resolve) => process.stdout.once('drain', resolve))
  },
  close: async () => {},
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; the rows written so far are kept, and the same command continues after them',
  EACCES: 'no permission to write it',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory does not exist',
}

export function unwritable(file: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new UserError([{ code: 'file.write', file, message: `cannot be written: ${REASONS[code] ?? code}` }])
}

/** Appends lines to a file. */
export async function fileSink(file: string): Promise<Sink> {
  let handle: FileHandle
  try {
    handle = await open(file, 'a')
  } catch (error) {
    throw unwritable(file, error)
  }
  return {
    write: async (lines) => {
      try {
        await handle.appendFile(`${lines.join('\n')}\n`)
      } catch (error) {
        throw unwritable(file, error)
      }
    },
    close: () => handle.close(),
  }
}

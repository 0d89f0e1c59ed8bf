import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { systemCode } from '../input/read-text.ts'
import { UserError } from '../user-error.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EACCES: 'no permission to write it',
  EPERM: 'no permission to write it',
  EROFS: 'its disk is read-only',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
}

/** The file behind a link, and whether it is a device or pipe, which is written as it is. */
async function target(file: string): Promise<{ readonly path: string; readonly special: boolean }> {
  try {
    const path = await realpath(file)
    const kind = await stat(path)
    if (kind.isDirectory()) throw Object.assign(new Error('a directory'), { code: 'EISDIR' })
    return { path, special: !kind.isFile() }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { path: file, special: false }
    throw error
  }
}

/** Writes a whole file or nothing: whoever reads it sees the old text or the new. */
export async function replaceFile(file: string, text: string): Promise<void> {
  try {
    const { path, special } = await target(file)
    if (special) {
      await writeFile(path, text)
      return
    }
    const draft = `${path}.${process.pid}.tmp`
    try {
      await writeFile(draft, text, { flag: 'wx' })
      await rename(draft, path)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    throw new UserError([{ code: 'file.write', file, message: `cannot be written: ${REASONS[code] ?? code}` }])
  }
}

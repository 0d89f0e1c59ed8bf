import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { MAX_TEXT_BYTES } from '@walltime/core'
import { didYouMean } from '@walltime/hardware'
import { UserError } from '../user-error.ts'

/** The name by which messages call standard input. */
export const STDIN_NAME = '<stdin>'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'it is a directory; name a file in it',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
}

function refuse(
  code: string,
  file: string,
  message: string,
  place: { line: number; column: number } = { line: 1, column: 1 },
): UserError {
  return new UserError([{ code, file, ...place, message }])
}

function tooLong(file: string): UserError {
  return refuse('file.size', file, `more than ${MAX_TEXT_BYTES / 1e6} MB: too large for a scenario`)
}

/** The code of a system error, such as ENOENT. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

async function unreadable(file: string, error: unknown): Promise<UserError> {
  const code = systemCode(error)
  if (code === undefined) throw error
  const near = code === 'ENOENT' ? await nearestFile(file) : undefined
  const hint = near === undefined ? '' : `; did you mean ${near}?`
  return refuse('file.read', file, `cannot be read: ${REASONS[code] ?? code}${hint}`)
}

async function nearestFile(file: string): Promise<string | undefined> {
  try {
    const near = didYouMean(basename(file), await readdir(dirname(file)))
    return near === undefined ? undefined : join(dirname(file), near)
  } catch {
    return undefined
  }
}

async function collect(file: string, stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    if (bytes > MAX_TEXT_BYTES) throw tooLong(file)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Text of bytes that must be UTF-8; a byte order mark is dropped. */
export function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const before = bytes.toString('utf8').split('\uFFFD')[0] ?? ''
    const line = before.split('\n').length
    const column = before.length - before.lastIndexOf('\n')
    throw refuse('file.encoding', file, 'not UTF-8 text; save the file as UTF-8', { line, column })
  }
}

/** Text of a file, or of standard input where it is `-`. Never holds more than the limit in memory. */
export async function readTextFile(name: string): Promise<{ readonly file: string; readonly text: string }> {
  if (name === '-') return { file: STDIN_NAME, text: decode(STDIN_NAME, await collect(STDIN_NAME, process.stdin)) }
  try {
    const { size } = await stat(name)
    if (size > MAX_TEXT_BYTES) throw tooLong(name)
    return { file: name, text: decode(name, await collect(name, createReadStream(name))) }
  } catch (error) {
    throw error instanceof UserError ? error : await unreadable(name, error)
  }
}

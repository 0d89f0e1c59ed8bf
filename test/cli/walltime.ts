import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The built command line, as a user starts it. */
export const BIN = fileURLToPath(new URL('../../packages/cli/bin/walltime.js', import.meta.url))
export const MAIN = fileURLToPath(new URL('../../scenarios/llama-3.1-405b-16k-h100.yaml', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Sent this long after the start. */
  readonly interruptAfter?: number
  readonly nodeOptions?: readonly string[]
}

/** The environment of the tests without what would colour or change the output. */
function environment(env: Options['env'] = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, WALLTIME_THREADS: ___, LC_ALL: ____, ...own } = process.env
  return { ...own, LANG: 'en_US.UTF-8', ...env }
}

/** Runs `walltime ARGS` to its end. */
export function walltime(args: readonly string[], options: Options = {}): Promise<Ended> {
  const { input = '', env, cwd = tmpdir(), interruptAfter, nodeOptions = [] } = options
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...nodeOptions, BIN, ...args], { cwd, env: environment(env) })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    // A program that stops reading closes the pipe under the writer.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
    if (interruptAfter !== undefined) setTimeout(() => child.kill('SIGINT'), interruptAfter)
  })
}

/** A folder that is gone after the test. */
export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'walltime-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

/** A small scenario that runs in no time. */
export const SMALL = `name: small
model: llama-3-8b
cluster: {system: dgx-h100, chips: 64}
training:
  tokens: 20B tokens
  sequenceLength: 8192
  globalBatch: 128
parallelism: {tp: 2, pp: 1}
cost: {price: 2.50 USD/chip-hour}
`

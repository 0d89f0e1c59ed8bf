import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = readdirSync(join(root, 'packages'))
const folder = (name: string) => join(root, 'packages', name)
const manifest = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder(name), 'package.json'), 'utf8'))

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

let target = ''
const packed = new Map<string, Packed>()

beforeAll(() => {
  target = mkdtempSync(join(tmpdir(), 'walltime-pack-'))
  for (const name of packages) {
    const out = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target], {
      cwd: folder(name),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const answer: unknown = JSON.parse(out)
    const [first] = Array.isArray(answer) ? (answer as Packed[]) : Object.values(answer as Record<string, Packed>)
    if (first !== undefined) packed.set(name, first)
  }
})

afterAll(() => rmSync(target, { recursive: true, force: true }))

describe.each(packages)('package %s', (name) => {
  it('packs its build, its types, README and LICENSE, and no tests', () => {
    const files = packed.get(name)?.files.map((file) => file.path) ?? []
    expect(files).toContain('README.md')
    expect(files).toContain('LICENSE')
    expect(files.some((file) => file.startsWith('dist/') && file.endsWith('.js'))).toBe(true)
    expect(files.some((file) => file.startsWith('dist/') && file.endsWith('.d.ts'))).toBe(true)
    expect(files.filter((file) => /\.(test|fixture|contract|tsbuildinfo)/.test(file))).toEqual([])
  })

  it('passes publint', async () => {
    const { messages } = await publint({ pkgDir: folder(name), pack: 'npm', strict: true })
    expect(messages.map((message) => formatMessage(message, manifest(name)))).toEqual([])
  })

  it('names its packages by version, so that it installs from a registry', () => {
    const { dependencies = {} } = manifest(name) as { dependencies?: Record<string, string> }
    for (const [dependency, range] of Object.entries(dependencies))
      expect([dependency, range]).toEqual([dependency, expect.stringMatching(/^\^?\d/)])
  })
})

describe.each(packages.filter((name) => name !== 'cli'))('types of package %s', (name) => {
  it('resolve for every importer of ES modules (attw)', () => {
    const attw = join(root, 'test', 'node_modules', '.bin', 'attw')
    const tarball = join(target, packed.get(name)?.filename ?? '')
    expect(() => execFileSync(attw, [tarball, '--profile', 'esm-only', '--no-color'], { stdio: 'pipe' })).not.toThrow()
  })
})

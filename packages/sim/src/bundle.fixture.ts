import { mkdir, mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** Where a bundle still finds piscina, which cannot be bundled. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url))

/** A module of this folder with all it imports as one module of plain JavaScript: a thread starts on it at once. */
export async function bundle(fixture: string): Promise<URL> {
  await mkdir(CACHE, { recursive: true })
  const outfile = join(await mkdtemp(join(CACHE, 'walltime-')), 'bundle.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(fixture, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['piscina'],
    conditions: ['@walltime/source'],
    logLevel: 'error',
  })
  return pathToFileURL(outfile)
}

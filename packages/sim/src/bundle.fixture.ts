import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/** A fixture of this folder with all it imports in one module of plain JavaScript: a thread starts on it at once. */
export async function bundle(fixture: string): Promise<URL> {
  const outfile = join(await mkdtemp(join(tmpdir(), 'walltime-')), 'bundle.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(fixture, import.meta.url))],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@walltime/source'],
    logLevel: 'error',
  })
  return pathToFileURL(outfile)
}

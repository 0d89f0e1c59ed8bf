import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readText } from '@walltime/core'

export interface ShippedScenario {
  readonly name: string
  readonly file: string
  readonly text: string
}

/** Beside this package where it was installed, at the root of the repository where it was cloned. */
function folder(): string | undefined {
  return ['../../scenarios', '../../../../scenarios']
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path))
}

/** A path that can be typed: from here where it is near. */
function typed(file: string): string {
  const near = relative(process.cwd(), file)
  return near.startsWith('../../') ? file : near
}

/** The scenario files that ship, by id (the file's name). */
export async function shippedScenarios(): Promise<Readonly<Record<string, ShippedScenario>>> {
  const place = folder()
  if (place === undefined) return {}
  const names = (await readdir(place)).filter((name) => name.endsWith('.yaml')).sort()
  const entries = await Promise.all(
    names.map(async (name) => {
      const file = join(place, name)
      const text = await readFile(file, 'utf8')
      return [name.replace(/\.yaml$/, ''), { name: titleOf(text), file: typed(file), text }] as const
    }),
  )
  return Object.fromEntries(entries)
}

function titleOf(text: string): string {
  const result = readText(text)
  const data = result.ok ? result.parsed.data : undefined
  return typeof data === 'object' && data !== null && 'name' in data ? String(data.name) : ''
}

import { formatQuantity, isRecord, type Profile, type Provenance, provenanceOf } from '@walltime/hardware'
import { dimensionOf } from './dimension-of.ts'

/** One value of a profile, ready to print. */
export interface Leaf {
  readonly path: string
  readonly value: string
  readonly provenance: Provenance | undefined
}

const HIDDEN = new Set(['id', 'name', 'provenance', 'source'])

function isProfile(value: unknown): value is Profile {
  return isRecord(value) && isRecord(value['provenance'])
}

function print(path: string, value: unknown): string {
  if (typeof value !== 'number') return typeof value === 'string' ? value : String(value)
  const dimension = dimensionOf(path)
  if (dimension === undefined) return String(value)
  return formatQuantity(value, dimension, { digits: 4 })
    .replace(/(\.\d*?)0+(?!\d)/, '$1')
    .replace(/\.(?!\d)/, '')
}

function isSpread(
  value: unknown,
): value is { readonly p5: number; readonly p50: number; readonly p95: number; readonly law: string } {
  return isRecord(value) && typeof value['p50'] === 'number' && typeof value['law'] === 'string'
}

/**
 * Every value of a profile by path. A profile inside a profile (the chip of a system) is named by its id: it is shown
 * by itself.
 */
export function leavesOf(profile: object): readonly Leaf[] {
  const source = isProfile(profile) ? profile : undefined
  const leaf = (path: string, value: string): Leaf => ({
    path,
    value,
    provenance: source === undefined ? undefined : provenanceOf(source, path),
  })
  const walk = (value: unknown, path: string): readonly Leaf[] => {
    if (value === undefined || value === null) return []
    if (path !== '' && isProfile(value)) return [leaf(path, `${String(value.id)} (${value.name})`)]
    if (isSpread(value)) {
      const { p5, p50, p95, law } = value
      return [leaf(path, law === 'fixed' ? String(p50) : `${p50} (90 %: ${p5} to ${p95}, ${law})`)]
    }
    if (Array.isArray(value)) return value.flatMap((item, i) => walk(item, `${path}[${i}]`))
    if (isRecord(value)) {
      return Object.entries(value)
        .filter(([key]) => path !== '' || !HIDDEN.has(key))
        .flatMap(([key, item]) => walk(item, path === '' ? key : `${path}.${key}`))
    }
    return [leaf(path, print(path, value))]
  }
  return walk(profile, '')
}

/** Numbers of the cluster, its profiles and the software that a file gives as quantiles: the model runs at each. */

import { isRecord } from '@walltime/hardware'
import type { Path } from './document.ts'
import { setPath } from './set-path.ts'

/** Where a spread may stand besides the fields that are drawn in the simulation as they are. */
const SECTIONS: ReadonlySet<unknown> = new Set(['cluster', 'software', 'profiles'])

/** Prices and what failures do are drawn, not computed with. */
const DRAWN = /^profiles\.(?:prices|failures)\./

const QUANTILES = ['p5', 'p50', 'p95'] as const
const MOST_DEPTH = 12

/** A number given by its quantiles, at its place in the file. */
export interface GivenSpread {
  readonly path: Path
  readonly p5: unknown
  readonly p50: unknown
  readonly p95: unknown
}

function isSpread(value: Readonly<Record<string, unknown>>): boolean {
  return (
    QUANTILES.every((name) => Object.hasOwn(value, name)) &&
    Object.keys(value).every((key) => key === 'law' || (QUANTILES as readonly string[]).includes(key))
  )
}

/** The spreads of a file's data, outside the fields that take one themselves. */
export function findSpreads(data: unknown, path: Path = []): readonly GivenSpread[] {
  if (!isRecord(data) || path.length > MOST_DEPTH) return []
  return Object.entries(data).flatMap(([key, value]) => {
    const here = [...path, key]
    if (path.length === 0 && !SECTIONS.has(key)) return []
    if (!isRecord(value) || DRAWN.test(here.join('.'))) return []
    return isSpread(value)
      ? [{ path: here, p5: value['p5'], p50: value['p50'], p95: value['p95'] }]
      : findSpreads(value, here)
  })
}

/** The data with every spread at its median, but for one at the given quantile. */
export function atQuantile(
  data: unknown,
  spreads: readonly GivenSpread[],
  one?: GivenSpread,
  quantile: 'p5' | 'p95' = 'p95',
): unknown {
  return spreads.reduce(
    (value, spread) => setPath(value, spread.path, spread === one ? spread[quantile] : spread.p50),
    data,
  )
}

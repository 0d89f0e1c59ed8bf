import { createHash } from 'node:crypto'
import type { Column } from './columns.ts'
import type { Design } from './design.ts'
import type { SweepBase } from './evaluate.ts'

/** What makes two sweeps one: scenario, profiles, points, columns and whatever else `options` say. */
export function fingerprintOf(
  base: SweepBase,
  design: Design,
  columns: readonly Column[],
  options: readonly unknown[],
): string {
  const { data, files, profiles } = base
  const parts = [data, [...files], profiles, design.axes.map(({ text }) => text), design.name, columns, options]
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}

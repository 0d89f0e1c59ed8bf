/** Reads tables of measured times: one Parquet file per chip and kind, as NVIDIA aiconfigurator publishes them. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

/** A table by columns. A text column holds codes into its labels. */
export interface Table {
  readonly rows: number
  readonly numbers: ReadonlyMap<string, Float64Array>
  readonly labels: ReadonlyMap<string, readonly string[]>
}

/** Columns that every row of a table repeats. */
const CONSTANT = new Set(['framework', 'version', 'device'])

/** What is wrong with the folder that was given. */
export class TableError extends Error {
  override readonly name = 'TableError'
}

/** File names of the form `chip.kind.stack.parquet` in a folder. */
export function listTables(folder: string): readonly string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    throw new TableError(`no folder ${folder}: give the folder with the kernel tables to --kernels`)
  }
  const tables = names.filter((name) => name.endsWith('.parquet')).sort()
  if (tables.length === 0)
    throw new TableError(`no .parquet file in ${folder}: files are named CHIP.KIND.STACK.parquet`)
  return tables
}

/** Table of a chip and kind, or null where the folder has none. */
export async function readTable(folder: string, chip: string, kind: string): Promise<Table | null> {
  const name = listTables(folder).find((file) => file.startsWith(`${chip}.${kind}.`))
  return name === undefined ? null : readParquet(join(folder, name))
}

/** Reads one file. Numbers of any width become doubles; a missing value becomes NaN or the label ''. */
export async function readParquet(path: string): Promise<Table> {
  const file = await asyncBufferFromFile(path)
  const metadata = await parquetMetadataAsync(file)
  const rows = await parquetReadObjects({ file, metadata, compressors })
  const numbers = new Map<string, Float64Array>()
  const labels = new Map<string, readonly string[]>()
  for (const column of Object.keys(rows[0] ?? {})) {
    if (CONSTANT.has(column)) continue
    const values = rows.map((row) => row[column] as unknown)
    if (values.some((value) => typeof value === 'string')) {
      const texts = values.map((value) => (typeof value === 'string' ? value : ''))
      const distinct = [...new Set(texts)].sort()
      const codes = new Map(distinct.map((text, code) => [text, code]))
      labels.set(column, distinct)
      numbers.set(
        column,
        Float64Array.from(texts, (text) => codes.get(text) ?? -1),
      )
    } else {
      numbers.set(
        column,
        Float64Array.from(values, (value) => (value === null || value === undefined ? Number.NaN : Number(value))),
      )
    }
  }
  return { rows: rows.length, numbers, labels }
}

/** A column of numbers, or `missing` in every row where the table lacks it. */
export function column(table: Table, name: string, missing?: number): Float64Array {
  const values = table.numbers.get(name)
  if (values !== undefined) return values
  if (missing === undefined) {
    throw new TableError(`no column ${name}: the table has ${[...table.numbers.keys()].join(', ')}`)
  }
  return new Float64Array(table.rows).fill(missing)
}

/** Label of a row in a text column; '' where the table lacks it. */
export function label(table: Table, name: string, row: number): string {
  const code = table.numbers.get(name)?.[row]
  return code === undefined ? '' : (table.labels.get(name)?.[code] ?? '')
}

/** Measured matrix products of a chip and precision. */

import { CHIPS, type MeasuredChip, type Precision } from './chips.ts'
import { sample } from './split.ts'
import { column, label, readTable, type Table } from './tables.ts'

export interface GemmSamples {
  readonly chip: MeasuredChip
  readonly precision: Precision
  readonly m: Float64Array
  readonly n: Float64Array
  readonly k: Float64Array
  readonly seconds: Float64Array
  /** Pair (n, k) of each sample: shapes of one weight matrix are held out together. */
  readonly groups: Float64Array
}

const TABLE_NAMES: Readonly<Record<string, Precision>> = {
  bfloat16: 'bf16',
  fp8: 'fp8',
  fp8_block: 'fp8-block',
  nvfp4: 'nvfp4',
}

/** Training-relevant shapes: from 128 rows and 256 columns and inner elements up. */
const SMALLEST = { m: 128, n: 256, k: 256 }

export async function readGemms(folder: string, limit: number): Promise<readonly GemmSamples[]> {
  const sets: GemmSamples[] = []
  for (const chip of CHIPS) {
    const table = await readTable(folder, chip.table, 'gemm')
    if (table === null) continue
    for (const [name, precision] of Object.entries(TABLE_NAMES)) {
      const samples = pick(table, chip, name, precision, limit)
      if (samples.m.length > 0) sets.push(samples)
    }
  }
  return sets
}

function pick(table: Table, chip: MeasuredChip, name: string, precision: Precision, limit: number): GemmSamples {
  const [m, n, k] = [column(table, 'm'), column(table, 'n'), column(table, 'k')]
  const latency = column(table, 'latency')
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) {
    if (label(table, 'gemm_dtype', row) !== name || !((latency[row] as number) > 0)) continue
    const large =
      (m[row] as number) >= SMALLEST.m && (n[row] as number) >= SMALLEST.n && (k[row] as number) >= SMALLEST.k
    if (large) rows.push(row)
  }
  const kept = sample(rows, limit)
  const take = (values: Float64Array) => Float64Array.from(kept, (row) => values[row] as number)
  const [ns, ks] = [take(n), take(k)]
  return {
    chip,
    precision,
    m: take(m),
    n: ns,
    k: ks,
    seconds: take(latency).map((ms) => ms * 1e-3),
    groups: ns.map((value, i) => value * 131072 + (ks[i] as number)),
  }
}

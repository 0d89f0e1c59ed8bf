/** Measured expert layers of one rank: routing done, permutation and both products included. */

import { CHIPS, type MeasuredChip, type Precision } from './chips.ts'
import { sample } from './split.ts'
import { column, label, readTable, type Table } from './tables.ts'

export interface ExpertSample {
  /** Tokens before routing, and rows of products that they become on this rank. */
  readonly rows: number
  readonly localExperts: number
  readonly expertRanks: number
  readonly hidden: number
  /** Width of an expert on this rank, and products into it: two where gated. */
  readonly inner: number
  readonly inputs: 1 | 2
  readonly seconds: number
  /** Time over that of balanced routing; NaN where the table has none. */
  readonly imbalance: number
  readonly routing: string
}

export interface ExpertSamples {
  readonly chip: MeasuredChip
  readonly precision: Precision
  /** Bytes of an element of the weights. */
  readonly weightBytes: number
  readonly samples: readonly ExpertSample[]
}

/** Formats of the tables: that of the products and the bytes of a weight. */
const FORMATS: Readonly<Record<string, { precision: Precision; weightBytes: number }>> = {
  bfloat16: { precision: 'bf16', weightBytes: 2 },
  fp8: { precision: 'fp8', weightBytes: 1 },
  fp8_block: { precision: 'fp8-block', weightBytes: 1 },
  w4a8_mxfp4_mxfp8: { precision: 'fp8-block', weightBytes: 0.53125 },
}

/** Fewer rows an expert are inference. */
const FEWEST_ROWS = 32

export async function readExperts(folder: string, limit: number): Promise<readonly ExpertSamples[]> {
  const sets: ExpertSamples[] = []
  for (const chip of CHIPS) {
    const table = await readTable(folder, chip.table, 'moe')
    if (table === null) continue
    for (const [name, format] of Object.entries(FORMATS)) {
      const samples = pick(table, name, limit)
      if (samples.length > 0) sets.push({ chip, ...format, samples })
    }
  }
  return sets
}

const SHAPE = ['num_tokens', 'hidden_size', 'inter_size', 'topk', 'num_experts', 'moe_tp_size', 'moe_ep_size']

function pick(table: Table, name: string, limit: number): readonly ExpertSample[] {
  const columns = SHAPE.map((one) => column(table, one))
  const latency = column(table, 'latency')
  const shape = (row: number): string =>
    `${columns.map((values) => values[row]).join(' ')} ${label(table, 'kernel_source', row)}`
  const rows: number[] = []
  const balanced = new Map<string, number>()
  for (let row = 0; row < table.rows; row++) {
    if (label(table, 'moe_dtype', row) !== name) continue
    const [tokens, , , topK, experts] = columns.map((values) => values[row] as number) as [number, ...number[]]
    if ((tokens * (topK as number)) / (experts as number) < FEWEST_ROWS) continue
    rows.push(row)
    if (label(table, 'distribution', row) === 'balanced') balanced.set(shape(row), latency[row] as number)
  }
  return sample(rows, limit).map((row) => {
    const at = columns.map((values) => values[row] as number) as [number, ...number[]]
    const [tokens, hidden, inter, topK, experts, tensorRanks, expertRanks] = at as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    return {
      rows: (tokens * topK) / expertRanks,
      localExperts: experts / expertRanks,
      expertRanks,
      hidden,
      inner: inter / tensorRanks,
      inputs: label(table, 'kernel_source', row).endsWith('nongated') ? 1 : 2,
      seconds: (latency[row] as number) * 1e-3,
      imbalance: (latency[row] as number) / (balanced.get(shape(row)) ?? Number.NaN),
      routing: label(table, 'distribution', row),
    }
  })
}

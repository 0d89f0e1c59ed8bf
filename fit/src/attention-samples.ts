/** Measured forward attention of a chip. */

import { CHIPS, type MeasuredChip } from './chips.ts'
import { sample } from './split.ts'
import { column, label, readTable } from './tables.ts'

export interface AttentionSample {
  readonly batch: number
  readonly heads: number
  readonly sequence: number
  readonly window: number
  /** Width of queries and keys, and of values. */
  readonly keyWidth: number
  readonly valueWidth: number
  /** Bytes of queries, keys, values and results. */
  readonly bytes: number
  readonly seconds: number
  readonly group: number
}

export interface AttentionSamples {
  readonly chip: MeasuredChip
  readonly precision: 'bf16' | 'fp8'
  readonly rows: readonly AttentionSample[]
}

const SHORTEST = 256
/** Wider heads run in another kernel. */
const WIDEST_HEAD = 256
/** Latent attention: queries and keys of 128 and 64 rotary elements, values of 128 (DeepSeek-V3). */
const LATENT = { keyWidth: 192, valueWidth: 128 }

/** Attention with keys and values in the format of the products. Windows are left out: they run in other kernels. */
export async function readAttention(
  folder: string,
  precision: 'bf16' | 'fp8',
  limit: number,
): Promise<readonly AttentionSamples[]> {
  const name = precision === 'bf16' ? 'bfloat16' : 'fp8'
  const sets: AttentionSamples[] = []
  for (const chip of CHIPS) {
    const table = await readTable(folder, chip.table, 'context_attention')
    if (table === null) continue
    const [batch, sequence, heads] = [column(table, 'batch_size'), column(table, 'isl'), column(table, 'num_heads')]
    const [keyValueHeads, width] = [column(table, 'num_key_value_heads'), column(table, 'head_dim', 128)]
    const [window, latency] = [column(table, 'window_size', 0), column(table, 'latency')]
    const rows: number[] = []
    for (let row = 0; row < table.rows; row++) {
      const formats = label(table, 'attn_dtype', row) === name && label(table, 'kv_cache_dtype', row) === name
      const shape = (sequence[row] as number) >= SHORTEST && (width[row] as number) <= WIDEST_HEAD
      if (formats && shape && window[row] === 0) rows.push(row)
    }
    const samples = sample(rows, limit).map((row): AttentionSample => {
      const [b, s, h] = [batch[row] as number, sequence[row] as number, heads[row] as number]
      const [g, d] = [keyValueHeads[row] as number, width[row] as number]
      return {
        batch: b,
        heads: h,
        sequence: s,
        window: s,
        keyWidth: d,
        valueWidth: d,
        bytes: 4 * b * s * (h + g) * d,
        seconds: (latency[row] as number) * 1e-3,
        group: h * 1e6 + g * 1e3 + d,
      }
    })
    if (samples.length > 0) sets.push({ chip, precision, rows: samples })
  }
  return sets
}

/** Latent attention in 16 bits, keys and values unfolded for each head. */
export async function readLatentAttention(folder: string, limit: number): Promise<readonly AttentionSamples[]> {
  const sets: AttentionSamples[] = []
  const { keyWidth, valueWidth } = LATENT
  for (const chip of CHIPS) {
    const table = await readTable(folder, chip.table, 'context_mla')
    if (table === null) continue
    const [batch, sequence, heads] = [column(table, 'batch_size'), column(table, 'isl'), column(table, 'num_heads')]
    const latency = column(table, 'latency')
    const rows: number[] = []
    for (let row = 0; row < table.rows; row++) {
      const formats =
        label(table, 'mla_dtype', row) === 'bfloat16' && label(table, 'kv_cache_dtype', row) === 'bfloat16'
      if (formats && (sequence[row] as number) >= SHORTEST) rows.push(row)
    }
    const samples = sample(rows, limit).map((row): AttentionSample => {
      const [b, s, h] = [batch[row] as number, sequence[row] as number, heads[row] as number]
      return {
        batch: b,
        heads: h,
        sequence: s,
        window: s,
        keyWidth,
        valueWidth,
        bytes: 4 * b * s * h * (keyWidth + valueWidth),
        seconds: (latency[row] as number) * 1e-3,
        group: h * 1e3 + b,
      }
    })
    if (samples.length > 0) sets.push({ chip, precision: 'bf16', rows: samples })
  }
  return sets
}

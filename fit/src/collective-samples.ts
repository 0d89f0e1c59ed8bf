/** Measured collectives within a node. */

import { column, label, readTable } from './tables.ts'

export type Collective = 'all_reduce' | 'all_gather' | 'reduce_scatter' | 'alltoall'

export interface CollectiveSample {
  readonly collective: Collective
  readonly ranks: number
  /** Whole buffer: reduced, gathered, before scattering, or what one rank sends. */
  readonly bytes: number
  readonly seconds: number
}

export interface CollectiveSamples {
  readonly chip: string
  readonly link: string
  readonly rows: readonly CollectiveSample[]
}

/** Link of each chip of the tables. */
const LINKS: Readonly<Record<string, string>> = {
  a100_sxm: 'nvlink3',
  h100_sxm: 'nvlink4',
  h200_sxm: 'nvlink4',
  b200_sxm: 'nvlink5',
  b300_sxm: 'nvlink5',
  gb200: 'nvlink5-nvl72',
  gb300: 'nvlink5-nvl72',
}

/** Smaller messages are all latency. */
const SMALLEST = 4096
const ELEMENT_BYTES: Readonly<Record<string, number>> = { half: 2, int8: 1 }

export async function readCollectives(folder: string): Promise<readonly CollectiveSamples[]> {
  const sets: CollectiveSamples[] = []
  for (const [chip, link] of Object.entries(LINKS)) {
    const table = await readTable(folder, chip, 'nccl')
    if (table === null) continue
    const [ranks, elements, latency] = [
      column(table, 'num_gpus'),
      column(table, 'message_size'),
      column(table, 'latency'),
    ]
    const rows: CollectiveSample[] = []
    for (let row = 0; row < table.rows; row++) {
      const bytes = (elements[row] as number) * (ELEMENT_BYTES[label(table, 'nccl_dtype', row)] ?? Number.NaN)
      if (!(bytes >= SMALLEST)) continue
      rows.push({
        collective: label(table, 'op_name', row) as Collective,
        ranks: ranks[row] as number,
        bytes,
        seconds: (latency[row] as number) * 1e-3,
      })
    }
    if (rows.length > 0) sets.push({ chip, link, rows })
  }
  return sets
}

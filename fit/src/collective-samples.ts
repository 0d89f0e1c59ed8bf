/** Measured collectives within a node. */

import { column, label, readTable } from './tables.ts'

export type Collective = 'all_reduce' | 'all_gather' | 'reduce_scatter' | 'alltoall'

export interface CollectiveSample {
  readonly collective: Collective
  readonly ranks: number
  /** Whole buffer: reduced, gathered, before scattering, or what one rank sends. */
  readonly bytes: number
  readonly seconds: number
  /** Measured with the reduction in the switch turned off. */
  readonly ring?: boolean
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
  gb200: 'nvlink5',
  gb300: 'nvlink5',
}

/** Smaller messages are all latency. */
const SMALLEST = 16384
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

/** Large all-reduces on 8 ranks, bus bandwidth in bytes/s: github.com/stas00/ml-engineering at 744d01e, network/README.md. */
const PUBLISHED: readonly (readonly [link: string, gibibytes: number, bandwidth: number, ring: boolean])[] = [
  ['nvlink3', 1, 229.0e9, true],
  ['nvlink3', 4, 233.9e9, true],
  ['nvlink3', 16, 234.9e9, true],
  ['nvlink4', 1, 463.6e9, false],
  ['nvlink4', 4, 473.1e9, false],
  ['nvlink4', 16, 482.3e9, false],
  ['nvlink4', 16, 367.6e9, true],
  ['nvlink5', 1, 723.3e9, false],
  ['nvlink5', 4, 740.6e9, false],
  ['nvlink5', 16, 845.7e9, false],
]
const PUBLISHED_RANKS = 8
/** Times that a published point counts: it stands for the sizes above the tables. */
const PUBLISHED_WEIGHT = 6

/** Sizes above those of the tables, as sets of their own. */
export function publishedCollectives(): readonly CollectiveSamples[] {
  return [...new Set(PUBLISHED.map(([link]) => link))].map((link) => ({
    chip: link,
    link,
    rows: PUBLISHED.filter(([of]) => of === link).flatMap(([, gibibytes, bandwidth, ring]) => {
      const bytes = gibibytes * 2 ** 30
      const seconds = (((2 * (PUBLISHED_RANKS - 1)) / PUBLISHED_RANKS) * bytes) / bandwidth
      const row: CollectiveSample = { collective: 'all_reduce', ranks: PUBLISHED_RANKS, bytes, seconds, ring }
      return Array.from({ length: PUBLISHED_WEIGHT }, () => row)
    }),
  }))
}

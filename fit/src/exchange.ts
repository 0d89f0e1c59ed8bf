/** Exchange of tokens between experts within a node: DeepEP's dispatch and combine. */

import { type ErrorSummary, summarise } from './errors.ts'
import { fitConstants } from './robust-fit.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'
import { column, readTable } from './tables.ts'

/** Chips of the tables by the ranks of their node. */
const RANKS: Readonly<Record<string, number>> = {
  h100_sxm: 8,
  h200_sxm: 8,
  b200_sxm: 8,
  b300_sxm: 8,
  gb200: 4,
  gb300: 4,
}

export type Direction = 'dispatch' | 'combine'

export interface ExchangeSamples {
  readonly chip: string
  readonly direction: Direction
  /** Bytes a rank sends to the others: a token once to each rank that holds one of its experts. */
  readonly bytes: Float64Array
  readonly seconds: Float64Array
  readonly groups: Float64Array
}

/** Cores that move tokens: DeepEP's usual number. */
const USUAL_CORES = 20
/** Dispatch sends 8 bits and a scale for each 128 elements, combine 16 bits. */
const TOKEN_BYTES: Readonly<Record<Direction, number>> = { dispatch: 1 + 4 / 128, combine: 2 }

/** Ranks other than its own that a token goes to, its experts drawn without replacement. */
export function remoteRanks(ranks: number, experts: number, topK: number): number {
  const local = experts / ranks
  let missed = 1
  for (let i = 0; i < topK; i++) missed *= Math.max(0, experts - local - i) / (experts - i)
  return (ranks - 1) * (1 - missed)
}

export async function readExchanges(folder: string): Promise<readonly ExchangeSamples[]> {
  const sets: ExchangeSamples[] = []
  for (const [chip, ranks] of Object.entries(RANKS)) {
    const table = await readTable(folder, chip, 'wideep_deepep_normal')
    if (table === null) continue
    const [hidden, tokens] = [column(table, 'hidden_size'), column(table, 'num_token')]
    const [topK, experts] = [column(table, 'num_topk'), column(table, 'num_experts')]
    for (const direction of ['dispatch', 'combine'] as const) {
      const cores = column(table, `${direction}_sms`)
      const transmit = column(table, `${direction}_transmit_us`)
      const rows = Array.from(cores.keys()).filter((row) => cores[row] === USUAL_CORES)
      const bytesOf = (row: number): number =>
        (tokens[row] as number) *
        (hidden[row] as number) *
        TOKEN_BYTES[direction] *
        remoteRanks(ranks, experts[row] as number, topK[row] as number)
      sets.push({
        chip,
        direction,
        bytes: Float64Array.from(rows, bytesOf),
        seconds: Float64Array.from(rows, (row) => (transmit[row] as number) * 1e-6),
        groups: Float64Array.from(rows, (row) => (hidden[row] as number) * 1000 + (topK[row] as number)),
      })
    }
  }
  return sets
}

/** T = latency + bytes/bandwidth. */
export function exchangePart({ chip, direction, bytes, seconds, groups }: ExchangeSamples): GroupedPart {
  const scope = `${direction}:${chip}`
  return {
    keys: [`latency:${scope}`, `bandwidth:${scope}`],
    groups,
    count: bytes.length,
    residuals(values, out) {
      const [latency, bandwidth] = values as unknown as [number, number]
      for (let i = 0; i < bytes.length; i++) {
        out[i] = Math.log((latency + (bytes[i] as number) / bandwidth) / (seconds[i] as number))
      }
    },
  }
}

const start = (key: string): number => (key.startsWith('latency') ? 40e-6 : 300e9)

export interface ExchangeErrors {
  readonly chip: string
  readonly direction: Direction
  readonly errors: ErrorSummary
}

export interface ExchangeFit {
  readonly constants: ReadonlyMap<string, Constant>
  readonly errors: readonly ExchangeErrors[]
}

export function fitExchanges(sets: readonly ExchangeSamples[]): ExchangeFit {
  const parts = sets.map(exchangePart)
  const fitted = fitConstants(parts, start)
  const errors = sets.map(({ chip, direction }, s) => {
    const part = parts[s] as GroupedPart
    const out = new Float64Array(part.count)
    part.residuals(
      Float64Array.from(part.keys, (key) => fitted.get(key) as number),
      out,
    )
    return { chip, direction, errors: summarise(out) }
  })
  return { constants: fitWithSpread(parts, start), errors }
}

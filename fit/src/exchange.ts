/** Exchange of tokens between experts within a node: DeepEP's dispatch and combine. */

import { CHIPS, type MeasuredChip } from './chips.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import { fitConstants } from './robust-fit.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'
import { column, readTable } from './tables.ts'

/** Ranks of a node with a processor of its own for four chips or two. */
const SUPERCHIP_RANKS = 4
const NODE_RANKS = 8

export type Direction = 'dispatch' | 'combine'

export interface ExchangeSamples {
  readonly chip: MeasuredChip
  readonly direction: Direction
  /** Bytes a rank sends to the others: a token once to each rank that holds one of its experts. */
  readonly bytes: Float64Array
  readonly tokens: Float64Array
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
  for (const chip of CHIPS) {
    const ranks = chip.table.startsWith('gb') ? SUPERCHIP_RANKS : NODE_RANKS
    const table = await readTable(folder, chip.table, 'wideep_deepep_normal')
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
        tokens: Float64Array.from(rows, (row) => tokens[row] as number),
        seconds: Float64Array.from(rows, (row) => (transmit[row] as number) * 1e-6),
        groups: Float64Array.from(rows, (row) => (hidden[row] as number) * 1000 + (topK[row] as number)),
      })
    }
  }
  return sets
}

/** T = latency + tokens · time of a token + bytes/bandwidth: a core handles one token after another. */
export function exchangePart({ chip, direction, bytes, tokens, seconds, groups }: ExchangeSamples): GroupedPart {
  const scope = `${direction}:${chip.family}`
  return {
    keys: [`latency:${scope}`, `bandwidth:${scope}`, `token:${scope}`],
    groups,
    count: bytes.length,
    residuals(values, out) {
      const [latency, bandwidth, token] = values as unknown as [number, number, number]
      for (let i = 0; i < bytes.length; i++) {
        const time = latency + token * (tokens[i] as number) + (bytes[i] as number) / bandwidth
        out[i] = Math.log(time / (seconds[i] as number))
      }
    },
  }
}

const START: Readonly<Record<string, number>> = { latency: 40e-6, bandwidth: 300e9, token: 20e-9 }
const start = (key: string): number => START[key.split(':')[0] as string] as number

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
    return { chip: chip.table, direction, errors: summarise(out) }
  })
  return { constants: fitWithSpread(parts, start), errors }
}

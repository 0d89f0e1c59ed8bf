/** Collectives within a node: latency by hops, a pipelined ring, the local copy and reduction in the switch. */

import {
  type Collective,
  type CollectiveSample,
  type CollectiveSamples,
  publishedCollectives,
} from './collective-samples.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import { fitConstants } from './robust-fit.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'

export interface CollectiveForm {
  readonly name: string
  /**
   * Filling the ring: latency added to the transfer; the least that pipelining allows, its chunks chosen for each size;
   * or a fixed chunk a hop that large messages pay in full.
   */
  readonly filling: 'added' | 'pipelined' | 'chunk'
  /** Whether a rank's own part is copied, not sent. */
  readonly copy: boolean
  /** Whether ring collectives have one bandwidth together. */
  readonly oneRing: boolean
  /** Whether the switch reduces with 8 ranks. */
  readonly inSwitch: boolean
  /** Whether an all-to-all has a start and a chunk of its own: its messages wait for no others on the way. */
  readonly ownStart: boolean
  /** Whether chips with the same link share constants. */
  readonly byLink: boolean
}

export const COLLECTIVE_FORM: CollectiveForm = {
  name: 'kept: latency by hops, a chunk a hop, local copy, one ring bandwidth, reduction in the switch, by link',
  filling: 'chunk',
  copy: true,
  oneRing: true,
  inSwitch: true,
  ownStart: true,
  byLink: true,
}

export const COLLECTIVE_RIVALS: readonly CollectiveForm[] = [
  { ...COLLECTIVE_FORM, name: 'latency added to the transfer', filling: 'added' },
  { ...COLLECTIVE_FORM, name: 'chunks of the best size', filling: 'pipelined' },
  { ...COLLECTIVE_FORM, name: 'no local copy', copy: false },
  { ...COLLECTIVE_FORM, name: 'a bandwidth by collective', oneRing: false },
  { ...COLLECTIVE_FORM, name: 'no reduction in the switch', inSwitch: false },
  { ...COLLECTIVE_FORM, name: 'one start and chunk for all collectives', ownStart: false },
  { ...COLLECTIVE_FORM, name: 'constants by chip', byLink: false },
  { ...COLLECTIVE_FORM, name: 'constants by chip, a bandwidth by collective', byLink: false, oneRing: false },
]

const START: Readonly<Record<string, number>> = {
  chunk: 8e-6,
  allToAllBase: 12e-6,
  allToAllChunk: 3e-6,
  base: 7e-6,
  hop: 1e-6,
  copy: 1e12,
  ring: 400e9,
  allToAll: 350e9,
  inSwitch: 500e9,
}
const start = (key: string): number => START[key.split(':')[0] as string] ?? 400e9

/** Ranks from which the switch reduces: with fewer the ring is as fast. */
const IN_SWITCH_RANKS = 8
/** Links whose switch cannot reduce. */
const NO_IN_SWITCH = new Set(['nvlink3'])

/** Bytes a rank sends over those of the buffer. */
export function sentShare(collective: Collective, ranks: number): number {
  const share = (ranks - 1) / ranks
  return collective === 'all_reduce' ? 2 * share : share
}

/** Messages one after another. */
export function hops(collective: Collective, ranks: number): number {
  if (collective === 'alltoall') return Math.log2(ranks)
  return collective === 'all_reduce' ? 2 * (ranks - 1) : ranks - 1
}

export function collectivePart(form: CollectiveForm, { chip, link, rows }: CollectiveSamples): GroupedPart {
  const scope = form.byLink ? link : chip
  const bandwidthOf = (row: CollectiveSample): string => {
    const reduced = form.inSwitch && row.collective === 'all_reduce' && row.ranks >= IN_SWITCH_RANKS && !row.ring
    if (reduced && !NO_IN_SWITCH.has(link)) return `inSwitch:${scope}`
    if (row.collective === 'alltoall') return `allToAll:${scope}`
    return form.oneRing ? `ring:${scope}` : `${row.collective}:${scope}`
  }
  const names = rows.map(bandwidthOf)
  const bandwidths = [...new Set(names)].sort()
  const place = names.map((name) => bandwidths.indexOf(name))
  const chunked = form.filling === 'chunk'
  const keys = [
    `base:${scope}`,
    `hop:${scope}`,
    ...(form.copy ? [`copy:${scope}`] : []),
    ...(chunked ? [`chunk:${scope}`] : []),
    ...(form.ownStart ? [`allToAllBase:${scope}`] : []),
    ...(form.ownStart && chunked ? [`allToAllChunk:${scope}`] : []),
    ...bandwidths,
  ]
  const bandwidthAt = keys.length - bandwidths.length
  const chunkAt = keys.indexOf(`chunk:${scope}`)
  const startAt = keys.indexOf(`allToAllBase:${scope}`)
  const ownChunkAt = keys.indexOf(`allToAllChunk:${scope}`)
  return {
    keys,
    groups: rows.map((row) => Math.round(Math.log2(row.bytes))),
    count: rows.length,
    residuals(values, out) {
      const [base, hop] = values as unknown as [number, number]
      rows.forEach((row, i) => {
        const { collective, ranks, bytes } = row
        const bandwidth = values[bandwidthAt + (place[i] as number)] as number
        const copied = form.copy ? bytes / ranks / (values[2] as number) : 0
        const wire = (sentShare(collective, ranks) * bytes) / bandwidth + copied
        const filling = hop * hops(collective, ranks)
        let body = wire + filling
        if (form.filling === 'pipelined') body += 2 * Math.sqrt(wire * filling)
        if (chunked) {
          const held = collective === 'alltoall' && ownChunkAt >= 0 ? ownChunkAt : chunkAt
          const full = (values[held] as number) * hops(collective, ranks)
          body += (full * wire) / (full + wire)
        }
        const first = startAt >= 0 && collective === 'alltoall' ? (values[startAt] as number) : base
        out[i] = Math.log((first + body) / row.seconds)
      })
    },
  }
}

export interface CollectiveErrors {
  readonly chip: string
  readonly byCollective: Readonly<Record<Collective, ErrorSummary>>
}

export interface CollectiveScore {
  readonly form: string
  readonly constants: number
  readonly chips: readonly CollectiveErrors[]
  /** Largest of the medians over chips and collectives, and their mean. */
  readonly worstMedian: number
  readonly meanMedian: number
}

/** Smallest message of the bar. */
const BAR_BYTES = 65536
const COLLECTIVES: readonly Collective[] = ['all_reduce', 'all_gather', 'reduce_scatter', 'alltoall']

/** Sizes held out: every third power of two. */
const heldSize = (power: number): boolean => power % 3 === 0

/** Errors from 64 KiB up at sizes that the fit did not see. */
export function scoreCollectives(form: CollectiveForm, sets: readonly CollectiveSamples[]): CollectiveScore {
  const parts = sets.map((set) => {
    const part = collectivePart(form, set)
    return { ...part, use: Uint8Array.from(part.groups, (power) => (heldSize(power) ? 0 : 1)) }
  })
  const published = form.byLink ? publishedCollectives().map((set) => collectivePart(form, set)) : []
  const fitted = fitConstants([...parts, ...published], start, { scale: 0.1 })
  const chips = sets.map((set, s): CollectiveErrors => {
    const part = parts[s] as (typeof parts)[number]
    const out = new Float64Array(part.count)
    part.residuals(
      Float64Array.from(part.keys, (key) => fitted.get(key) as number),
      out,
    )
    const of = (collective: Collective) =>
      summarise(out, (i) => {
        const row = set.rows[i] as CollectiveSample
        return part.use[i] === 0 && row.collective === collective && row.bytes >= BAR_BYTES
      })
    const byCollective = Object.fromEntries(
      COLLECTIVES.map((one) => [one, of(one)]),
    ) as CollectiveErrors['byCollective']
    return { chip: set.chip, byCollective }
  })
  const medians = chips.flatMap((chip) => COLLECTIVES.map((one) => chip.byCollective[one].median))
  return {
    form: form.name,
    constants: fitted.size,
    chips,
    worstMedian: Math.max(...medians),
    meanMedian: medians.reduce((sum, median) => sum + median, 0) / medians.length,
  }
}

export function fitCollectives(sets: readonly CollectiveSamples[]): ReadonlyMap<string, Constant> {
  return fitWithSpread(
    [...sets, ...publishedCollectives()].map((set) => collectivePart(COLLECTIVE_FORM, set)),
    start,
    { scale: 0.1 },
  )
}

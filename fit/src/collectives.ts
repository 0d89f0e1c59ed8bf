/** Collectives within a node: latency by hops, a pipelined ring, the local copy and reduction in the switch. */

import type { Collective, CollectiveSample, CollectiveSamples } from './collective-samples.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import { fitConstants } from './robust-fit.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'

export interface CollectiveForm {
  readonly name: string
  /** Filling the ring: overlapped as pipelining allows, or latency added to the transfer. */
  readonly pipelined: boolean
  /** Whether a rank's own part is copied, not sent. */
  readonly copy: boolean
  /** Whether ring collectives have one bandwidth together. */
  readonly oneRing: boolean
  /** Whether the switch reduces with 8 ranks. */
  readonly inSwitch: boolean
  /** Whether chips with the same link share constants. */
  readonly byLink: boolean
}

export const COLLECTIVE_FORM: CollectiveForm = {
  name: 'kept: pipelined, local copy, one ring bandwidth, in-switch from 8 ranks, constants by link',
  pipelined: true,
  copy: true,
  oneRing: true,
  inSwitch: true,
  byLink: true,
}

export const COLLECTIVE_RIVALS: readonly CollectiveForm[] = [
  { ...COLLECTIVE_FORM, name: 'latency added to the transfer', pipelined: false },
  { ...COLLECTIVE_FORM, name: 'no local copy', copy: false },
  { ...COLLECTIVE_FORM, name: 'a bandwidth by collective', oneRing: false },
  { ...COLLECTIVE_FORM, name: 'no reduction in the switch', inSwitch: false },
  { ...COLLECTIVE_FORM, name: 'constants by chip', byLink: false },
  { ...COLLECTIVE_FORM, name: 'constants by chip, a bandwidth by collective', byLink: false, oneRing: false },
]

const START: Readonly<Record<string, number>> = {
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
    const reduced = form.inSwitch && row.collective === 'all_reduce' && row.ranks >= IN_SWITCH_RANKS
    if (reduced && !NO_IN_SWITCH.has(link)) return `inSwitch:${scope}`
    if (row.collective === 'alltoall') return `allToAll:${scope}`
    return form.oneRing ? `ring:${scope}` : `${row.collective}:${scope}`
  }
  const names = rows.map(bandwidthOf)
  const bandwidths = [...new Set(names)].sort()
  const place = names.map((name) => bandwidths.indexOf(name))
  const keys = [`base:${scope}`, `hop:${scope}`, ...(form.copy ? [`copy:${scope}`] : []), ...bandwidths]
  const first = form.copy ? 3 : 2
  return {
    keys,
    groups: rows.map((row) => Math.round(Math.log2(row.bytes))),
    count: rows.length,
    residuals(values, out) {
      const [base, hop] = values as unknown as [number, number]
      rows.forEach((row, i) => {
        const { collective, ranks, bytes } = row
        const bandwidth = values[first + (place[i] as number)] as number
        const copied = form.copy ? bytes / ranks / (values[2] as number) : 0
        const wire = (sentShare(collective, ranks) * bytes) / bandwidth + copied
        const filling = hop * hops(collective, ranks)
        const body = form.pipelined ? (Math.sqrt(wire) + Math.sqrt(filling)) ** 2 : wire + filling
        out[i] = Math.log((base + body) / row.seconds)
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
  const fitted = fitConstants(parts, start, { scale: 0.1 })
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
    const byCollective = Object.fromEntries(COLLECTIVES.map((one) => [one, of(one)])) as CollectiveErrors['byCollective']
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
    sets.map((set) => collectivePart(COLLECTIVE_FORM, set)),
    start,
    { scale: 0.1 },
  )
}

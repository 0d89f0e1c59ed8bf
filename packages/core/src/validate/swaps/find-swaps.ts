/** Swaps as measured: the same training on two chips, the best measured layout on each. */

import type { Chip } from '@walltime/hardware'
import { builtinProfiles, type Profiles } from '../../scenario/profiles.ts'
import { matrixFormat } from '../../step/machine.ts'
import type { Row } from '../row.ts'
import { rowPrecision } from '../row-precision.ts'
import { chooseSystem } from '../row-system.ts'
import { groupBy } from '../statistics.ts'

/** Two rows of the same training on two chips, the newer or faster chip second. */
export interface RowPair {
  readonly from: Row
  readonly to: Row
}

/** How far apart the two sides of a swap may lie. */
export const SWAP_REACH = { years: 1, chips: 2 } as const

/** Tokens of a step and chip. */
export function tokensPerChip({ globalBatchSequences, sequenceLength, hardware }: Row): number {
  return (globalBatchSequences * sequenceLength) / hardware.chips
}

/** Tokens per second and chip as measured; 0 where the row ran out of memory. */
export function measuredSpeed(row: Row): number {
  const { stepSeconds } = row.measured
  return stepSeconds == null ? 0 : tokensPerChip(row) / stepSeconds
}

/** The number format of a row in one word. */
export function formatOf({ precision }: Row): string {
  return rowPrecision(precision) ?? precision
}

/** What both sides of any swap share: the model by name and size, sequence length and framework. */
function trainingKey({ model, sequenceLength, software }: Row): string {
  const { name, layers, hidden, ffn_hidden, heads, moe } = model
  const size = [name, layers, hidden, ffn_hidden, heads, moe?.experts, moe?.top_k]
  return JSON.stringify([...size, sequenceLength, software.framework])
}

function within(a: Row, b: Row): boolean {
  const years = Math.abs(a.software.year - b.software.year)
  const [x, y] = [a.hardware.chips, b.hardware.chips]
  return years <= SWAP_REACH.years && Math.max(x, y) <= SWAP_REACH.chips * Math.min(x, y)
}

/** The fastest row of each year and number of chips, which are all that reach depends on; the id decides ties. */
function fastest(rows: readonly Row[]): readonly Row[] {
  const scales = groupBy(rows, ({ software, hardware }) => `${software.year} ${hardware.chips}`)
  const better = (a: Row, b: Row) => measuredSpeed(b) - measuredSpeed(a) || (a.id < b.id ? -1 : 1)
  return [...scales.values()].flatMap((members) => [...members].sort(better).slice(0, 1))
}

/** Of the rows within reach of each other the two that together are fastest; the ids decide ties. */
function bestPair(from: readonly Row[], to: readonly Row[]): RowPair | undefined {
  const others = fastest(to)
  const pairs = fastest(from).flatMap((a) =>
    others.filter((b) => within(a, b)).map((b): RowPair => ({ from: a, to: b })),
  )
  const gain = (pair: RowPair) => measuredSpeed(pair.from) * measuredSpeed(pair.to)
  const name = (pair: RowPair) => JSON.stringify([pair.from.id, pair.to.id])
  return pairs.reduce<RowPair | undefined>((best, pair) => {
    if (best === undefined || gain(pair) > gain(best)) return pair
    return gain(pair) === gain(best) && name(pair) < name(best) ? pair : best
  }, undefined)
}

/** Chips from old to new: by year, then by dense bf16 peak, memory and name; those that do not ship come first. */
function byAge(profiles: Profiles): (a: Row, b: Row) => number {
  const keys = (row: Row): readonly number[] => {
    const chip: Chip | undefined = chooseSystem(row.hardware, profiles)?.chip
    return [chip?.launchYear ?? 0, chip?.peakFlops.bf16 ?? 0, chip?.memory.bytes ?? 0]
  }
  return (a, b) => {
    const [x, y] = [keys(a), keys(b)]
    const at = x.findIndex((value, i) => value !== y[i])
    return at < 0 ? a.hardware.chip.localeCompare(b.hardware.chip, 'en') : (x[at] ?? 0) - (y[at] ?? 0)
  }
}

/** Swaps within groups of rows: `allowed` says which rows of the newer chip may stand against the older chip's. */
function swapsWithin(
  groups: Iterable<readonly Row[]>,
  profiles: Profiles,
  allowed: (from: Row, to: readonly Row[]) => readonly Row[],
): readonly RowPair[] {
  const order = byAge(profiles)
  const swaps = [...groups].flatMap((training) => {
    const chips = [...groupBy(training, ({ hardware }) => hardware.chip).values()]
      .flatMap((members) => (members[0] === undefined ? [] : [{ first: members[0], members }]))
      .sort((a, b) => order(a.first, b.first))
    return chips.flatMap((from, i) =>
      chips.slice(i + 1).flatMap((to) => bestPair(from.members, allowed(from.first, to.members)) ?? []),
    )
  })
  return swaps.sort((a, b) => order(a.from, b.from) || order(a.to, b.to))
}

const thatRan = (rows: readonly Row[]): readonly Row[] => rows.filter((row) => row.measured.stepSeconds != null)

/**
 * Every training that was measured on two chips, once for each two: the model, sequence length, number format and
 * framework are the same, software and chips within `SWAP_REACH`, layout and batch the fastest that were measured. From
 * old chips to new.
 */
export function findSwaps(rows: readonly Row[], profiles: Profiles = builtinProfiles): readonly RowPair[] {
  const groups = groupBy(thatRan(rows), (row) => JSON.stringify([trainingKey(row), formatOf(row)]))
  return swapsWithin(groups.values(), profiles, (_, to) => to)
}

/** Swaps whose newer chip multiplies in a format that the older one lacks; all else as in `findSwaps`. */
export function findFormatSwaps(rows: readonly Row[], profiles: Profiles = builtinProfiles): readonly RowPair[] {
  return swapsWithin(groupBy(thatRan(rows), trainingKey).values(), profiles, (from, to) => {
    const peaks = chooseSystem(from.hardware, profiles)?.chip.peakFlops
    return to.filter(({ precision }) => {
      const format = rowPrecision(precision)
      return peaks !== undefined && format !== undefined && peaks[matrixFormat(format)] === undefined
    })
  })
}

/** Swaps of chips held against the model: measured and predicted ratios of tokens per second and chip. */

import type { Profiles } from '../../scenario/profiles.ts'
import { baselinePairs } from '../baseline.ts'
import type { RowResult } from '../evaluate-row.ts'
import type { Judged } from '../groups.ts'
import type { LeftOutSeconds } from '../left-out.ts'
import type { Row } from '../row.ts'
import { groupBy, mean, median } from '../statistics.ts'
import { findFormatSwaps, findSwaps, formatOf, measuredSpeed, type RowPair, tokensPerChip } from './find-swaps.ts'

/** One training on two chips. Ratios are tokens per second and chip of `to` over those of `from`. */
export interface Swap {
  readonly from: string
  readonly to: string
  readonly model: string
  readonly sequenceLength: number
  /** The number format; where the two sides differ, `bf16 to fp8`. */
  readonly precision: string
  readonly framework: string
  readonly chips: readonly [number, number]
  /** Ids of the rows. */
  readonly rows: readonly [string, string]
  readonly measured: number
  /** Null where the model refuses a row. */
  readonly predicted: number | null
  /** |predicted/measured − 1|. */
  readonly error: number | null
  /** By constants that did not see the rows' collection. */
  readonly leftOut: number | null
  /** By one median utilisation per chip and precision. */
  readonly baseline: number | null
  /** The same without the rows' own collection. */
  readonly baselineLeftOut: number | null
}

/** Mean errors of ratios; null where no swap can be predicted. */
export interface SwapScore {
  readonly pairs: number
  readonly meanError: number | null
  readonly baselineMeanError: number | null
  readonly leftOutMeanError: number | null
  readonly baselineLeftOutMeanError: number | null
}

/** The swaps between two chips. */
export interface ChipSwap extends SwapScore {
  readonly from: string
  readonly to: string
  readonly measured: { readonly median: number; readonly low: number; readonly high: number }
  readonly predicted: number | null
}

export interface SwapTable {
  readonly swaps: readonly Swap[]
  readonly score: SwapScore
  readonly byPair: readonly ChipSwap[]
}

/** Swaps in one number format. */
export interface SwapValidation extends SwapTable {
  /** Swaps whose newer chip multiplies in a format that the older one lacks: apart from the score. */
  readonly otherFormat: SwapTable
}

/** What a good score is: the mean error, and that error as a share of what one utilisation per chip makes. */
export const SWAP_BAR = { meanError: 0.06, ofBaseline: 0.5 } as const

type Seconds = ReadonlyMap<string, number>

function ratio({ from, to }: RowPair, seconds: Seconds): number | null {
  const [a, b] = [seconds.get(from.id), seconds.get(to.id)]
  return a === undefined || b === undefined ? null : tokensPerChip(to) / b / (tokensPerChip(from) / a)
}

const errorOf = (value: number | null, measured: number) => (value === null ? null : Math.abs(value / measured - 1))

const known = (values: readonly (number | null)[]): readonly number[] => values.filter((value) => value !== null)
const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

function secondsOf(pairs: readonly { readonly id: string; readonly predicted: number | null }[]): Seconds {
  return new Map(pairs.flatMap(({ id, predicted }) => (predicted === null ? [] : [[id, predicted]])))
}

function scoreOf(swaps: readonly Swap[]): SwapScore {
  const over = (value: (swap: Swap) => number | null) =>
    orNull(mean(known(swaps.map((swap) => errorOf(value(swap), swap.measured)))))
  return {
    pairs: swaps.length,
    meanError: over(({ predicted }) => predicted),
    baselineMeanError: over(({ baseline }) => baseline),
    leftOutMeanError: over(({ leftOut }) => leftOut),
    baselineLeftOutMeanError: over(({ baselineLeftOut }) => baselineLeftOut),
  }
}

function chipSwap(swaps: readonly Swap[], from: string, to: string): ChipSwap {
  const measured = swaps.map((swap) => swap.measured)
  return {
    from,
    to,
    measured: { median: median(measured), low: Math.min(...measured), high: Math.max(...measured) },
    predicted: orNull(median(known(swaps.map(({ predicted }) => predicted)))),
    ...scoreOf(swaps),
  }
}

/** Predicted seconds of rows by id, from each that predicts them. */
type Predictions = Readonly<Record<'predicted' | 'leftOut' | 'baseline' | 'baselineLeftOut', Seconds>>

function swapOf(pair: RowPair, seconds: Predictions): Swap {
  const { from, to } = pair
  const measured = measuredSpeed(to) / measuredSpeed(from)
  const predicted = ratio(pair, seconds.predicted)
  const formats = new Set([formatOf(from), formatOf(to)])
  return {
    from: from.hardware.chip,
    to: to.hardware.chip,
    model: from.model.name ?? 'model',
    sequenceLength: from.sequenceLength,
    precision: [...formats].join(' to '),
    framework: from.software.framework,
    chips: [from.hardware.chips, to.hardware.chips],
    rows: [from.id, to.id],
    measured,
    predicted,
    error: errorOf(predicted, measured),
    leftOut: ratio(pair, seconds.leftOut),
    baseline: ratio(pair, seconds.baseline),
    baselineLeftOut: ratio(pair, seconds.baselineLeftOut),
  }
}

function swapTable(pairs: readonly RowPair[], seconds: Predictions): SwapTable {
  const swaps = pairs.map((pair) => swapOf(pair, seconds))
  const byPair = [...groupBy(swaps, ({ from, to }) => JSON.stringify([from, to])).values()].flatMap((members) =>
    members[0] === undefined ? [] : [chipSwap(members, members[0].from, members[0].to)],
  )
  return { swaps, score: scoreOf(swaps), byPair }
}

/**
 * Scores every swap that the rows hold. `results[i]` belongs to `rows[i]`; rows of grids take no part.
 *
 * @param leftOut predicted seconds by constants that did not see a row's collection
 */
export function scoreSwaps(
  rows: readonly Row[],
  results: readonly RowResult[],
  leftOut: LeftOutSeconds = {},
  profiles?: Profiles,
): SwapValidation {
  const judged = rows.flatMap((row, i): Judged[] => {
    const result = results[i]
    return result === undefined || row.grid != null ? [] : [{ row, result }]
  })
  const baseline = baselinePairs(judged)
  const seconds: Predictions = {
    predicted: secondsOf(judged.map(({ result }) => result)),
    leftOut: new Map(Object.entries(leftOut)),
    baseline: secondsOf(baseline.all),
    baselineLeftOut: secondsOf(baseline.leftOut),
  }
  const taking = judged.map(({ row }) => row)
  return {
    ...swapTable(findSwaps(taking, profiles), seconds),
    otherFormat: swapTable(findFormatSwaps(taking, profiles), seconds),
  }
}

/** Why a score falls short; none where it does not. */
export function swapShortfalls({ pairs, meanError, baselineMeanError }: SwapScore): readonly string[] {
  if (pairs === 0) return ['no two rows are the same training on two chips']
  if (meanError === null) return ['no swap could be predicted']
  const percent = (share: number) => `${(share * 100).toFixed(1)} %`
  const most = SWAP_BAR.ofBaseline * (baselineMeanError ?? Number.POSITIVE_INFINITY)
  return [
    ...(meanError > SWAP_BAR.meanError
      ? [`the mean error is ${percent(meanError)}, more than ${percent(SWAP_BAR.meanError)}`]
      : []),
    ...(meanError > most
      ? [
          `the mean error is ${percent(meanError)}, more than ${percent(most)}, half of what one utilisation per chip gives`,
        ]
      : []),
  ]
}

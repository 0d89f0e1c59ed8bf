import {
  type ChipSwap,
  type Swap,
  type SwapScore,
  type SwapTable,
  type SwapValidation,
  swapShortfalls,
} from '@walltime/core/validate'
import { grouped, percent, plural } from '../report/format.ts'
import { type Align, table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { clip, wrap } from '../terminal/text.ts'

const NAME_WIDTH = 26
const share = (value: number | null): string => (value === null ? '-' : percent(value))
const times = (value: number | null): string => (value === null ? '-' : value.toFixed(2))
const numbers = (count: number): readonly Align[] => ['left', ...Array.from({ length: count }, (): Align => 'right')]
const pairName = ({ from, to }: ChipSwap | Swap): string => clip(`${from} to ${to}`, NAME_WIDTH)

function scoreLines(score: SwapScore): readonly string[] {
  const unseen = score.leftOutMeanError !== null
  const rows = [
    ['walltime', share(score.meanError), ...(unseen ? [share(score.leftOutMeanError)] : [])],
    ['baseline', share(score.baselineMeanError), ...(unseen ? [share(score.baselineLeftOutMeanError)] : [])],
  ]
  return table(rows, { head: ['', 'mean error', ...(unseen ? ['left out'] : [])], align: numbers(2) })
}

function pairLines(pairs: readonly ChipSwap[]): readonly string[] {
  const rows = pairs.map((pair) => [
    pairName(pair),
    grouped(pair.pairs),
    times(pair.measured.median),
    `${times(pair.measured.low)}-${times(pair.measured.high)}`,
    times(pair.predicted),
    share(pair.meanError),
    share(pair.baselineMeanError),
  ])
  const head = ['', 'swaps', 'median', 'range', 'model', 'error', 'baseline']
  return table(rows, { head, align: numbers(6) })
}

/** Every swap, below the name of its two chips. */
function swapLines({ swaps, byPair }: SwapTable): readonly string[] {
  const rows = byPair.flatMap((pair) => [
    [pairName(pair), '', '', '', '', ''],
    ...swaps
      .filter(({ from, to }) => from === pair.from && to === pair.to)
      .map((swap) => [
        `  ${clip(swap.model, NAME_WIDTH - 2)}`,
        grouped(swap.sequenceLength),
        clip(swap.precision, 12),
        times(swap.measured),
        times(swap.predicted),
        share(swap.error),
      ]),
  ])
  const head = ['', 'sequence', 'precision', 'measured', 'predicted', 'error']
  return table(rows, { head, align: ['left', 'right', 'left', 'right', 'right', 'right'] })
}

/** The report of swaps at the terminal's width. */
export function swapsReport(name: string, validation: SwapValidation, { width, style }: Terminal): readonly string[] {
  const { score, swaps, byPair, otherFormat } = validation
  const title = (text: string) => ['', style.bold(text)]
  const short = swapShortfalls(score)
  return [
    style.bold('SWAPS OF CHIPS'),
    ...wrap(`${plural(swaps.length, 'swap')} between ${plural(byPair.length, 'pair')} of chips in ${name}`, width),
    ...title('SCORE'),
    ...scoreLines(score),
    ...wrap(
      'A swap: the same model, sequence length, number format and framework on two chips, software within a year, chips within a factor of two, the fastest measured layout on each. Its ratio: tokens per second and chip, the second chip over the first. Error: |predicted/measured - 1| of the ratio. Baseline: one median utilisation per chip and precision.',
      width,
    ).map(style.dim),
    ...(swaps.length === 0
      ? []
      : [
          ...title('CHIPS, measured median and range, median of the model'),
          ...pairLines(byPair),
          ...title('SWAPS'),
          ...swapLines(validation),
        ]),
    ...(otherFormat.swaps.length === 0
      ? []
      : [
          ...title('SWAPS TO A FORMAT that the older chip lacks, not in the score'),
          ...pairLines(otherFormat.byPair),
          '',
          ...swapLines(otherFormat),
        ]),
    ...(short.length === 0 ? [] : ['', ...wrap(`FELL SHORT: ${short.join('; ')}.`, width).map(style.red)]),
  ]
}

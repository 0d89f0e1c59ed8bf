/** docs/chip-swaps.md: the same training on two chips, as measured, as predicted and as vendors claim it. */

import { readFileSync } from 'node:fs'
import {
  evaluateRow,
  SWAP_BAR,
  type SwapTable,
  type SwapValidation,
  scoreSwaps,
  swapShortfalls,
} from '@walltime/core/validate'
import { percent, table } from './markdown.ts'
import { readShipped } from './steps.ts'
import { SWAP_CLAIMS } from './swap-claims.ts'

const DATA = new URL('../../data/validation/', import.meta.url)
const shipped = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, DATA), 'utf8'))

interface Sourced {
  readonly id: string
  readonly source: { readonly title: string; readonly url: string }
}

/** Swaps of the rows that ship, under the constants that ship. */
export function shippedSwaps(): SwapValidation {
  const rows = readShipped('rows')
  const results = rows.map((row) => evaluateRow(row))
  return scoreSwaps(rows, results, shipped('left-out'))
}

const times = (value: number | null): string => (value === null ? '–' : value.toFixed(2))
const range = (low: number, high: number): string => (low === high ? times(low) : `${times(low)} to ${times(high)}`)

const measuredBetween = ({ byPair }: SwapTable, from: string, to: string): string => {
  const pair = byPair.find((one) => one.from === from && one.to === to)
  return pair === undefined ? 'none' : range(pair.measured.low, pair.measured.high)
}

function claimTable(validation: SwapValidation): string[] {
  const head = ['chips', 'claim', 'measured here', 'to a newer format', 'standing', 'read in']
  const rows = SWAP_CLAIMS.map(({ from, to, claim, source, url, standing }) => [
    ...[`${from} → ${to}`, claim, measuredBetween(validation, from, to)],
    ...[measuredBetween(validation.otherFormat, from, to), standing, `[${source}](${url})`],
  ])
  return table(head, rows, head.length)
}

function swapRows(swaps: SwapTable['swaps']): string[] {
  const rows = swaps.map((swap) => [
    `${swap.from} → ${swap.to}`,
    swap.model,
    swap.precision,
    swap.framework,
    swap.rows.map((id) => `\`${id}\``).join(', '),
    String(swap.sequenceLength),
    swap.chips.join(' → '),
    times(swap.measured),
    times(swap.predicted),
    percent(swap.error),
  ])
  const head = ['chips', 'model', 'format', 'framework', 'rows', 'sequence', 'count', 'measured', 'predicted', 'error']
  return table(head, rows, 5)
}

/** The document as Markdown. */
export function swapsDocument(validation: SwapValidation): string {
  const { swaps, score, otherFormat } = validation
  const sourceOf = new Map((shipped('rows') as readonly Sourced[]).map(({ id, source }) => [id, source]))
  const linkOf = (id: string): readonly string[] => {
    const source = sourceOf.get(id)
    return source === undefined ? [] : [`[${source.title}](${source.url})`]
  }
  const links = [...new Set([...swaps, ...otherFormat.swaps].flatMap(({ rows }) => rows.flatMap(linkOf)))].sort()
  const sourcesOf = (ids: readonly string[]): string =>
    [...new Set(ids.flatMap(linkOf).map((link) => links.indexOf(link) + 1))].sort((a, b) => a - b).join(', ')
  const pairTable = (part: SwapTable): string[] =>
    table(
      ['from', 'to', 'swaps', 'median', 'range', 'predicted', 'error', 'left out', 'one utilisation', 'sources'],
      part.byPair.map((pair) => [
        pair.from,
        pair.to,
        String(pair.pairs),
        times(pair.measured.median),
        range(pair.measured.low, pair.measured.high),
        times(pair.predicted),
        percent(pair.meanError),
        percent(pair.leftOutMeanError),
        percent(pair.baselineMeanError),
        sourcesOf(
          part.swaps.filter(({ from, to }) => from === pair.from && to === pair.to).flatMap(({ rows }) => rows),
        ),
      ]),
      2,
    )
  const short = swapShortfalls(score)
  return [
    '# Swaps of chips',
    '',
    'Written by `npm run fit` (`npm run fit -- --swaps` writes it alone); `walltime validate --swaps` prints the same. A swap is',
    'the same training measured on two chips: the same model, sequence length, number format and framework, software within',
    'a year, chips within a factor of two; on each side the fastest layout and batch that were measured. Its ratio is tokens',
    'per second and chip, the second chip over the first. One swap a training and two chips; the rows ship in `data/validation`.',
    '',
    '## Score',
    '',
    `Mean over ${score.pairs} swaps of |predicted/measured − 1| of the ratio, in percent; the bar is ${percent(SWAP_BAR.meanError)}, and half of what one utilisation gives. ${short.length === 0 ? 'Both are met.' : `Fell short: ${short.join('; ')}.`} Left out: by constants that were fitted without the collection of the rows (\`docs/accuracy.md\`).`,
    '',
    ...table(
      ['', 'mean error', 'left out'],
      [
        ['walltime', percent(score.meanError), percent(score.leftOutMeanError)],
        [
          'one median utilisation per chip and precision',
          percent(score.baselineMeanError),
          percent(score.baselineLeftOutMeanError),
        ],
      ],
    ),
    '## By pair of chips',
    '',
    'Ratios of tokens per second and chip; errors in percent. Trainings that share a chip share its rows, so the pairs are not',
    'independent.',
    '',
    ...pairTable(validation),
    '## To a newer format',
    '',
    'The newer chip multiplies in a number format that the older one lacks; all else as above. Not in the score.',
    '',
    ...pairTable(validation.otherFormat),
    '## Beside what is claimed',
    '',
    'The claims are of their own workloads, number formats and counts; what they rest on stands beside them. Those marked',
    'unverified have no measurement behind them that we could read.',
    '',
    ...claimTable(validation),
    '## Every swap',
    '',
    ...swapRows([...swaps, ...otherFormat.swaps]),
    '## Sources of the rows',
    '',
    ...links.map((link, i) => `${i + 1}. ${link}`),
    '',
  ].join('\n')
}

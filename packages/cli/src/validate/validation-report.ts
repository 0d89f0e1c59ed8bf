import type { GroupScore, LeftOut, RowResult, Score, Validation } from '@walltime/core/validate'
import { grouped, percent, plural } from '../report/format.ts'
import { type Align, table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { clip, labelled, wrap } from '../terminal/text.ts'

const MOST_REASONS = 12
const NOTHING = '-'

const share = (value: number | null): string => (value === null ? NOTHING : percent(value))
/** With its sign; from ten times on as a factor. */
function signed(value: number | null): string {
  if (value === null) return NOTHING
  if (value >= 9) return `x ${Number((value + 1).toPrecision(2))}`
  return `${value < 0 ? '-' : '+'}${(Math.abs(value) * 100).toFixed(1)} %`
}

const RIGHT: Align = 'right'
const numbers = (count: number): readonly Align[] => ['left', ...Array.from({ length: count }, () => RIGHT)]

function scoreRow(name: string, score: Score): readonly string[] {
  const { cells, rows, cellMean, cellMedian, rowMean, rowMedian, rowP90, bias } = score
  return [name, grouped(cells), share(cellMean), share(cellMedian), grouped(rows)].concat([
    share(rowMean),
    share(rowMedian),
    share(rowP90),
    signed(bias),
  ])
}

function scores({ score, baseline, memory }: Validation, unseen: LeftOut | null): readonly string[] {
  const rows = [
    scoreRow('walltime', score),
    ...(unseen === null ? [] : [scoreRow(' left out', unseen.score)]),
    scoreRow('baseline', baseline),
    scoreRow(' left out', baseline.leaveOut),
    ...(memory.rows === 0 ? [] : [scoreRow('memory', memory)]),
  ]
  return table(rows, {
    head: ['', 'cells', 'mean', 'median', 'rows', 'mean', 'median', 'P90', 'bias'],
    align: numbers(8),
  })
}

const GROUP_NAMES: Readonly<Record<string, string>> = {
  chip: 'chip',
  precision: 'precision',
  moe: 'experts',
  contextParallel: 'context par.',
  atLeast1024Chips: '>= 1,024 chips',
  collection: 'collection',
}

function groups(all: readonly GroupScore[]): readonly string[] {
  const rows = all.map((group, i) => [
    group.by === all[i - 1]?.by ? '' : (GROUP_NAMES[group.by] ?? group.by),
    clip(group.value, 18),
    grouped(group.cells),
    grouped(group.rows),
    share(group.cellMean),
    share(group.cellMedian),
    signed(group.bias),
    group.refused === 0 ? '' : grouped(group.refused),
  ])
  const head = ['', '', 'cells', 'rows', 'mean', 'median', 'bias', 'refused']
  return table(rows, { head, align: ['left', 'left', RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, RIGHT] })
}

function grids({ gridMeans }: Validation): readonly string[] {
  const rows = gridMeans.map((g) => [
    clip(g.collection, 12),
    grouped(g.grids),
    share(g.order),
    share(g.regret),
    share(g.ruleRegret),
    share(g.ranFits),
    share(g.oomRefused),
    share(g.stepError),
  ])
  const head = ['', 'grids', 'order', 'regret', 'rule', 'ran fits', 'OOM not', 'step']
  return table(rows, { head, align: numbers(7) })
}

/** The worst row of each cell, and below it what likely causes its error. */
function worst({ worst, rows }: Validation, width: number): readonly string[] {
  const seconds = (value: number | null) => (value === null ? NOTHING : `${Number(value.toPrecision(3))} s`)
  const cells = worst.flatMap(({ id }) => {
    const row = rows.find((candidate) => candidate.id === id)
    if (row === undefined) return []
    return [
      [
        clip(row.id, 34),
        seconds(row.measured),
        seconds(row.predicted),
        row.predicted === null || row.measured === null ? NOTHING : signed(row.predicted / row.measured - 1),
        row.largest === undefined ? '' : `${row.largest.part} ${(row.largest.share * 100).toFixed(0)} %`,
      ],
    ]
  })
  const head = ['', 'measured', 'predicted', 'error', 'largest part']
  const [title = '', ...lines] = table(cells, { head, align: ['left', RIGHT, RIGHT, RIGHT, 'left'] })
  return [
    title,
    ...lines.flatMap((line, i) => [
      line,
      ...(worst[i]?.causes ?? []).flatMap(({ message, explains }) =>
        labelled(explains > 0 ? '  likely' : '  unclear', message, width, 10),
      ),
    ]),
  ]
}

function refusals(rows: readonly RowResult[], width: number): readonly string[] {
  const counts = new Map<string, number>()
  for (const { refused } of rows) if (refused !== undefined) counts.set(refused, (counts.get(refused) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_REASONS)
    .flatMap(([reason, count]) => labelled(`  ${grouped(count)}`, clip(reason, 200), width, 8))
}

/** The report of a validation at the terminal's width. */
export function validationReport(
  name: string,
  validation: Validation,
  unseen: LeftOut | null,
  mostRefused: number,
  { width, style }: Terminal,
): readonly string[] {
  const { rows, groups: all, gridMeans, memory } = validation
  const refused = rows.filter((row) => row.refused !== undefined).length
  const outOfMemory = rows.filter((row) => row.measured === null).length
  const title = (text: string) => ['', style.bold(text)]
  const note = (text: string) => wrap(text, width).map(style.dim)
  const tooMany = validation.refusedShare > mostRefused
  return [
    style.bold('VALIDATION'),
    ...wrap(
      `${plural(rows.length, 'row')} of ${name}${outOfMemory === 0 ? '' : `, ${grouped(outOfMemory)} of them out of memory`}`,
      width,
    ),
    ...title('SCORE'),
    ...scores(validation, unseen),
    ...note(
      "Error of a row: |predicted/measured - 1| of the step; of a cell (collection, chip, model): the mean of its rows. Baseline: one median utilisation per chip and precision; left out: without the row's own collection (its cell, where its chip has no other).",
    ),
    ...(unseen === null
      ? []
      : note(
          `Of the steps left out, ${percent(unseen.intervals.coverage)} lie within their 90 % interval, whose half-width is ${percent(unseen.intervals.medianHalfWidth)} in the median.`,
        )),
    ...(memory.ranNotFitting === 0
      ? []
      : [style.yellow(`${plural(memory.ranNotFitting, 'row')} that ran said not to fit in memory`)]),
    ...title('GROUPS'),
    ...groups(all),
    ...(gridMeans.length === 0
      ? []
      : [
          ...title('GRIDS OF LAYOUTS'),
          ...grids(validation),
          ...note(
            'Means over grids. Order: pairs more than 5 % apart put right. Regret: the pick over the best, less 1 (out of memory: 100 %); rule: smallest tp x pp, largest micro-batch, no recompute. Ran fits, OOM not: said to fit of what ran, said not to of what ran out of memory.',
          ),
        ]),
    ...title('WORST ROWS'),
    ...worst(validation, width),
    ...(refused === 0 ? [] : [...title('REFUSED'), ...refusals(rows, width)]),
    ...(tooMany
      ? [
          '',
          ...wrap(
            `FELL SHORT: ${grouped(refused)} of ${plural(rows.length, 'row')} refused (${percent(validation.refusedShare)}); at most ${percent(mostRefused, 0)} may be.`,
            width,
          ).map(style.red),
        ]
      : []),
  ]
}

/** docs/accuracy.md: how far the model is from measured steps, in and out of sample, and what each term earns. */

import {
  type LeftOut,
  type LeftOutSeconds,
  type Region,
  type Row,
  repredicted,
  type Score,
  SOFTWARE_TABLE,
  scoreLeftOut,
  scoreResults,
  type Validation,
} from '@walltime/core/validate'
import { percent, table } from './markdown.ts'
import { STEP_CONSTANTS } from './step-constants.ts'
import { type JudgedRow, readShipped, type StepsFit } from './steps.ts'

/** Predicted seconds of rows of steps under log residuals. */
export function leftOutSeconds({ problem, left }: Pick<StepsFit, 'problem' | 'left'>): LeftOutSeconds {
  return Object.fromEntries(
    problem.rows.flatMap(({ row, measured }, i) =>
      row.grid == null ? [[row.id, Number((measured * Math.exp(left[i] as number)).toPrecision(5))]] : [],
    ),
  )
}

/** The rows of steps, without those of grids, and their results. */
function stepResults(validation: Validation): {
  readonly shipped: readonly Row[]
  readonly results: Validation['rows']
} {
  const shipped = readShipped('rows')
  const ids = new Set(shipped.map(({ id }) => id))
  return { shipped, results: validation.rows.filter(({ id }) => ids.has(id)) }
}

/** A validation of the rows of steps with other predictions. */
function rescored(validation: Validation, rows: readonly JudgedRow[], residuals: Float64Array): Validation {
  const { shipped, results } = stepResults(validation)
  const seconds = Object.fromEntries(
    rows.map(({ row, measured }, i) => [row.id, measured * Math.exp(residuals[i] as number)]),
  )
  return scoreResults(shipped, repredicted(results, seconds))
}

const scoreCells = ({ cellMean, cellMedian, rowMean, bias, cells, rows }: Score): string[] => [
  percent(cellMean),
  percent(cellMedian),
  percent(rowMean),
  percent(bias),
  `${rows} in ${cells}`,
]

/** The score of every row left out. */
export function leftOutScores(steps: StepsFit, validation: Validation): LeftOut {
  const spreads = Object.fromEntries(Object.entries(steps.regions).map(([region, { half }]) => [region, half]))
  const { shipped, results } = stepResults(validation)
  const scored = scoreLeftOut(shipped, results, leftOutSeconds(steps), spreads as Record<Region, number>)
  if (scored === null) throw new Error('no steps were left out')
  return scored
}

/** A group is weak where its left-out cells are off by more than this in the mean. */
const WEAK = 0.15

/** The document as Markdown. */
export function accuracyDocument(steps: StepsFit, validation: Validation, kernelConstants: number): string {
  const { names, problem, fit, without, regions } = steps
  const outside = leftOutScores(steps, validation)
  const { baseline } = validation
  const covered = outside.intervals
  const lines: string[] = [
    '# Accuracy',
    '',
    'Written by `npm run fit`. Errors in percent of the measured step: of a cell (one model on one chip in one collection)',
    'the mean over its rows, then mean and median over cells. Left out: each row predicted by constants that were fitted',
    'without its collection (without its cell, where its chip has no other collection). The rows ship in `data/validation`,',
    'with their sources.',
    '',
    '## Step time',
    '',
    ...table(
      ['', 'mean', 'median', 'row mean', 'bias', 'rows in cells'],
      [
        ['in sample', ...scoreCells(validation.score)],
        ['left out', ...scoreCells(outside.score)],
        ['one median utilisation per chip and precision, in sample', ...scoreCells(baseline)],
        ['the same, left out', ...scoreCells(baseline.leaveOut)],
      ],
    ),
    '## By group',
    '',
    ...table(
      ['', 'in sample', 'left out', 'bias left out', 'cells'],
      validation.groups.map((group) => {
        const out = outside.groups.find(({ by, value }) => by === group.by && value === group.value)
        return [
          `${group.by}: ${group.value}`,
          percent(group.cellMean),
          percent(out?.cellMean),
          percent(out?.bias),
          String(group.cells),
        ]
      }),
    ),
    '## Choosing among layouts',
    '',
    'Order: pairs of a grid that differ by more than 5 % and are ordered right. Regret: measured time of the layout picked',
    'over the best. The rule: smallest tp·pp, largest micro-batch, no recompute.',
    '',
    ...table(
      [
        '',
        'grids',
        'order',
        'regret',
        'regret of the rule',
        'ran, said to fit',
        'out of memory, said so',
        'step error',
      ],
      validation.gridMeans.map((grid) => [
        grid.collection,
        String(grid.grids),
        percent(grid.order),
        percent(grid.regret),
        percent(grid.ruleRegret),
        percent(grid.ranFits),
        percent(grid.oomRefused),
        percent(grid.stepError),
      ]),
    ),
    '## Memory',
    '',
    `Peak on the fullest stage: mean over ${validation.memory.cells} cells ${percent(validation.memory.cellMean)} %, median ${percent(validation.memory.cellMedian)} %, bias ${percent(validation.memory.bias)} % over ${validation.memory.rows} rows; ${validation.memory.ranNotFitting} rows that ran are said not to fit.`,
    '',
    '## Intervals',
    '',
    `Of ${covered.rows} left-out rows ${percent(covered.coverage)} % lie within the 90 % interval of their region; the median half-width is ${percent(covered.medianHalfWidth)} %.`,
    '',
    ...table(
      ['region', 'half-width', 'rows', 'cells'],
      Object.entries(regions).map(([name, { half, rows, cells }]) => [
        name,
        percent(Math.sinh(half)),
        String(rows),
        String(cells),
      ]),
    ),
    `## Constants`,
    '',
    `${names.length} constants are fitted to the steps and grids that ship, drawn to a prior (log-normal) that kernels, specifications or convention give; with the ${SOFTWARE_TABLE.length} entries of the software table ${names.length + SOFTWARE_TABLE.length} are free (60 at most). ${kernelConstants} constants of \`fit/kernels.fitted.json\` were fitted to kernels and collectives alone and see no step. Worth: by how much the score in sample gets worse without the term, the others fitted again (mean / median over cells, in points).`,
    '',
    ...table(
      ['constant', 'value', 'spread', 'prior', 'worth', 'meaning'],
      names.map((name, i) => {
        const off = without.find((entry) => entry.name === name)
        const score = off === undefined ? undefined : rescored(validation, problem.rows, off.residuals).score
        const worth =
          score === undefined
            ? 'needed'
            : `${percent((score.cellMean ?? 0) - (validation.score.cellMean ?? 0))} / ${percent((score.cellMedian ?? 0) - (validation.score.cellMedian ?? 0))}`
        return [
          `\`${name}\``,
          String(Number(Math.exp(fit.theta[i] as number).toPrecision(3))),
          `${percent(fit.spread[i])} %`,
          String(STEP_CONSTANTS[name].prior),
          worth,
          STEP_CONSTANTS[name].meaning,
        ]
      }),
    ),
    '## Weak regions',
    '',
    `Groups whose left-out cells are off by more than ${percent(WEAK)} % in the mean, and what their worst rows share (\`walltime validate\` says it for each row).`,
    '',
    ...outside.groups
      .filter(({ cellMean }) => (cellMean ?? 0) > WEAK)
      .map(({ by, value, cellMean, bias }) => {
        const causes = causesOf(validation, steps, by, value)
        return `- **${by} ${value}**: ${percent(cellMean)} %, bias ${percent(bias)} %. ${causes}`
      }),
    '',
  ]
  return lines.join('\n')
}

/** What the worst rows of a group are said to be off for, the most frequent first. */
function causesOf(validation: Validation, { problem }: StepsFit, by: string, value: string): string {
  const ids = new Set(
    problem.rows
      .filter(({ row }) =>
        by === 'collection'
          ? row.collection === value
          : by === 'chip'
            ? row.hardware.chip === value
            : by === 'moe'
              ? (row.model.moe != null) === (value === 'yes')
              : false,
      )
      .map(({ row }) => row.id),
  )
  const messages = validation.worst.flatMap(({ id, causes }) =>
    ids.has(id) ? causes.map(({ message }) => message) : [],
  )
  const counts = new Map<string, number>()
  for (const message of messages) counts.set(message, (counts.get(message) ?? 0) + 1)
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3)
  return most.length === 0 ? 'No cause stands out.' : `Likely: ${most.map(([message]) => message).join('; ')}.`
}

import {
  gapLaw,
  OPTIMAL_TOKENS_PER_PARAMETER,
  PRODUCTION_GAP,
  type RunScore,
  shortfalls,
} from '@walltime/core/validate'
import type { PredictedRun } from '@walltime/sim/whole-runs'
import { grouped, percent, plural } from '../report/format.ts'
import { type Align, table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { clip, labelled, wrap } from '../terminal/text.ts'
import type { RunsFile } from './read-runs.ts'
import type { RunsValidation } from './run-whole-runs.ts'

const RIGHT: Align = 'right'
const ID_WIDTH = 21
const share = (value: number | null): string => (value === null ? '-' : percent(value))
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${(Math.abs(value) * 100).toFixed(1)} %`
/** Thousands, to three digits. */
const thousands = (hours: number): string => {
  const value = Number((hours / 1e3).toPrecision(3))
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

function scoreLines(score: RunScore, leftOut: RunScore | null): readonly string[] {
  const row = (name: string, { runs, medianError, bias, coverage90 }: RunScore) => [
    ...[name, grouped(runs), share(medianError)],
    ...[bias === null ? '-' : signed(bias), share(coverage90)],
  ]
  const rows = [row('walltime', score), ...(leftOut === null ? [] : [row(' left out', leftOut)])]
  const head = ['', 'runs', 'median error', 'bias', 'inside 90 %']
  return table(rows, { head, align: ['left', RIGHT, RIGHT, RIGHT, RIGHT] })
}

function runLines(runs: readonly PredictedRun[]): readonly string[] {
  const rows = runs.map(({ id, measured, predicted, inside }) => [
    clip(id, ID_WIDTH),
    ...[measured, predicted.p50, predicted.p5, predicted.p95].map(thousands),
    signed(predicted.p50 / measured - 1),
    inside ? '' : 'outside',
  ])
  const head = ['', 'published', 'P50', 'P5', 'P95', 'error', '']
  return table(rows, { head, align: ['left', RIGHT, RIGHT, RIGHT, RIGHT, RIGHT, 'left'] })
}

function gapSentence(): string {
  const { p5, p50, p95 } = gapLaw(OPTIMAL_TOKENS_PER_PARAMETER, PRODUCTION_GAP)
  const [low, middle, high] = [p5, p50, p95].map((value) => value.toFixed(2))
  return `Production pays more than benchmark steps (evaluation, data, slow starts, tuning): x ${middle} in the median (90 %: ${low} to ${high}), for more than ${OPTIMAL_TOKENS_PER_PARAMETER} tokens a parameter times their ratio to the power ${PRODUCTION_GAP.overtraining}. Fitted to the runs that ship: docs/whole-runs.md.`
}

/** The report of whole runs at the terminal's width. */
export function runsReport(file: RunsFile, validation: RunsValidation, { width, style }: Terminal): readonly string[] {
  const { runs, excluded, score, leftOut } = validation
  const title = (text: string) => ['', style.bold(text)]
  const note = (text: string) => wrap(text, width).map(style.dim)
  const short = shortfalls(score)
  return [
    style.bold('WHOLE RUNS'),
    ...wrap(`${plural(runs.length, 'run')} predicted of ${grouped(file.runs.length)}: ${file.name}`, width),
    ...title('SCORE'),
    ...scoreLines(score, leftOut),
    ...note(
      `Error: |P50 / published - 1| of chip-hours. Inside: published within P5 to P95.${leftOut === null ? '' : ' Left out: under the gap of the other runs.'}`,
    ),
    ...(runs.length === 0 ? [] : [...title('RUNS, thousands of chip-hours'), ...runLines(runs)]),
    ...title('GAP'),
    ...wrap(gapSentence(), width),
    ...(excluded.length === 0
      ? []
      : [
          ...title('NOT PREDICTED'),
          ...excluded.flatMap(({ id, why }) => labelled(clip(id, ID_WIDTH), clip(why, 300), width, ID_WIDTH + 2)),
        ]),
    ...(short.length === 0 ? [] : ['', ...wrap(`FELL SHORT: ${short.join('; ')}.`, width).map(style.red)]),
  ]
}

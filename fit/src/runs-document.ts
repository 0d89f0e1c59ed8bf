/** docs/whole-runs.md and the generated gap: what the fit of whole runs writes. */

import { gapLaw, RUN_BAR, type RunScore, scoreRuns, UNKNOWN_INPUTS, unknownInputs } from '@walltime/core/validate'
import { percent, table } from './markdown.ts'
import type { RunsFit } from './runs.ts'

const hours = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US')
const signed = (share: number): string => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`

const scoreRow = (name: string, { runs, medianError, bias, coverage90 }: RunScore): string[] => [
  name,
  percent(medianError),
  percent(bias),
  percent(coverage90),
  String(runs),
]

/** Scores in sample and of every run left out. */
export function runScores({ runs }: RunsFit): { readonly inSample: RunScore; readonly left: RunScore } {
  return { inSample: scoreRuns(runs.map((one) => one.inSample)), left: scoreRuns(runs.map((one) => one.left)) }
}

/** The fit in a few lines. */
export function runsReport(fit: RunsFit): string {
  const { inSample, left } = runScores(fit)
  const line = (name: string, { runs, medianError, coverage90 }: RunScore) =>
    `  ${name.padEnd(12)}median error ${percent(medianError)} %  intervals hold ${percent(coverage90)} %  ${runs} runs`
  const { atOptimum, overtraining, sigma } = fit.constants
  return [
    'Whole runs: chip-hours',
    line('in sample', inSample),
    line('left out', left),
    `  gap ${atOptimum} ± ${percent(fit.errors.atOptimum)} %, exponent ${overtraining} ± ${fit.errors.overtraining.toPrecision(2)}, sigma ${sigma}`,
  ].join('\n')
}

/** Text of `packages/core/src/validate/runs/fitted-gap.ts`. */
export function gapSource({ constants, errors }: RunsFit): string {
  const error = (value: number) => Number(value.toPrecision(2))
  return [
    '/** Written by `npm run fit`: change the fit, not this file. */',
    '',
    "import type { GapConstants } from './gap.ts'",
    '',
    `/** Standard errors: ${error(errors.atOptimum)} of the logarithm of \`atOptimum\`, ${error(errors.overtraining)} of \`overtraining\`. */`,
    'export const PRODUCTION_GAP: GapConstants = {',
    ...Object.entries(constants).map(([name, value]) => `  ${name}: ${value},`),
    '}',
    '',
  ].join('\n')
}

/** Text of `data/validation/whole-runs-left-out.json`: by run, the gap fitted to the others. */
export function leftOutGaps({ runs }: RunsFit): string {
  const gaps = Object.fromEntries(runs.map(({ run, leftConstants }) => [run.id, leftConstants]))
  return `${JSON.stringify(gaps, null, 1)}\n`
}

function gapRows({ constants }: RunsFit): string[] {
  return table(
    ['tokens per parameter', '5 %', 'median', '95 %'],
    [20, 100, 500, 2000].map((tokens) => {
      const law = gapLaw(tokens, constants)
      return [String(tokens), ...[law.p5, law.p50, law.p95].map((value) => value.toFixed(2))]
    }),
  )
}

/** docs/whole-runs.md. */
export function runsDocument(fit: RunsFit): string {
  const { inSample, left } = runScores(fit)
  const { atOptimum, overtraining, sigma } = fit.constants
  const [least, most] = RUN_BAR.coverage
  const spread = ({ p5, p50, p95 }: { readonly p5: number; readonly p50: number; readonly p95: number }) =>
    `${p50} (${p5} to ${p95})`
  return [
    '# Whole runs',
    '',
    'Written by `npm run fit`. Chip-hours of official, published training runs, predicted from what is published of them:',
    'architecture, tokens, chip, and where they are stated sequence, batch, number of chips, precision, framework and',
    'layout. `walltime validate --runs` prints the same of the runs that ship (`data/validation/whole-runs.json`, with their',
    'sources) or of a file of the same form.',
    '',
    '## Score',
    '',
    `Error: |predicted median / published − 1|, the median over runs in percent; coverage: runs whose published chip-hours lie within the 90 % interval. The bar: at most ${percent(RUN_BAR.medianError)}, and ${percent(least)} to ${percent(most)}. Left out: each run predicted by the gap fitted to the others.`,
    '',
    ...table(
      ['', 'median error', 'bias', 'coverage', 'runs'],
      [scoreRow('in sample', inSample), scoreRow('left out', left)],
    ),
    '## Runs',
    '',
    'Thousands of chip-hours. Benchmark: the run at the model’s steps with failures, restarts and checkpoints, before the',
    'gap. Drawn: what is not published and was drawn, searched or taken as usual.',
    '',
    ...table(
      [
        'run',
        'published',
        'benchmark',
        'predicted',
        '5 %',
        '95 %',
        'error %',
        'inside',
        'left out',
        'error %',
        'inside',
        'drawn',
      ],
      fit.runs.map(({ run, inSample: one, left: out }) => [
        run.model,
        hours(one.measured / 1e3),
        hours(one.benchmark.interval.p50 / 1e3),
        ...[one.predicted.p50, one.predicted.p5, one.predicted.p95].map((value) => hours(value / 1e3)),
        signed(one.predicted.p50 / one.measured - 1),
        one.inside ? 'yes' : 'no',
        hours(out.predicted.p50 / 1e3),
        signed(out.predicted.p50 / out.measured - 1),
        out.inside ? 'yes' : 'no',
        unknownInputs(run).join(', ') || 'nothing',
      ]),
    ),
    '## The gap',
    '',
    'Production runs pay more than benchmark steps: evaluation, data, slow starts, batch ramps, tuning, layouts that are not',
    'the best, and chip-hours booked besides the run. The gap is one lognormal law for all runs, of paid over predicted',
    `chip-hours: median ${atOptimum} × max(1, tokens per active parameter / 20)^${overtraining}, standard deviation of the logarithm ${sigma}. Small models that train far beyond the tokens of the least loss for their compute pay more for each token. Standard errors: ${percent(fit.errors.atOptimum)} % of the first, ${fit.errors.overtraining.toPrecision(2)} of the exponent. The first two minimise the sum of absolute errors in the logarithm; the third, beside each prediction’s own spread, is the one under which 90 % of runs left out lie within their intervals.`,
    '',
    ...gapRows(fit),
    `What the median was tried on, by the median error of runs left out (two constants each, the first kept; ${fit.runs.length} runs decide little, so the choice itself is worth a few points):`,
    '',
    ...table(
      ['depends on', 'median error, left out'],
      fit.covariates.map(({ name, error }) => [name, percent(error)]),
    ),
    '## What is drawn',
    '',
    `Days for which the chips are planned, at 40 % of the peak: ${spread(UNKNOWN_INPUTS.days)}. Tokens of a step over the batch of the lowest loss, 0.292·FLOP^0.3271 (DeepSeek LLM, arXiv:2401.02954): ${spread(UNKNOWN_INPUTS.batchOverOptimum)}, of mixtures of experts ${spread(UNKNOWN_INPUTS.batchOverOptimumOfExperts)}. Software: the table’s entry of the year, model parallel or (from 2023) fully sharded, each in half of the draws; of mixtures of experts from 2024 on model parallel or the stack built for them. An architecture that is not published: a preset of the family and size, else a usual shape of the parameters. Layout: the fastest that fits. Failures, checkpoints and restarts: the default set, spares of 2 % (at least two nodes) that are not counted. The step’s own interval and the fleet’s quality are drawn as in \`walltime simulate\`.`,
    '',
    '## Not predicted',
    '',
    ...fit.excluded.map(({ id, why }) => `- \`${id}\`: ${why}.`),
    '',
    'Tokens of one run may be rounded by its source (“15T+”), and chip-hours may hold what the source does not say; the',
    'model answers for neither. Runs that a third party compiled are not official and are not scored.',
    '',
  ].join('\n')
}

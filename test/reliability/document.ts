/** docs/reliability.md: what the simulator is held against, and what of the published record is no test. */

import { jobMtbf } from '@walltime/sim'
import { type Fleet, POINTS, type Prediction } from './fleets.ts'

const percent = (share: number) => (100 * share).toFixed(1)
const DAY = 86_400

const KINDS: Readonly<Record<Fleet['kind'], string>> = { measured: '', least: 'over ', model: 'computed ' }

export function reliabilityDocument(predictions: readonly Prediction[]): string {
  return `${[
    INTRODUCTION,
    fleets(predictions),
    misses(predictions),
    INCONSISTENCIES,
    table('## Formulas', ['formula', 'code in packages/sim/src', 'test'], FORMULAS),
    table('## Published cases that are tests', ['case', 'test'], CASES),
    table('## Published cases that are none', ['case', 'why'], EXCLUDED),
  ].join('\n\n')}\n`
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [title, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

const INTRODUCTION = `# Reliability

Written by \`npx vitest run --project test reliability -u\`; the same command without \`-u\` fails where this page is out of
date. What a run is made of, and its defaults: \`walltime estimate --explain\`, \`packages/core/src/scenario/failure-defaults.ts\`.`

function fleets(predictions: readonly Prediction[]): string {
  const rows = predictions.map(({ fleet, goodput, points }) => [
    fleet.name,
    String(fleet.chips),
    fleet.rate,
    fleet.policies,
    `${KINDS[fleet.kind]}${percent(fleet.published)}`,
    percent(goodput.mean),
    Math.abs(points) <= POINTS ? points.toFixed(1) : `**${points.toFixed(1)}**`,
    fleet.source,
  ])
  const head = [
    'fleet',
    'chips',
    'published rate',
    'published policies',
    'published %',
    'predicted %',
    'points off',
    'source',
  ]
  return `${table('## Published fleets, predicted', head, rows)}

Predicted, not fitted: a scenario of each fleet has its published rate and policies and, for all the rest, what the product
assumes where nothing is said: Llama 3's mix of causes, detection by cause, restart of 10 minutes (5 to 20), checkpoints that
hold the job for 2 s and are written behind it, at Daly's interval; 5 % of the nodes as spares where none are named. Percent
are productive seconds of the wall clock. "Over": published as a bound, met by anything above it. "Computed": by the authors'
own formula, not measured. ByteRobust's spares for the P99 of a day on 128, 256, 512 and 1,024 machines (2, 2, 3, 4) follow
exactly from its 128 evictions of 1,200 machines in 90 days.`
}

function misses(predictions: readonly Prediction[]): string {
  const lines = predictions
    .filter(({ points }) => Math.abs(points) > POINTS)
    .map(({ fleet, points }) => `- **${fleet.name}** (${points.toFixed(1)} points): ${fleet.miss ?? 'unexplained'}.`)
  return `### Misses, more than ${POINTS} points off\n\n${lines.join('\n')}`
}

const byRate = (gpus: number) => (jobMtbf(DAY / 6.5e-3, gpus / 8) / 3600).toFixed(1)

const INCONSISTENCIES = `## Two published figures that contradict themselves

**Llama 3's percentages.** Table 5 of arXiv:2407.21783 counts 419 unexpected interruptions, 148 of them faulty GPUs: ${percent(148 / 419)} %,
printed as 30.1 %. Its six causes that lie in the GPU (148 + 72 + 19 + 17 + 6 + 6 = 268) make ${percent(268 / 419)} %, where the text says
58.7 %. The counts add up to 419; they are what is used here.

**RSC's time to failure at 1,024 GPUs.** Kokolis et al. (arXiv:2410.21680) measure 7.9 h for jobs of 1,024 GPUs, and 6.50
failures per 1,000 node-days on RSC-1. By that rate 1,024 GPUs (128 nodes) fail every ${byRate(1024)} h, 3.7 times as rarely, and 8 GPUs
every 153.8 days, where 47.7 are measured; their projections for 16,384 GPUs (1.8 h) and 131,072 (0.23 h) follow from the rate
(${byRate(16_384)} h, ${(Number(byRate(131_072))).toFixed(1)} h). What lies between is not told there; the rate is what is used here.`

const CLOSED = 'closed-forms/closed-forms.test.ts'
const ENGINE = 'oracles.test.ts'

const FORMULAS: readonly (readonly string[])[] = [
  [
    '1, 20 mean time between failures of a job, first failure of a link',
    'closed-forms/job-mtbf.ts',
    `${CLOSED}, ${ENGINE}`,
  ],
  ['2 Young, 3 Daly, 5 exact optimum', 'daly.ts', `daly.test.ts, ${ENGINE}`],
  [
    "4, 6 Daly's and the exact segment, 7 its variance",
    'segment.ts',
    `closed-form.test.ts, test/long/closed-forms.long.ts, ${ENGINE}`,
  ],
  ['8 first-order waste', 'closed-forms/waste.ts', `${CLOSED}, ${ENGINE}`],
  ['9 ETTR of RSC, linear and exact', 'closed-forms/ettr.ts', `${CLOSED}, ${ENGINE}`],
  ['10 first and early failures of new parts, 11 Weibull segment', 'closed-forms/weibull.ts', `${CLOSED}, ${ENGINE}`],
  ['12 two levels of checkpoints', 'closed-forms/two-level.ts', `${CLOSED}, ${ENGINE}`],
  ['13 recoverability in memory (GEMINI)', 'recoverability.ts', `recoverability.test.ts, ${ENGINE}`],
  ['14 spares: binomial, Poisson, Erlang B', 'closed-forms/spares.ts', `${CLOSED}, ${ENGINE}`],
  ['15 failures that meet', 'closed-forms/multiple-failures.ts', `${CLOSED}, ${ENGINE}`],
  ['16 replication', 'closed-forms/replication.ts', `${CLOSED} (no engine: processes that run twice are not modelled)`],
  ['17 SPARe', 'closed-forms/spare-stacking.ts', `${CLOSED} (no engine: stacked shards are not modelled)`],
  ['18 elastic data parallelism', 'closed-forms/elastic.ts', `${CLOSED}, ${ENGINE}`],
  ['19 loss of scale-up domains', 'closed-forms/domain-loss.ts', CLOSED],
  ["21 GEMINI's wasted time", 'closed-forms/wasted-time.ts', `${CLOSED}, ${ENGINE}`],
  [
    'queues: Pollaczek–Khinchine, Erlang C, preemptive-resume priorities',
    'cluster-queue.ts',
    `cluster-queue.test.ts, ${ENGINE}`,
  ],
]

const CASES: readonly (readonly string[])[] = [
  ['Daly 2006, MTBF of 24 h, 6 h and 15 min', ENGINE],
  ['Bougeret et al. 2011, exact segment (two regimes) and its variance', `closed-form.test.ts, ${ENGINE}`],
  ['Weibull segment with a clock that starts anew (four shapes)', `${CLOSED}, ${ENGINE}`],
  ['RSC: MTTF at 16,384 and 131,072 GPUs', CLOSED],
  ['RSC: MTTF at 1,024 GPUs (the contradiction above)', 'cases.test.ts'],
  [
    'RSC: ETTR at 16,000 GPUs, at 100,000 of both rates, at 8,000 (formula against Monte Carlo)',
    `${CLOSED}, ${ENGINE}`,
  ],
  ['RSC: 12,000 GPUs reach 0.9', CLOSED],
  ['Llama 3: interruptions by cause', 'cases.test.ts, test/interruptions.test.ts'],
  ['Llama 3: effective time with checkpoints of 10 and 60 s', `${CLOSED}, fleets.test.ts`],
  ['SPARe: masked failures', CLOSED],
  ['AIReSim: 4,096 servers, 30 days', 'cases.test.ts'],
  ['SemiAnalysis: first failure of 100,000 links', CLOSED],
  ['SemiAnalysis: lost work at 100,000 GPUs', 'cases.test.ts'],
  ['ByteRobust: P99 spares, ETTR, restart by scale', 'cases.test.ts, fleets.test.ts'],
  ['GEMINI: placement, wasted time of MT-NLG', `recoverability.test.ts, ${CLOSED}, ${ENGINE}`],
  ['Replication: n_fail', CLOSED],
  ['Hérault and Robert: Jaguar', CLOSED],
  ['FT-HSDP: 44 % at 100,000 GPUs', `${CLOSED}, cases.test.ts`],
  ['NTP: loss of domains', CLOSED],
  ['OPT-175B: uptime', 'cases.test.ts, fleets.test.ts (a miss)'],
  ['BLOOM: work lost at a failure, productive share', 'cases.test.ts, fleets.test.ts (a miss)'],
  ['MPT-7B: four failures', 'cases.test.ts'],
]

const EXCLUDED: readonly (readonly string[])[] = [
  [
    'SPARe: table of times to train (600,000 GPUs)',
    'its runs go on by computing the shards of lost groups anew, which no run here does; its two formulas and its redundancies are tests',
  ],
  [
    'torchft: 5,145 of 6,249 and 268 of 888 steps',
    'neither the seconds of a step nor those of a recovery are published, so nothing follows; 82.3 % and 30.2 % are the quotients',
  ],
  [
    'Clockwork: 64 H200, 405, 818 and 930 minutes',
    'the seconds of a step and of a restart are not published: two unknowns for two figures of a vendor',
  ],
  ['HLAT: 77.8 and 98.8 %', 'no rate and no policy is published with them'],
  ['Gemini: 85 and 97 %', 'no rate and no policy is published with them'],
  [
    'Failure rates across fleets',
    'inputs, not outcomes: they are the failure sets that ship (`walltime show failures`)',
  ],
]

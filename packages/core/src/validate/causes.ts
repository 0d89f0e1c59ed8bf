/**
 * Why a row lies far off, as far as the other rows can tell: what it shares with rows that are off as well, the same way.
 * Likely causes, not proven ones; each says how much of the row's error rows like it have.
 */

import type { StepPart } from '../estimate-result.ts'
import type { RowResult } from './evaluate-row.ts'
import type { Judged } from './groups.ts'
import type { Row } from './row.ts'
import { rowPrecision } from './row-precision.ts'
import { groupBy, mean, median } from './statistics.ts'

export interface Cause {
  readonly code: string
  /** In words, without a full stop. */
  readonly message: string
  /** Part of the row's error that rows of other cells with the same trait have in common, 0 to 1. */
  readonly explains: number
}

/** A row far from its prediction. */
export interface WorstRow {
  readonly id: string
  readonly cell: string
  readonly error: number
  /** Likeliest first. */
  readonly causes: readonly Cause[]
}

/** A row with its error: ln(predicted/measured). */
interface Missed extends Judged {
  readonly log: number
}

/** Rows that are listed: the worst of each cell. */
const WORST = 12
const CAUSES = 2
/** Cells that must share a trait before anything follows from it. */
const FEWEST_CELLS = 3
/** Part of a row's error below which a trait is no cause of it. */
const LEAST = 0.1
/** Ratio of repeated measurements from which they differ. */
const REPEATED = 1.02

/** Share of the estimate from which a part can spoil it, and its name. */
const PARTS: readonly (readonly [code: string, parts: readonly StepPart[], least: number, words: string])[] = [
  ['expert-traffic', ['expert'], 0.15, 'expert traffic is'],
  ['host-launches', ['overhead'], 0.15, 'host launches and other fixed costs are'],
  ['bubble', ['bubble', 'pipeline'], 0.2, 'the pipeline (bubble and sends) is'],
  ['tensor-traffic', ['tensor'], 0.2, 'tensor-parallel traffic is'],
  ['context-traffic', ['context'], 0.1, 'context-parallel traffic is'],
  ['data-traffic', ['data'], 0.15, 'traffic between replicas is'],
  ['recompute', ['recompute'], 0.15, 'recompute is'],
]

const SHORT_SECONDS = 0.5
/** Tokens of a micro-batch at one expert below which its products fill no wave of tiles. */
const FEW_TOKENS = 1024
/** Nearly every row assumes its network: that tells rows apart from none. */
const USUAL = /^hardware\.fabric/

const percent = (value: number): string => `${(100 * value).toFixed(0)} %`
/** A log error in words: `21 % too fast` (the estimate is shorter than what was measured). */
const direction = (log: number): string => `${percent(Math.abs(Math.expm1(log)))} too ${log < 0 ? 'fast' : 'slow'}`

const clip = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function assumedFields({ assumed }: Row): string | null {
  const fields = (assumed ?? []).filter((field) => !USUAL.test(field))
  return fields.length === 0 ? null : `the source does not state: ${clip(fields.join('; '), 90)}`
}

/** Tokens that an expert of a rank gets of one micro-batch under even routing. */
function tokensPerExpert({ model, parallelism, sequenceLength, microBatch }: Row): number {
  const { moe } = model
  if (moe == null) return Number.POSITIVE_INFINITY
  const tokens = (sequenceLength * (microBatch ?? 1)) / (parallelism.cp ?? 1)
  return (tokens * moe.top_k * (parallelism.ep ?? 1)) / moe.experts
}

function partOf(result: RowResult, parts: readonly StepPart[]): number {
  const { breakdown, predicted } = result
  if (breakdown === undefined || predicted === null) return 0
  return parts.reduce((sum, part) => sum + breakdown[part], 0) / predicted
}

/** Traits of a row by which it may be off; null where it does not have one. */
const TRAITS: readonly (readonly [code: string, words: (judged: Judged) => string | null])[] = [
  ...PARTS.map(
    ([code, parts, least, words]) =>
      [
        code,
        ({ result }: Judged) => {
          const share = partOf(result, parts)
          return share < least ? null : `${words} ${percent(share)} of the estimate`
        },
      ] as const,
  ),
  ['experts', ({ row }) => (row.model.moe == null ? null : 'a mixture of experts')],
  [
    'few-tokens-an-expert',
    ({ row }) => {
      const tokens = tokensPerExpert(row)
      return tokens < FEW_TOKENS ? `about ${tokens.toFixed(0)} tokens an expert and micro-batch: small products` : null
    },
  ],
  ['latent-attention', ({ row }) => (row.model.mla == null ? null : 'latent attention')],
  ['sliding-window', ({ row }) => (row.model.sliding_window == null ? null : 'layers with a sliding window')],
  [
    'low-precision',
    ({ row }) => (/^(bf16|fp16)$/.test(rowPrecision(row.precision) ?? '') ? null : `a recipe of ${row.precision}`),
  ],
  [
    'routing-unstated',
    ({ row }) =>
      row.model.moe == null || row.moeRouting === 'balanced' ? null : 'the source does not say how tokens were routed',
  ],
  [
    'recompute-unstated',
    ({ row }) => (row.recompute?.mode == null ? 'the source does not say what was recomputed' : null),
  ],
  ['assumed', ({ row }) => assumedFields(row)],
  [
    'kernels-unmeasured',
    ({ row, result }) => (result.kernelsMeasured === false ? `no kernel of ${row.hardware.chip} was measured` : null),
  ],
  [
    'short-step',
    ({ result: { measured } }) =>
      measured === null || measured >= SHORT_SECONDS
        ? null
        : `a short step (${Number(measured.toPrecision(2))} s), where costs that no layer explains weigh`,
  ],
  [
    'said-not-to-fit',
    ({ result }) =>
      result.fits === false ? 'said not to fit in memory, yet it ran: it keeps or splits something else' : null,
  ],
  [
    'changed',
    ({ result }) => (result.notes === undefined ? null : `the row was changed: ${clip(result.notes.join('; '), 90)}`),
  ],
]

/** Groups whose rows may be off together, with what that would mean. */
const GROUPS: readonly (readonly [
  code: string,
  key: (row: Row) => string,
  words: (row: Row, cells: number) => string,
  meaning: string,
])[] = [
  [
    'collection',
    (row) => row.collection,
    (row, cells) => `the other ${cells} cells of ${row.collection}`,
    'how it measures, or a switch that it does not state',
  ],
  [
    'framework',
    (row) => `${row.software.framework}\n${row.software.year}`,
    (row, cells) => `the other ${cells} cells of ${row.software.framework} ${row.software.year}`,
    'the stack does something else than assumed',
  ],
  [
    'chip',
    (row) => `${row.hardware.chip}\n${row.precision}`,
    (row, cells) => `the other ${cells} cells on ${row.hardware.chip} in ${row.precision}`,
    "the chip's constants",
  ],
]

/** Mean log error of each cell. */
function cellMeans(rows: readonly Missed[]): readonly number[] {
  return [...groupBy(rows, ({ row }) => row.cell).values()].map((cell) => mean(cell.map(({ log }) => log)))
}

/** Mean of |predicted/measured - 1|. */
const meanError = (logs: readonly number[]): string => percent(mean(logs.map((log) => Math.abs(Math.expm1(log)))))
const capped = (share: number): number => Math.max(0, Math.min(1, share))

interface TraitEvidence {
  readonly code: string
  readonly told: string
  /** Mean log errors of other cells with the trait and without. */
  readonly having: readonly number[]
  readonly lacking: readonly number[]
}

function traitsOf(missed: Missed, others: readonly Missed[]): readonly TraitEvidence[] {
  return TRAITS.flatMap(([code, words]) => {
    const told = words(missed)
    if (told === null) return []
    const having = cellMeans(others.filter((other) => words(other) !== null))
    const lacking = cellMeans(others.filter((other) => words(other) === null))
    return [{ code, told, having, lacking }]
  })
}

const enough = (cells: readonly number[]): boolean => cells.length >= FEWEST_CELLS

/** Causes by trait: how much larger the errors of other cells with it are, weighed by how many lean the same way. */
function byTrait(missed: Missed, traits: readonly TraitEvidence[]): readonly Cause[] {
  return traits
    .filter(({ having, lacking }) => enough(having) && enough(lacking))
    .map(({ code, told, having, lacking }) => {
      const excess = mean(having.map(Math.abs)) - mean(lacking.map(Math.abs))
      const alike = having.filter((log) => log < 0 === missed.log < 0).length / having.length
      const evidence = `${having.length} other cells like this are ${meanError(having)} off, those unlike it ${meanError(lacking)}`
      return {
        code,
        message: `${told} (${evidence})`,
        explains: capped((excess / Math.abs(missed.log)) * alike),
      }
    })
}

/** Causes by group: the other cells of a collection, framework or chip lie on the same side. */
function byGroup(missed: Missed, others: readonly Missed[]): readonly Cause[] {
  return GROUPS.flatMap(([code, key, words, meaning]): Cause[] => {
    const members = cellMeans(others.filter(({ row }) => key(row) === key(missed.row)))
    const middle = median(members)
    if (members.length < FEWEST_CELLS || middle < 0 !== missed.log < 0) return []
    const message = `${words(missed.row, members.length)} are ${direction(middle)} in the median: ${meaning}`
    return [{ code, message, explains: capped(middle / missed.log) }]
  })
}

/** What two rows share that differ in nothing but what was measured. */
function configuration(row: Row): string {
  const { id, cell, collection, grid, measured, modelFlopsPerStepCausal, assumed, ...same } = row
  return JSON.stringify(same)
}

/** The same configuration measured again, with another result. */
function byRepetition(missed: Missed, all: readonly Missed[]): readonly Cause[] {
  const { row: own } = missed
  const key = configuration(own)
  const alike = ({ row }: Missed) =>
    row.hardware.chips === own.hardware.chips &&
    row.globalBatchSequences === own.globalBatchSequences &&
    row.sequenceLength === own.sequenceLength &&
    configuration(row) === key
  const seconds = all.filter(alike).map(({ result }) => result.measured ?? Number.NaN)
  const spread = Math.max(...seconds) / Math.min(...seconds)
  if (seconds.length < 2 || !(spread >= REPEATED)) return []
  const message = `the same configuration was measured ${seconds.length} times, ${percent(spread - 1)} apart: noise of the source`
  return [{ code: 'repeated', message, explains: capped(Math.log(spread) / 2 / Math.abs(missed.log)) }]
}

/** Where nothing is shown: what stands out that no other row can prove or refute. */
function fallback({ result }: Missed, traits: readonly TraitEvidence[], cells: number): Cause {
  const { largest } = result
  const alone = traits.filter(({ having }) => !enough(having)).map(({ told }) => told)
  const most = largest === undefined ? [] : [`most of the estimate is ${largest.part} (${percent(largest.share)})`]
  const [code, message] =
    cells < 2 * FEWEST_CELLS
      ? ['too-few-rows', 'too few other cells to tell']
      : ['unknown', 'nothing that it shares with other cells explains it']
  return { code, message: [message, ...(alone.length > 0 ? alone.slice(0, CAUSES) : most)].join('; '), explains: 0 }
}

function causesOf(missed: Missed, all: readonly Missed[]): readonly Cause[] {
  const others = all.filter(({ row }) => row.cell !== missed.row.cell)
  const traits = traitsOf(missed, others)
  const found = [...byGroup(missed, others), ...byTrait(missed, traits), ...byRepetition(missed, all)]
    .filter(({ explains }) => explains >= LEAST)
    .sort((a, b) => b.explains - a.explains)
  const cells = new Set(others.map(({ row }) => row.cell)).size
  return found.length === 0 ? [fallback(missed, traits, cells)] : found.slice(0, CAUSES)
}

/** The worst row of each cell, the worst first, with what likely causes its error. */
export function worstRows(judged: readonly Judged[]): readonly WorstRow[] {
  const all = judged.flatMap((one): Missed[] => {
    const { predicted, measured } = one.result
    return predicted === null || measured === null ? [] : [{ ...one, log: Math.log(predicted / measured) }]
  })
  const cells = new Set<string>()
  return [...all]
    .sort((a, b) => (b.result.error ?? 0) - (a.result.error ?? 0) || (a.row.id < b.row.id ? -1 : 1))
    .filter(({ row }) => !cells.has(row.cell) && cells.add(row.cell))
    .slice(0, WORST)
    .map((missed) => ({
      id: missed.row.id,
      cell: missed.row.cell,
      error: missed.result.error ?? 0,
      causes: causesOf(missed, all),
    }))
}

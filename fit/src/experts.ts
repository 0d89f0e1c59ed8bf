/** Grouped products of experts against the dense fit, and what unequal routing costs. */

import { OPERAND_BYTES, RESULT_BYTES } from './chips.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import type { ExpertSample, ExpertSamples } from './expert-samples.ts'
import { type DenseConstants, KEPT } from './gemm.ts'
import { joinTimes, waveFactor } from './gemm-form.ts'
import { fitConstants } from './robust-fit.ts'
import { hash, TEST_GROUP, training } from './split.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'

export interface ExpertForm {
  readonly name: string
  /** Whether grouped products reach a share of the dense speed of their own. */
  readonly share: boolean
  /** Whether moving rows (permutation, activation, weighted sum) is told apart. */
  readonly passes: boolean
  /** Whether last, partly filled waves and tiles cost as in dense products. */
  readonly waves: boolean
}

export const EXPERT_FORM: ExpertForm = {
  name: 'kept: dense constants in tiles of 128, passes over rows, launch',
  share: false,
  passes: true,
  waves: true,
}
export const EXPERT_RIVALS: readonly ExpertForm[] = [
  { ...EXPERT_FORM, name: 'a grouped share of its own', share: true },
  { ...EXPERT_FORM, name: 'no passes over rows', passes: false },
  { ...EXPERT_FORM, name: 'no waves or tiles', waves: false },
]

const START: Readonly<Record<string, number>> = { grouped: 0.9, launch: 30e-6, passes: 4 }
const start = (key: string): number => START[key.split(':')[0] as string] as number

/** Rows an expert tile holds: grouped products choose tiles by the rows of an expert. */
const GROUPED_TILES = [
  [128, 256],
  [128, 128],
] as const

/** Bytes around the products in 16 bits: rows gathered and summed again, the activation between the products. */
function rowBytes({ rows, hidden, inner, inputs }: ExpertSample): number {
  return RESULT_BYTES * rows * (4 * hidden + (inputs + 1) * inner)
}

export function expertPart(form: ExpertForm, set: ExpertSamples, dense: DenseConstants): GroupedPart {
  const { chip, precision, weightBytes, samples } = set
  const constants = dense(chip.table, precision)
  const peak = (chip.peak[precision] ?? Number.NaN) * constants.share * constants.speed
  const scope = `${chip.family}:${precision}`
  const keys = [
    `launch:${scope}`,
    ...(form.share ? [`grouped:${scope}`] : []),
    ...(form.passes ? [`passes:${scope}`] : []),
  ]
  const product = (one: ExpertSample, n: number, k: number) => {
    const m = one.rows / one.localExperts
    const wave = waveFactor(m, n, chip.cores, GROUPED_TILES, KEPT.padded, one.localExperts)
    const fill = (1 + constants.kRamp / k) * (form.waves ? wave ** Math.min(1, constants.waveExponent) : 1)
    const weights = weightBytes * one.localExperts * n * k
    const bytes = weights + OPERAND_BYTES[precision] * one.rows * k + RESULT_BYTES * one.rows * n
    return {
      compute: ((2 * one.rows * n * k) / peak) * fill,
      memory: bytes / (chip.bandwidth * constants.memoryShare),
    }
  }
  const products = samples.map((one) => [
    product(one, one.inputs * one.inner, one.hidden),
    product(one, one.hidden, one.inner),
  ])
  return {
    keys,
    groups: samples.map((one) => Math.floor(hash(one.hidden, one.inner, one.localExperts) * 1e6)),
    count: samples.length,
    residuals(values, out) {
      let next = 1
      const launch = values[0] as number
      const share = form.share ? (values[next++] as number) : 1
      const passes = form.passes ? (values[next] as number) : 0
      samples.forEach((one, i) => {
        let seconds = launch + (passes * rowBytes(one)) / chip.bandwidth
        for (const { compute, memory } of products[i] as { compute: number; memory: number }[]) {
          seconds += joinTimes(compute / share, memory, KEPT.norm)
        }
        out[i] = Math.log(seconds / one.seconds)
      })
    },
  }
}

const BALANCED = 'balanced'

function balancedOnly(sets: readonly ExpertSamples[]): readonly ExpertSamples[] {
  return sets
    .map((set) => ({ ...set, samples: set.samples.filter((one) => one.routing === BALANCED) }))
    .filter((set) => set.samples.length > 0)
}

export interface ExpertErrors {
  readonly chip: string
  readonly precision: string
  readonly all: ErrorSummary
  /** From 256 rows an expert. */
  readonly training: ErrorSummary
}

const TRAINING_ROWS = 256

export function scoreExperts(
  form: ExpertForm,
  sets: readonly ExpertSamples[],
  dense: DenseConstants,
): readonly ExpertErrors[] {
  const balanced = balancedOnly(sets)
  const parts = balanced.map((set) => {
    const part = expertPart(form, set, dense)
    return { ...part, use: training(part.groups, TEST_GROUP) }
  })
  const fitted = fitConstants(parts, start)
  return balanced.map((set, s) => {
    const part = parts[s] as (typeof parts)[number]
    const out = new Float64Array(part.count)
    part.residuals(
      Float64Array.from(part.keys, (key) => fitted.get(key) as number),
      out,
    )
    const held = (i: number) => part.use[i] === 0
    const large = (i: number) => {
      const one = set.samples[i] as ExpertSample
      return held(i) && one.rows / one.localExperts >= TRAINING_ROWS
    }
    return {
      chip: set.chip.table,
      precision: `${set.precision}${set.weightBytes < 1 ? ' x 4-bit weights' : ''}`,
      all: summarise(out, held),
      training: summarise(out, large),
    }
  })
}

export function fitExperts(sets: readonly ExpertSamples[], dense: DenseConstants): ReadonlyMap<string, Constant> {
  return fitWithSpread(
    balancedOnly(sets).map((set) => expertPart(EXPERT_FORM, set, dense)),
    start,
  )
}

/** Routing of the tables by the exponent of its power law. */
const POWER_LAWS = ['power_law_1.01', 'power_law_1.2'] as const

/**
 * Time of the busiest rank over that of balanced routing, as ranks^exponent: one exponent for each power law, from
 * samples with enough rows an expert to be bound by compute.
 */
export function fitImbalance(sets: readonly ExpertSamples[]): ReadonlyMap<string, Constant> {
  const parts = POWER_LAWS.map((law): GroupedPart => {
    const samples = sets
      .filter((set) => set.weightBytes >= 1)
      .flatMap((set) => set.samples)
      .filter((one) => one.routing === law && one.imbalance > 0 && one.expertRanks > 1)
      .filter((one) => one.rows / one.localExperts >= TRAINING_ROWS)
    return {
      keys: [`imbalance:${law}`],
      groups: samples.map((one) => one.expertRanks * 1000 + one.localExperts),
      count: samples.length,
      residuals(values, out) {
        samples.forEach((one, i) => {
          out[i] = (values[0] as number) * Math.log(one.expertRanks) - Math.log(one.imbalance)
        })
      },
    }
  })
  return fitWithSpread(parts, () => 0.2, { scale: 0.2 })
}

/** Matrix products: forms compared on held-out weight shapes, constants of the form that is kept. */

import { type Precision, REFERENCE } from './chips.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import { GEMM_START, type GemmForm, type GemmTerm, gemmPart, TERMS } from './gemm-form.ts'
import type { GemmSamples } from './gemm-samples.ts'
import { fitConstants } from './robust-fit.ts'
import { type Split, training } from './split.ts'
import { type Constant, fitWithSpread } from './spread.ts'

/** Rows from which a product is of the size of training. */
export const TRAINING_ROWS = 2048

export interface GemmErrors {
  readonly chip: string
  readonly precision: Precision
  readonly all: ErrorSummary
  readonly training: ErrorSummary
}

export interface GemmScore {
  readonly form: string
  readonly constants: number
  readonly sets: readonly GemmErrors[]
  readonly all: number
  readonly training: number
}

const own = (term: string, { chip, precision }: GemmSamples) => `${term}:${chip.table}:${precision}`
const family = (term: string, { chip, precision }: GemmSamples) => `${term}:${chip.family}:${precision}`

/** Ultra chips have a faster matrix unit in 4 bits, and constants of their own for it. */
const generation = (term: string, samples: GemmSamples) =>
  samples.precision === 'nvfp4' && samples.chip.ultra ? `${term}:ultra:nvfp4` : family(term, samples)

/**
 * The form that is kept: constants by family and precision; one memory share a family; one speed a chip, relative to
 * the first of its family, for all precisions: what its power and clock allow.
 */
function keptScope(term: GemmTerm, samples: GemmSamples): string | number {
  const { chip, precision } = samples
  if (term === 'speed') return REFERENCE[chip.family] === chip.table ? 1 : `speed:${chip.table}`
  if (term === 'memoryShare') return `${term}:${chip.family}`
  if (term === 'quantiseShare' || term === 'waveExponent') return `${term}:${precision}`
  return generation(term, samples)
}

const all = (...without: readonly GemmTerm[]) => new Set(TERMS.filter((term) => !without.includes(term)))
const WIDE = [
  [128, 256],
  [256, 128],
] as const

export const KEPT: GemmForm = {
  name: 'kept: norm 4, better of 128x256 and 256x128, quantise pass, a speed by chip',
  tiles: WIDE,
  padded: true,
  norm: 4,
  terms: all('mRamp'),
  scope: keptScope,
}

/** What the kept form is compared with: each drops, adds or shares one thing. */
export const RIVALS: readonly GemmForm[] = [
  {
    ...KEPT,
    name: 'core before: max, 128x256, no quantise pass',
    tiles: [[128, 256]],
    padded: false,
    norm: Infinity,
    terms: all('mRamp', 'quantiseShare', 'speed'),
    scope: generation,
  },
  { ...KEPT, name: 'no quantise pass', terms: all('mRamp', 'quantiseShare') },
  { ...KEPT, name: 'max in place of norm 4', norm: Infinity },
  { ...KEPT, name: 'norm 2', norm: 2 },
  { ...KEPT, name: 'no wave term', terms: all('mRamp', 'waveExponent') },
  { ...KEPT, name: 'no k ramp', terms: all('mRamp', 'kRamp') },
  { ...KEPT, name: 'no launch', terms: all('mRamp', 'launch') },
  { ...KEPT, name: 'and an m ramp', terms: all() },
  { ...KEPT, name: 'tile 128x256, not padded', tiles: [[128, 256]], padded: false },
  { ...KEPT, name: 'tile 128x128', tiles: [[128, 128]] },
  { ...KEPT, name: 'better of three tiles', tiles: [...WIDE, [128, 128]] },
  { ...KEPT, name: 'two-core tile 256x256', tiles: [[256, 256]] },
  {
    ...KEPT,
    name: 'memory share by precision',
    scope: (t, s) => (t === 'memoryShare' ? family(t, s) : keptScope(t, s)),
  },
  {
    ...KEPT,
    name: 'quantise share by family',
    scope: (t, s) => (t === 'quantiseShare' ? family(t, s) : keptScope(t, s)),
  },
  { ...KEPT, name: 'one speed a family', terms: all('mRamp', 'speed') },
  {
    ...KEPT,
    name: 'shares by chip and precision',
    terms: all('mRamp', 'speed'),
    scope: (t, s) => (t === 'share' ? own(t, s) : keptScope(t, s)),
  },
  { ...KEPT, name: 'all by chip and precision', terms: all('mRamp', 'speed'), scope: own },
  { ...KEPT, name: 'k ramp by precision', scope: (t, s) => (t === 'kRamp' ? `${t}:${s.precision}` : keptScope(t, s)) },
  {
    ...KEPT,
    name: 'wave exponent by family',
    scope: (t, s) => (t === 'waveExponent' ? generation(t, s) : keptScope(t, s)),
  },
]

const start = (key: string): number => GEMM_START[key.split(':')[0] as GemmTerm]

function valuesOf(keys: readonly string[], fitted: ReadonlyMap<string, number>): Float64Array {
  return Float64Array.from(keys, (key) => fitted.get(key) as number)
}

/**
 * Held-out errors of a form: fitted on the weight shapes that `fitted` keeps, measured on those that `measured` keeps.
 * Forms are compared on one part of the shapes; the error that is reported is that of the kept form on another.
 */
export function scoreForm(form: GemmForm, sets: readonly GemmSamples[], split: Split): GemmScore {
  const parts = sets.map((samples) => ({
    ...gemmPart(form, samples),
    use: training(samples.groups, (group) => !split.fitted(group)),
  }))
  const fitted = fitConstants(parts, start)
  const errors = sets.map((samples, i): GemmErrors => {
    const part = parts[i] as (typeof parts)[number]
    const out = new Float64Array(part.count)
    part.residuals(valuesOf(part.keys, fitted), out)
    return summariseSet(samples, out, (row) => split.measured(samples.groups[row] as number))
  })
  return {
    form: form.name,
    constants: fitted.size,
    sets: errors,
    all: errors.reduce((sum, set) => sum + set.all.mean, 0) / errors.length,
    training: errors.reduce((sum, set) => sum + set.training.mean, 0) / errors.length,
  }
}

/** Errors of one set on the samples that `held` keeps. */
export function summariseSet(
  samples: GemmSamples,
  residuals: Float64Array,
  held: (row: number) => boolean,
): GemmErrors {
  return {
    chip: samples.chip.table,
    precision: samples.precision,
    all: summarise(residuals, held),
    training: summarise(residuals, (row) => held(row) && (samples.m[row] as number) >= TRAINING_ROWS),
  }
}

/** Constants of the kept form on all samples, with their spread. */
export function fitGemms(sets: readonly GemmSamples[]): ReadonlyMap<string, Constant> {
  return fitWithSpread(
    sets.map((samples) => gemmPart(KEPT, samples)),
    start,
  )
}

/** Constants of a dense product on a chip. */
export type DenseConstants = (chip: string, precision: Precision) => Readonly<Record<GemmTerm, number>>

/** Constants of the kept form by chip and precision. */
export function denseConstants(sets: readonly GemmSamples[], fitted: ReadonlyMap<string, Constant>): DenseConstants {
  return (chip, precision) => {
    const samples = sets.find((set) => set.chip.table === chip && set.precision === precision)
    if (samples === undefined) throw new Error(`no products of ${chip} in ${precision}`)
    const values = TERMS.map((term) => {
      const scope = keptScope(term, samples)
      return [term, typeof scope === 'number' ? scope : (fitted.get(scope)?.value ?? Number.NaN)]
    })
    return Object.fromEntries(values) as Record<GemmTerm, number>
  }
}

/** Forms of the time of a matrix product. */

import { OPERAND_BYTES, QUANTISE_BYTES, RESULT_BYTES } from './chips.ts'
import type { GemmSamples } from './gemm-samples.ts'
import type { GroupedPart } from './spread.ts'

export type GemmTerm =
  | 'share'
  | 'launch'
  | 'memoryShare'
  | 'kRamp'
  | 'waveExponent'
  | 'quantiseShare'
  | 'mRamp'
  | 'speed'

export interface GemmForm {
  readonly name: string
  /** Tiles of which the better is taken for each shape. */
  readonly tiles: readonly (readonly [number, number])[]
  /** Whether a partly filled tile costs as much as a full one. */
  readonly padded: boolean
  /** Exponent of the norm that joins compute and memory; infinite for the maximum. */
  readonly norm: number
  readonly terms: ReadonlySet<GemmTerm>
  /** Constants that sets share: the key of a term for a set, or a number that is not fitted. */
  readonly scope: (term: GemmTerm, samples: GemmSamples) => string | number
}

export const GEMM_START: Readonly<Record<GemmTerm, number>> = {
  share: 0.7,
  launch: 4e-6,
  memoryShare: 0.7,
  kRamp: 150,
  waveExponent: 0.3,
  quantiseShare: 0.6,
  mRamp: 30,
  speed: 1,
}

/** What a term is worth where a form leaves it out. */
const ABSENT: Readonly<Record<GemmTerm, number>> = {
  share: 1,
  launch: 0,
  memoryShare: 1,
  kRamp: 0,
  waveExponent: 0,
  quantiseShare: Number.POSITIVE_INFINITY,
  mRamp: 0,
  speed: 1,
}

/** Time with whole waves of tiles over the time with all cores busy: the least over the tiles. */
export function waveFactor(
  m: number,
  n: number,
  cores: number,
  tiles: GemmForm['tiles'],
  padded: boolean,
  groups = 1,
): number {
  let least = Number.POSITIVE_INFINITY
  for (const [rows, columns] of tiles) {
    const count = Math.ceil(m / rows) * Math.ceil(n / columns) * groups
    const waves = Math.ceil(count / cores)
    const useful = padded ? (m * n * groups) / (rows * columns) : count
    least = Math.min(least, (waves * cores) / useful)
  }
  return least
}

export const TERMS: readonly GemmTerm[] = [
  'share',
  'launch',
  'memoryShare',
  'kRamp',
  'waveExponent',
  'quantiseShare',
  'mRamp',
  'speed',
]

/** Seconds of a product from its parts: what core computes. */
export function joinTimes(compute: number, memory: number, norm: number): number {
  if (!Number.isFinite(norm)) return Math.max(compute, memory)
  const [large, small] = compute > memory ? [compute, memory] : [memory, compute]
  return large * (1 + (small / large) ** norm) ** (1 / norm)
}

/** Residuals of a form on a set. */
export function gemmPart(form: GemmForm, samples: GemmSamples): GroupedPart {
  const { chip, precision, m, n, k, seconds, groups } = samples
  const peak = chip.peak[precision] ?? Number.NaN
  const scopes = TERMS.map((term) => {
    const absent = !form.terms.has(term) || (term === 'quantiseShare' && QUANTISE_BYTES[precision] === 0)
    return absent ? ABSENT[term] : form.scope(term, samples)
  })
  const keys = scopes.filter((scope) => typeof scope === 'string')
  const ideal = m.map((rows, i) => (2 * rows * (n[i] as number) * (k[i] as number)) / peak)
  const wave = m.map((rows, i) => Math.log(waveFactor(rows, n[i] as number, chip.cores, form.tiles, form.padded)))
  const memory = m.map((rows, i) => {
    const operands = OPERAND_BYTES[precision] * (rows + (n[i] as number)) * (k[i] as number)
    return (operands + RESULT_BYTES * rows * (n[i] as number)) / chip.bandwidth
  })
  const quantise = m.map((rows, i) => (QUANTISE_BYTES[precision] * rows * (k[i] as number)) / chip.bandwidth)
  return {
    keys,
    groups,
    count: m.length,
    residuals(values, out) {
      let next = 0
      const [share, launch, memoryShare, kRamp, waveExponent, quantiseShare, mRamp, speed] = scopes.map((scope) =>
        typeof scope === 'string' ? (values[next++] as number) : scope,
      ) as [number, number, number, number, number, number, number, number]
      for (let i = 0; i < m.length; i++) {
        const fill = (1 + kRamp / (k[i] as number)) * (1 + mRamp / (m[i] as number))
        const compute = ((ideal[i] as number) / (share * speed)) * fill * Math.exp((wave[i] as number) * waveExponent)
        const body = joinTimes(compute, (memory[i] as number) / memoryShare, form.norm)
        out[i] = Math.log((launch + body + (quantise[i] as number) / quantiseShare) / (seconds[i] as number))
      }
    },
  }
}

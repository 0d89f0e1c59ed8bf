/** What long products keep of the speed of short ones: the clock falls once power is drawn for tens of milliseconds. */

import { type ErrorSummary, summarise } from './errors.ts'
import { KEPT } from './gemm.ts'
import { gemmPart } from './gemm-form.ts'
import type { GemmSamples } from './gemm-samples.ts'
import type { Constant } from './spread.ts'

/** Seconds of a long product, and the band of short ones that it is compared with. */
const LONG = 10e-3
const SHORT = [0.1e-3, 1e-3] as const

export interface Sustained {
  readonly chip: string
  readonly precision: string
  readonly samples: number
  /** Median speed of long products over that of short ones, each against the fit. */
  readonly share: number
}

/** By chip and precision, from all samples of the tables. */
export function sustainedShares(
  sets: readonly GemmSamples[],
  constants: ReadonlyMap<string, Constant>,
): readonly Sustained[] {
  return sets.map((samples) => {
    const part = gemmPart(KEPT, samples)
    const out = new Float64Array(part.count)
    part.residuals(
      Float64Array.from(part.keys, (key) => constants.get(key)?.value ?? Number.NaN),
      out,
    )
    const within = (from: number, to: number): ErrorSummary =>
      summarise(out, (i) => {
        const seconds = samples.seconds[i] as number
        return seconds >= from && seconds < to
      })
    const long = within(LONG, Number.POSITIVE_INFINITY)
    const short = within(...SHORT)
    return {
      chip: samples.chip.table,
      precision: samples.precision,
      samples: long.samples,
      share: Math.exp(long.bias - short.bias),
    }
  })
}

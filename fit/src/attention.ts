/** Fused attention: shares of the peak, and what shape costs. */

import { longestTile, workedPairs } from './attention-form.ts'
import type { AttentionSamples } from './attention-samples.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import { fitConstants } from './robust-fit.ts'
import { TEST_GROUP, training } from './split.ts'
import { type Constant, fitWithSpread, type GroupedPart } from './spread.ts'

export interface AttentionOptions {
  /** Keys of work that each query costs beside those in sight. */
  readonly extraKeys: number
  /** Whether the last tiles are waited for. */
  readonly tail: boolean
  /** Whether the embedding and cache writing that the tables include are told apart from the kernel. */
  readonly preparation: boolean
  /** Whether head widths have shares of their own. */
  readonly widths: boolean
}

const START: Readonly<Record<string, number>> = { share: 0.6, launch: 12e-6, tail: 0.5, passes: 2, width: 0.9 }
const USUAL_WIDTH = 128

export const start = (key: string): number => START[key.split(':')[0] as string] as number

/** Residuals of attention on a set; `label` sets apart constants of another kernel. */
export function attentionPart(samples: AttentionSamples, options: AttentionOptions, label: string): GroupedPart {
  const { chip, precision, rows } = samples
  const peak = (chip.peak[precision] ?? Number.NaN) as number
  const own = `${label}:${chip.ultra ? 'ultra' : chip.family}`
  const family = `${label}:${chip.family}`
  const widths = options.widths
    ? [...new Set(rows.map((row) => row.keyWidth))].filter((width) => width !== USUAL_WIDTH && label !== 'latent')
    : []
  const keys = [
    `share:${own}`,
    `launch:${family}`,
    ...(options.tail ? [`tail:${label}`] : []),
    ...(options.preparation ? [`passes:${family}`] : []),
    ...widths.map((width) => `width:${family}:${width}`),
  ]
  const flops = rows.map((row) => 2 * (row.keyWidth + row.valueWidth))
  const worked = rows.map((row) => workedPairs({ ...row, causal: true }, options.extraKeys))
  const longest = rows.map((row) => chip.cores * longestTile({ ...row, causal: true }))
  const place = rows.map((row) => widths.indexOf(row.keyWidth))
  return {
    keys,
    groups: rows.map((row) => row.group),
    count: rows.length,
    residuals(values, out) {
      let next = 2
      const [share, launch] = values as unknown as [number, number]
      const tail = options.tail ? (values[next++] as number) : 0
      const passes = options.preparation ? (values[next++] as number) : 0
      rows.forEach((row, i) => {
        const at = place[i] as number
        const reached = peak * share * (at < 0 ? 1 : (values[next + at] as number))
        const work = ((worked[i] as number) + tail * (longest[i] as number)) * (flops[i] as number)
        const seconds = launch + work / reached + (passes * row.bytes) / chip.bandwidth
        out[i] = Math.log(seconds / row.seconds)
      })
    },
  }
}

export interface AttentionErrors {
  readonly chip: string
  readonly all: ErrorSummary
  readonly training: ErrorSummary
}

/** Held-out errors by head layout: all samples, and sequences from 2,048 with 8 heads in the batch or more. */
export function scoreAttention(
  sets: readonly AttentionSamples[],
  options: AttentionOptions,
  label: string,
): readonly AttentionErrors[] {
  const parts = sets.map((samples) => {
    const part = attentionPart(samples, options, label)
    return { ...part, use: training(part.groups, TEST_GROUP) }
  })
  const fitted = fitConstants(parts, start)
  return sets.map((samples, s) => {
    const part = parts[s] as (typeof parts)[number]
    const out = new Float64Array(part.count)
    part.residuals(
      Float64Array.from(part.keys, (key) => fitted.get(key) as number),
      out,
    )
    const held = (i: number) => part.use[i] === 0
    const large = (i: number) => {
      const row = samples.rows[i] as AttentionSamples['rows'][number]
      return held(i) && row.sequence >= 2048 && row.batch * row.heads >= 8
    }
    return { chip: samples.chip.table, all: summarise(out, held), training: summarise(out, large) }
  })
}

export function fitAttention(
  sets: readonly AttentionSamples[],
  options: AttentionOptions,
  label: string,
): ReadonlyMap<string, Constant> {
  return fitWithSpread(
    sets.map((samples) => attentionPart(samples, options, label)),
    start,
  )
}

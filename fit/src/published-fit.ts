/** Shares and per-query work of training attention kernels, from published speeds. */

import { longestTile, workedPairs } from './attention-form.ts'
import { type ErrorSummary, summarise } from './errors.ts'
import {
  PUBLISHED_ATTENTION,
  PUBLISHED_HIDDEN,
  PUBLISHED_SEQUENCES,
  PUBLISHED_TOKENS,
  type PublishedAttention,
} from './published-attention.ts'
import { fitConstants } from './robust-fit.ts'
import type { GroupedPart } from './spread.ts'

const PEAK = { A100: 312, H100: 989.4 } as const
const CORES = { A100: 108, H100: 132 } as const
/** Share of the longest tile that is waited for, as the tables show. */
export const TAIL = 0.5

function name({ kernel, chip, pass, width }: PublishedAttention): string {
  return `${kernel} ${chip} ${pass} ${width}`
}

function part(row: PublishedAttention): GroupedPart {
  const heads = PUBLISHED_HIDDEN / row.width
  return {
    keys: [`share:${name(row)}`, 'extra'],
    groups: PUBLISHED_SEQUENCES,
    count: PUBLISHED_SEQUENCES.length,
    residuals(values, out) {
      PUBLISHED_SEQUENCES.forEach((sequence, i) => {
        const { causal } = row
        const shape = { batch: PUBLISHED_TOKENS / sequence, heads, sequence, window: sequence, causal }
        const seen = shape.batch * heads * sequence * sequence * (causal ? 0.5 : 1)
        const worked = workedPairs(shape, values[1] as number) + TAIL * CORES[row.chip] * longestTile(shape)
        const speed = (PEAK[row.chip] * (values[0] as number) * seen) / worked
        out[i] = Math.log((row.tflops[i] as number) / speed)
      })
    },
  }
}

export interface PublishedFit {
  readonly constants: ReadonlyMap<string, number>
  readonly errors: ErrorSummary
}

/** One share a kernel, chip, pass and width; one count of extra keys for all. */
export function fitPublished(): PublishedFit {
  const parts = PUBLISHED_ATTENTION.map(part)
  const constants = fitConstants(parts, (key) => (key.startsWith('share') ? 0.6 : 200))
  const residuals = parts.flatMap((one) => {
    const out = new Float64Array(one.count)
    one.residuals(
      Float64Array.from(one.keys, (key) => constants.get(key) as number),
      out,
    )
    return [...out]
  })
  return { constants, errors: summarise(residuals) }
}

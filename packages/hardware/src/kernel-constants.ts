/** Measured constants of a chip's kernels as a profile carries them; the forms that they stand in are core's. */

import * as z from 'zod'
import { PRECISIONS, type Precision } from './profile.ts'
import { quantity } from './quantity-schema.ts'

/**
 * Matrix products: T = launch + ‖2·m·n·k·(1 + kRamp/k)·waves^waveExponent / (peak·share), bytes / (bandwidth·memoryShare)‖₄,
 * waves = ⌈tiles/cores⌉·cores·(elements of a tile)/(m·n), the better of tiles of 128×256 and 256×128.
 */
export interface GemmConstants {
  /** Share of the dense peak that large products reach. */
  readonly share: number
  /** Seconds a kernel takes however small it is. */
  readonly launch: number
  /** Share of the memory bandwidth that operands reach. */
  readonly memoryShare: number
  /** Inner dimension at which the pipeline's filling costs as much as the product. */
  readonly kRamp: number
  readonly waveExponent: number
}

/** Fused attention: share of the bf16 peak forward and backward where every core works on keys in sight. */
export interface AttentionConstants {
  readonly forward: number
  readonly backward: number
  /** Keys that each query costs beside those in sight: prologue, epilogue, rescaling. */
  readonly extraKeys: number
  /** Part of the longest tile that the other cores wait for. */
  readonly tail: number
  /** Heads narrower than 128 reach (width/128)^widthExponent of the share: exponentials do not shrink with the width. */
  readonly widthExponent: number
}

/** Fused attention kernels: the newest of the vendor, and FlashAttention 1 and 2. */
const FUSED_ATTENTION = ['flash', 'flash-1', 'flash-2'] as const
type FusedAttention = (typeof FUSED_ATTENTION)[number]

/** Constants that somebody measured on a chip; those of its family stand wherever one is absent. */
export interface KernelConstants {
  /** By number format of the operands. */
  readonly gemm?: Readonly<Partial<Record<Precision, Partial<GemmConstants>>>>
  readonly attention?: Readonly<Partial<Record<FusedAttention, Partial<AttentionConstants>>>>
  /** Share of the memory bandwidth that pointwise kernels reach. */
  readonly pointwise?: number
  /** Share of its cool speed that the chip keeps in sustained training, by number format. */
  readonly sustained?: Readonly<Partial<Record<Precision, number>>>
}

const share = (describe: string) => quantity('fraction', { exclusiveMin: 0, max: 1, describe }).optional()
const count = (max: number, describe: string) => quantity('count', { min: 0, max, describe }).optional()

const gemm = z.strictObject({
  share: share('Of the dense peak, in large products'),
  launch: quantity('time', { min: 0, max: 1e-3, describe: 'A kernel however small' }).optional(),
  memoryShare: share('Of the memory bandwidth, by operands'),
  kRamp: count(1e4, 'Inner dimension at which filling the pipeline costs as much as the product'),
  waveExponent: count(2, 'Of the time in whole waves of tiles over the time with all cores busy'),
})

const attention = z.strictObject({
  forward: share('Of the dense bf16 peak, forward'),
  backward: share('Of the dense bf16 peak, backward'),
  extraKeys: count(1e4, 'Keys that each query costs beside those in sight'),
  tail: count(10, 'Part of the longest tile that the other cores wait for'),
  widthExponent: count(2, 'Of the share of heads narrower than 128'),
})

function optionalKeys<K extends string, S extends z.ZodType>(keys: readonly K[], schema: S): z.ZodObject {
  return z.strictObject(Object.fromEntries(keys.map((key) => [key, schema.optional()])))
}

/** Schema of a profile's kernel constants. */
export const kernelConstants = z
  .strictObject({
    gemm: optionalKeys(PRECISIONS, gemm).optional(),
    attention: optionalKeys(FUSED_ATTENTION, attention).optional(),
    pointwise: share('Of the memory bandwidth, by pointwise kernels'),
    sustained: optionalKeys(PRECISIONS, share('Of the cool speed, kept in sustained training')).optional(),
  })
  .describe('Measured constants of kernels, over those of the family')

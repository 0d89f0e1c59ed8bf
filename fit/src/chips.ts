/** Chips of the tables: peaks and bandwidths that shares are stated against. */

export type Precision = 'bf16' | 'fp8' | 'fp8-block' | 'nvfp4'
export type Family = 'ampere' | 'hopper' | 'blackwell'

/** Chip of each family that the speed of the others is stated against. */
export const REFERENCE: Readonly<Record<Family, string>> = {
  ampere: 'a100_sxm',
  hopper: 'h100_sxm',
  blackwell: 'b200_sxm',
}

export interface MeasuredChip {
  /** Name in the file names. */
  readonly table: string
  readonly family: Family
  /** Blackwell Ultra: faster 4-bit products and exponentials. */
  readonly ultra?: boolean
  readonly cores: number
  /** Bytes/s of the memory. */
  readonly bandwidth: number
  /** Dense FLOP/s. */
  readonly peak: Readonly<Partial<Record<Precision, number>>>
}

const hopper = {
  family: 'hopper',
  cores: 132,
  peak: { bf16: 989.4e12, fp8: 1978.9e12, 'fp8-block': 1978.9e12 },
} as const

export const CHIPS: readonly MeasuredChip[] = [
  { table: 'a100_sxm', family: 'ampere', cores: 108, bandwidth: 2.039e12, peak: { bf16: 312e12 } },
  { table: 'h100_sxm', bandwidth: 3.35e12, ...hopper },
  { table: 'h200_sxm', bandwidth: 4.8e12, ...hopper },
  {
    table: 'b200_sxm',
    family: 'blackwell',
    cores: 148,
    bandwidth: 8e12,
    peak: { bf16: 2250e12, fp8: 4500e12, 'fp8-block': 4500e12, nvfp4: 9000e12 },
  },
  {
    table: 'b300_sxm',
    family: 'blackwell',
    ultra: true,
    cores: 148,
    bandwidth: 7.75e12,
    peak: { bf16: 2250e12, fp8: 4500e12, 'fp8-block': 4500e12, nvfp4: 14000e12 },
  },
  {
    table: 'gb200',
    family: 'blackwell',
    cores: 152,
    bandwidth: 8e12,
    peak: { bf16: 2500e12, fp8: 5000e12, 'fp8-block': 5000e12, nvfp4: 10000e12 },
  },
  {
    table: 'gb300',
    family: 'blackwell',
    ultra: true,
    cores: 152,
    bandwidth: 8e12,
    peak: { bf16: 2500e12, fp8: 5000e12, 'fp8-block': 5000e12, nvfp4: 15000e12 },
  },
]

/** Bytes of an operand's element in a precision, block scales included. */
export const OPERAND_BYTES: Readonly<Record<Precision, number>> = { bf16: 2, fp8: 1, 'fp8-block': 1, nvfp4: 0.5625 }

/** Results are written in 16 bits. */
export const RESULT_BYTES = 2

/**
 * Bytes that quantising one element of the left operand moves: 16 bits read and the low format written; per-tensor
 * scales need the largest element first, so they read it twice.
 */
export const QUANTISE_BYTES: Readonly<Record<Precision, number>> = { bf16: 0, fp8: 5, 'fp8-block': 3, nvfp4: 2.5625 }

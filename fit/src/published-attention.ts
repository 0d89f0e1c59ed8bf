/**
 * Published speeds of attention kernels without the rotary embedding and cache writing that inference adds, TFLOP/s of
 * the products in sight (causal: half). 16,384 tokens a batch, heads · width = 2,048.
 *
 * Sources: FlashAttention-2 (arXiv:2307.08691) and FlashAttention-3 (arXiv:2407.08608) and the charts of
 * github.com/Dao-AILab/flash-attention at 0251105.
 */

export interface PublishedAttention {
  readonly kernel: 'FlashAttention-2' | 'FlashAttention-3' | 'cuDNN 9'
  readonly chip: 'A100' | 'H100'
  readonly pass: 'forward' | 'backward' | 'both'
  readonly causal: boolean
  readonly width: number
  /** By sequence: 512, 1024, … 16384. */
  readonly tflops: readonly number[]
}

export const PUBLISHED_SEQUENCES: readonly number[] = [512, 1024, 2048, 4096, 8192, 16384]
export const PUBLISHED_TOKENS = 16384
export const PUBLISHED_HIDDEN = 2048

const fa2 = 'FlashAttention-2'
const fa3 = 'FlashAttention-3'

export const PUBLISHED_ATTENTION: readonly PublishedAttention[] = [
  { kernel: fa2, chip: 'A100', pass: 'both', causal: false, width: 64, tflops: [132, 153, 162, 171, 175, 176] },
  { kernel: fa2, chip: 'A100', pass: 'both', causal: false, width: 128, tflops: [151, 173, 187, 196, 201, 203] },
  { kernel: fa2, chip: 'A100', pass: 'both', causal: true, width: 64, tflops: [88, 119, 140, 156, 165, 171] },
  { kernel: fa2, chip: 'A100', pass: 'both', causal: true, width: 128, tflops: [99, 133, 155, 173, 182, 189] },
  { kernel: fa2, chip: 'H100', pass: 'both', causal: true, width: 128, tflops: [163, 221, 265, 294, 308, 328] },
  { kernel: fa2, chip: 'H100', pass: 'backward', causal: false, width: 128, tflops: [214, 260, 291, 310, 318, 322] },
  { kernel: fa3, chip: 'H100', pass: 'forward', causal: false, width: 64, tflops: [333, 392, 460, 476, 496, 497] },
  { kernel: fa3, chip: 'H100', pass: 'forward', causal: true, width: 64, tflops: [197, 265, 371, 420, 460, 473] },
  { kernel: fa3, chip: 'H100', pass: 'forward', causal: false, width: 128, tflops: [467, 565, 625, 638, 646, 648] },
  { kernel: fa3, chip: 'H100', pass: 'forward', causal: true, width: 128, tflops: [292, 423, 521, 579, 602, 616] },
  { kernel: fa3, chip: 'H100', pass: 'forward', causal: true, width: 256, tflops: [286, 427, 537, 612, 628, 642] },
  { kernel: fa3, chip: 'H100', pass: 'backward', causal: false, width: 64, tflops: [272, 363, 422, 453, 472, 474] },
  { kernel: fa3, chip: 'H100', pass: 'backward', causal: false, width: 128, tflops: [316, 424, 501, 542, 559, 561] },
  {
    kernel: 'cuDNN 9',
    chip: 'H100',
    pass: 'forward',
    causal: true,
    width: 128,
    tflops: [315, 410, 484, 518, 529, 539],
  },
  {
    kernel: 'cuDNN 9',
    chip: 'H100',
    pass: 'backward',
    causal: false,
    width: 128,
    tflops: [305, 408, 465, 499, 518, 516],
  },
]

/**
 * Forward and backward of one kernel stack on the same shapes, TFLOP/s of the products in sight; causal, width 128,
 * one sequence a batch. Source: MooreThreads/SimuMax at 4dcaae5, system files b200_bf16_ceperm and a100_pcie, whose
 * FLOPs count the full square: halved here.
 */
export interface PublishedPair {
  readonly chip: 'B200' | 'A100-PCIe'
  readonly sequence: number
  readonly heads: number
  readonly forward: number
  readonly backward: number
}

export const PUBLISHED_PAIRS: readonly PublishedPair[] = [
  { chip: 'B200', sequence: 4096, heads: 8, forward: 349, backward: 741 },
  { chip: 'B200', sequence: 4096, heads: 16, forward: 651, backward: 850 },
  { chip: 'B200', sequence: 4096, heads: 32, forward: 823, backward: 896 },
  { chip: 'B200', sequence: 4096, heads: 64, forward: 980, backward: 821 },
  { chip: 'B200', sequence: 4096, heads: 128, forward: 1121, backward: 936 },
  { chip: 'B200', sequence: 32768, heads: 16, forward: 1311, backward: 981 },
  { chip: 'B200', sequence: 131072, heads: 16, forward: 1112, backward: 930 },
  { chip: 'A100-PCIe', sequence: 4096, heads: 8, forward: 123, backward: 119 },
  { chip: 'A100-PCIe', sequence: 4096, heads: 16, forward: 154, backward: 139 },
  { chip: 'A100-PCIe', sequence: 4096, heads: 32, forward: 174, backward: 151 },
  { chip: 'A100-PCIe', sequence: 4096, heads: 64, forward: 185, backward: 157 },
]

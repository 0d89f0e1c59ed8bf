/** Speed of backward attention over forward: five products for two, of the same kernel stack. */

import type { PublishedPair } from './published-attention.ts'
import { PUBLISHED_PAIRS } from './published-attention.ts'

/** Kernels that publish both passes at a width. */
const STACKS: readonly (readonly [name: string, backward: string, forward: string])[] = [
  ['FlashAttention-3 H100 128', 'FlashAttention-3 H100 backward 128', 'FlashAttention-3 H100 forward 128'],
  ['FlashAttention-3 H100 64', 'FlashAttention-3 H100 backward 64', 'FlashAttention-3 H100 forward 64'],
  ['cuDNN 9 H100 128', 'cuDNN 9 H100 backward 128', 'cuDNN 9 H100 forward 128'],
]

/** Heads from which all cores have work. */
const ENOUGH_HEADS = 32

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Ratio of the shares of the peak, by chip and kernel. */
export function backwardRatios(published: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const ratios = new Map(
    STACKS.map(([name, backward, forward]) => [
      name,
      (published.get(`share:${backward}`) as number) / (published.get(`share:${forward}`) as number),
    ]),
  )
  const forward = (published.get('share:FlashAttention-2 H100 both 128') as number) * 3.5
  const backward = published.get('share:FlashAttention-2 H100 backward 128') as number
  // Both passes: 3.5 / (1 / forward + 2.5 / backward).
  ratios.set('FlashAttention-2 H100 128', backward * (3.5 / (forward / 3.5) - 2.5 / backward))
  for (const chip of new Set(PUBLISHED_PAIRS.map((pair) => pair.chip))) {
    const pairs = PUBLISHED_PAIRS.filter((pair) => pair.chip === chip && worksAll(pair))
    ratios.set(`cuDNN by SimuMax ${chip} 128`, median(pairs.map((pair) => pair.backward / pair.forward)))
  }
  return ratios
}

function worksAll({ heads, sequence }: PublishedPair): boolean {
  return heads >= ENOUGH_HEADS || sequence > 4096
}

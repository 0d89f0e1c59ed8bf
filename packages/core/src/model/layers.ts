import type { Architecture } from './architecture.ts'

/** Layers of one kind have the same operators and the same number of parameters. */
export interface LayerKind {
  readonly mixture: boolean
  /** Attends through the sliding window only. */
  readonly local: boolean
}

/** The kind of layer `index` (from 0; indices past the last layer are the multi-token-prediction layers). */
export function layerKind(model: Architecture, index: number): LayerKind {
  const { moe, slidingWindow: window } = model
  const mixture = moe !== null && index >= moe.firstDense && (index - moe.firstDense) % moe.every === moe.every - 1
  const local = window !== null && index % window.period < window.localPerPeriod
  return { mixture, local }
}

/** The four kinds in a fixed order, so that a stage can be written as four counts. */
export const LAYER_KINDS: readonly LayerKind[] = [
  { mixture: false, local: false },
  { mixture: false, local: true },
  { mixture: true, local: false },
  { mixture: true, local: true },
]

/** Index into `LAYER_KINDS`. */
export function kindIndex(kind: LayerKind): number {
  return (kind.mixture ? 2 : 0) + (kind.local ? 1 : 0)
}

/** How many layers of each kind the layers `from` (inclusive) to `to` (exclusive) hold. */
export function countKinds(model: Architecture, from: number, to: number): number[] {
  const counts = [0, 0, 0, 0]
  for (let layer = from; layer < to; layer++) {
    const kind = kindIndex(layerKind(model, layer))
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

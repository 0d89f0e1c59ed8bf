import type { Architecture } from '../model/architecture.ts'
import { countKinds } from '../model/layers.ts'
import type { LayerSplit } from '../scenario/scenario.ts'

/** What a pipeline stage holds: layers of each kind (order of `LAYER_KINDS`), and the parts at the ends. */
export interface Stage {
  readonly layers: number
  readonly kinds: readonly number[]
  readonly embedding: boolean
  readonly head: boolean
  readonly mtpLayers: number
  /** Index of the first stage that holds the same; its own where it is the first. */
  readonly twin: number
}

/**
 * Layers of each stage. With `first` and `last` the rest is shared evenly by the stages between; without, stages differ
 * by at most one layer and the first and last, which also hold embedding and head, are the first to go without.
 * Null where the given split does not add up to the model's layers.
 */
export function layersPerStage(layers: number, pp: number, split: LayerSplit): readonly number[] | null {
  if (split.stages !== undefined) {
    const sum = split.stages.reduce((a, b) => a + b, 0)
    return split.stages.length === pp && sum === layers ? split.stages : null
  }
  if (pp === 1) {
    const given = split.first ?? split.last ?? layers
    return given === layers ? [layers] : null
  }
  const { first, last } = split
  const ends = (first ?? 0) + (last ?? 0)
  const free = pp - (first === undefined ? 0 : 1) - (last === undefined ? 0 : 1)
  const rest = layers - ends
  if (rest < 0 || (free === 0 && rest !== 0)) return null
  if (free > 0 && ends > 0 && rest % free !== 0) return null
  const base = free === 0 ? 0 : Math.floor(rest / free)
  const order = Array.from({ length: pp }, (_, stage) => stage).filter(
    (stage) => !(stage === 0 && first !== undefined) && !(stage === pp - 1 && last !== undefined),
  )
  const ends2 = order.filter((stage) => stage === 0 || stage === pp - 1)
  const middle = order.filter((stage) => stage !== 0 && stage !== pp - 1)
  const longer = new Set([...middle, ...ends2.reverse()].slice(0, rest - base * free))
  return Array.from({ length: pp }, (_, stage) => {
    if (stage === 0 && first !== undefined) return first
    if (stage === pp - 1 && last !== undefined) return last
    return base + (longer.has(stage) ? 1 : 0)
  })
}

/**
 * Layers of chunk `chunk` of a stage: even, and where they are not, the first stage's first chunk and the last stage's
 * last chunk (which hold embedding and head) go short.
 */
export function chunkLayers(layers: number, vpp: number, chunk: number, lastStage: boolean): number {
  const base = Math.floor(layers / vpp)
  const longer = layers - base * vpp
  return base + (lastStage ? (chunk < longer ? 1 : 0) : chunk >= vpp - longer ? 1 : 0)
}

/** The stages of a pipeline with virtual stages interleaved: chunk c of stage i comes before chunk c of stage i + 1 and chunk c + 1 of stage 0. */
export function buildStages(model: Architecture, perStage: readonly number[], vpp: number): readonly Stage[] {
  const pp = perStage.length
  const kinds = perStage.map(() => [0, 0, 0, 0])
  let from = 0
  for (let chunk = 0; chunk < vpp; chunk++) {
    for (let stage = 0; stage < pp; stage++) {
      const to = from + chunkLayers(perStage[stage] ?? 0, vpp, chunk, stage === pp - 1)
      const counts = countKinds(model, from, to)
      const sum = kinds[stage]
      counts.forEach((count, kind) => {
        if (sum !== undefined) sum[kind] = (sum[kind] ?? 0) + count
      })
      from = to
    }
  }
  const mtp = countKinds(model, model.layers, model.layers + model.mtpLayers)
  const stages: Stage[] = []
  perStage.forEach((layers, index) => {
    const head = index === pp - 1
    const own = kinds[index] ?? []
    const embedding = index === 0
    const all = head ? own.map((count, kind) => count + (mtp[kind] ?? 0)) : own
    const same = embedding || head ? -1 : stages.findIndex((stage) => !stage.embedding && equalCounts(stage.kinds, all))
    stages.push({
      layers,
      kinds: all,
      embedding,
      head,
      mtpLayers: head ? model.mtpLayers : 0,
      twin: same < 0 ? index : same,
    })
  })
  return stages
}

function equalCounts(a: readonly number[], b: readonly number[]): boolean {
  return a.every((count, kind) => count === b[kind])
}

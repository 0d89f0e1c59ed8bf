import type { Architecture } from '../model/architecture.ts'
import { kindIndex, LAYER_KINDS, layerKind } from '../model/layers.ts'
import type { LayerSplit, Schedule } from '../scenario/scenario.ts'
import { chunkLayers, chunksOf, copiesOf, holdsEmbedding, holdsHead, isFolded, placeAt } from '../schedule/shape.ts'

/** What a pipeline stage holds: layers of each kind (order of `LAYER_KINDS`), and the parts at the ends. */
export interface Stage {
  /** The model's layers on it; of DualPipe's two copies one's. */
  readonly layers: number
  /** Those of all copies. */
  readonly kinds: readonly number[]
  readonly embedding: boolean
  readonly head: boolean
  readonly mtpLayers: number
}

/**
 * Layers of each stage, written to `out`. With `first` and `last` the rest is shared evenly by the stages between;
 * without, stages differ by at most one layer and the first and last, which also hold embedding and head, are the first
 * to go without. False where the given split does not add up to the model's layers.
 */
export function splitLayers(out: Int32Array, layers: number, pp: number, split: LayerSplit): boolean {
  const { first, last, stages } = split
  if (stages !== undefined) {
    if (stages.length !== pp) return false
    let sum = 0
    for (let i = 0; i < pp; i++) {
      out[i] = stages[i] ?? 0
      sum += out[i] ?? 0
    }
    return sum === layers
  }
  if (pp === 1) {
    out[0] = layers
    return (first ?? last ?? layers) === layers
  }
  const ends = (first ?? 0) + (last ?? 0)
  const free = pp - (first === undefined ? 0 : 1) - (last === undefined ? 0 : 1)
  const rest = layers - ends
  if (rest < 0 || (free === 0 && rest !== 0)) return false
  if (free > 0 && ends > 0 && rest % free !== 0) return false
  const base = free === 0 ? 0 : Math.floor(rest / free)
  const longer = rest - base * free
  const longerBetween = Math.min(longer, pp - 2)
  for (let i = 1; i <= longerBetween; i++) out[i] = base + 1
  for (let i = 1 + longerBetween; i < pp - 1; i++) out[i] = base
  const over = longer - longerBetween
  out[pp - 1] = last ?? base + (over > 0 ? 1 : 0)
  out[0] = first ?? base + (over > (last === undefined ? 1 : 0) ? 1 : 0)
  return true
}

/** Whether nothing is given: stages then differ by at most one layer. */
export function isEven({ first, last, stages }: LayerSplit): boolean {
  return first === undefined && last === undefined && stages === undefined
}

/** As `splitLayers`; null where the given split does not add up. */
export function layersPerStage(layers: number, pp: number, split: LayerSplit): readonly number[] | null {
  const perStage = new Int32Array(pp)
  return splitLayers(perStage, layers, pp, split) ? [...perStage] : null
}

/** The stages of a pipeline as columns, filled again for every layout of a model. */
export interface StageColumns {
  /** Layers of each kind before layer i, at 4·i + kind; multi-token-prediction layers last. */
  readonly before: Int32Array
  /** The kind of all layers; -1 where they are of several. */
  readonly onlyKind: number
  readonly mtpLayers: number
  /** Layers by stage; multi-token-prediction layers are not in it. */
  readonly layers: Int32Array
  /** Layers of each kind on the first stage of a run, at 4·stage + kind; multi-token-prediction layers are in it. */
  readonly kinds: Int32Array
  /** First layer, and layer after the last, of each chunk where a schedule passes every stage twice, at 2·(2·stage + chunk). */
  readonly spans: Int32Array
  /** First stage of each run of equal neighbours; the first and the last stage, with the model's ends, are their own. */
  readonly runs: Int32Array
  runCount: number
}

/** Columns for up to `most` stages. */
export function newStageColumns(model: Architecture, most: number): StageColumns {
  const all = model.layers + model.mtpLayers
  const before = new Int32Array(KINDS * (all + 1))
  for (let layer = 0; layer < all; layer++) {
    const kind = kindIndex(layerKind(model, layer))
    for (let k = 0; k < KINDS; k++)
      before[KINDS * (layer + 1) + k] = (before[KINDS * layer + k] ?? 0) + (k === kind ? 1 : 0)
  }
  return {
    before,
    onlyKind: LAYER_KINDS.findIndex((_, kind) => before[KINDS * all + kind] === all),
    mtpLayers: model.mtpLayers,
    layers: new Int32Array(most),
    kinds: new Int32Array(KINDS * most),
    spans: new Int32Array(4 * most),
    runs: new Int32Array(most),
    runCount: 0,
  }
}

const KINDS = LAYER_KINDS.length

/**
 * Finds the runs of equal stages from `layers`, whose chunks hold the model's layers in the order in which the schedule
 * passes them. The stages with the model's output hold the multi-token-prediction layers.
 */
export function fillStages(columns: StageColumns, pp: number, vpp: number, schedule: Schedule): void {
  const { layers, kinds, before, onlyKind, mtpLayers } = columns
  const all = before.length / KINDS - 1
  const mixed = onlyKind < 0 || isFolded(schedule)
  if (mixed) fillKinds(columns, pp, vpp, schedule)
  let runs = 0
  for (let stage = 0; stage < pp; stage++) {
    const own = stage <= 1 || stage === pp - 1
    if (mixed) {
      if (!own && layers[stage] === layers[stage - 1] && equalKinds(kinds, stage - 1, stage)) continue
    } else {
      if (!own && layers[stage] === layers[stage - 1]) continue
      for (let kind = 0; kind < KINDS; kind++)
        kinds[KINDS * stage + kind] = kind === onlyKind ? (layers[stage] ?? 0) : 0
    }
    columns.runs[runs++] = stage
  }
  columns.runCount = runs
  for (let stage = 0; stage < pp && mtpLayers > 0; stage++) {
    if (holdsHead(schedule, stage, pp)) addKinds(kinds, stage, before, all - mtpLayers, all)
  }
}

/** Fills the kinds of every stage, chunk by chunk. */
function fillKinds({ layers, kinds, spans, before }: StageColumns, pp: number, vpp: number, schedule: Schedule): void {
  for (let i = 0; i < KINDS * pp; i++) kinds[i] = 0
  const chunks = chunksOf(schedule, vpp)
  const copy = (pp * chunks) / copiesOf(schedule)
  let from = 0
  for (let step = 0; step < pp * chunks; step++) {
    if (step === copy) from = 0
    const place = placeAt(schedule, pp, chunks, step)
    const stage = Math.floor(place / chunks)
    const to = from + chunkLayers(schedule, layers, pp, chunks, stage, place - stage * chunks)
    addKinds(kinds, stage, before, from, to)
    if (chunks === 2) {
      spans[2 * place] = from
      spans[2 * place + 1] = to
    }
    from = to
  }
}

/** Layers of a kind on a chunk, where a schedule passes every stage twice. */
export function chunkKind({ spans, before }: StageColumns, place: number, kind: number): number {
  return (
    (before[KINDS * (spans[2 * place + 1] ?? 0) + kind] ?? 0) - (before[KINDS * (spans[2 * place] ?? 0) + kind] ?? 0)
  )
}

/** Multi-token-prediction layers of a kind. */
export function extraKind({ before, mtpLayers }: StageColumns, kind: number): number {
  const all = before.length / KINDS - 1
  return (before[KINDS * all + kind] ?? 0) - (before[KINDS * (all - mtpLayers) + kind] ?? 0)
}

function addKinds(kinds: Int32Array, stage: number, before: Int32Array, from: number, to: number): void {
  for (let kind = 0; kind < KINDS; kind++) {
    const at = KINDS * stage + kind
    kinds[at] = (kinds[at] ?? 0) + (before[KINDS * to + kind] ?? 0) - (before[KINDS * from + kind] ?? 0)
  }
}

function equalKinds(kinds: Int32Array, a: number, b: number): boolean {
  for (let kind = 0; kind < KINDS; kind++) if (kinds[KINDS * a + kind] !== kinds[KINDS * b + kind]) return false
  return true
}

/** The stages that `fillStages` makes, one by one. */
export function buildStages(
  model: Architecture,
  perStage: readonly number[],
  vpp: number,
  schedule: Schedule,
): readonly Stage[] {
  const pp = perStage.length
  const columns = newStageColumns(model, pp)
  columns.layers.set(perStage)
  fillStages(columns, pp, vpp, schedule)
  const { runs, runCount } = columns
  return perStage.map((layers, stage) => {
    const first = KINDS * (runs.subarray(0, runCount).findLast((start) => start <= stage) ?? 0)
    const head = holdsHead(schedule, stage, pp)
    return {
      layers,
      kinds: [...columns.kinds.subarray(first, first + KINDS)],
      embedding: holdsEmbedding(schedule, stage, pp),
      head,
      mtpLayers: head ? model.mtpLayers : 0,
    }
  })
}

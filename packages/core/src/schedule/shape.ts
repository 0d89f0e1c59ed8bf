/** What a schedule makes of a stage: how often a micro-batch passes it, how many copies it holds, where the model's ends lie. */

import type { Schedule } from '../scenario/scenario.ts'

/** Schedules that pass every stage twice: down the pipeline through chunk 0, back through chunk 1. */
export function isFolded(schedule: Schedule): boolean {
  return schedule === 'zb-v' || schedule === 'dualpipe' || schedule === 'dualpipe-v'
}

/** Schedules whose stages run a forward of one chunk and a backward of the other together (DeepSeek-AI 2024, arXiv:2412.19437). */
export function runsPairs(schedule: Schedule): boolean {
  return schedule === 'dualpipe' || schedule === 'dualpipe-v'
}

/** Chunks that a stage holds. */
export function chunksOf(schedule: Schedule, vpp: number): number {
  if (isFolded(schedule)) return 2
  return schedule === 'interleaved' ? vpp : 1
}

/** Copies of the model on one pipeline: DualPipe's two run in opposite directions, each with half of the micro-batches. */
export function copiesOf(schedule: Schedule): number {
  return schedule === 'dualpipe' ? 2 : 1
}

/** Whether a stage holds the input embedding (a V begins and ends on the first stage; of two copies each end has one). */
export function holdsEmbedding(schedule: Schedule, stage: number, stages: number): boolean {
  return stage === 0 || (schedule === 'dualpipe' && stage === stages - 1)
}

/** Whether a stage holds the output matrix and the loss. */
export function holdsHead(schedule: Schedule, stage: number, stages: number): boolean {
  if (!isFolded(schedule)) return stage === stages - 1
  return holdsEmbedding(schedule, stage, stages)
}

/** Whether the model's first layer lies on a chunk of a schedule that passes every stage twice. */
export function opensModel(schedule: Schedule, place: number, stages: number): boolean {
  return place === 0 || (schedule === 'dualpipe' && place === 2 * stages - 1)
}

/** Whether the model's last layer lies on a chunk of a schedule that passes every stage twice. */
export function closesModel(schedule: Schedule, place: number, stages: number): boolean {
  return place === 1 || (schedule === 'dualpipe' && place === 2 * stages - 2)
}

/**
 * Layers of chunk `chunk` of a stage. Interleaved: even, and where they are not, the first stage's first chunk and the
 * last stage's last chunk (which hold embedding and head) go short. A V: chunk 1, which leads to the head, goes short.
 * DualPipe: the stage's own slice, and that of the stage mirrored at the pipeline's middle.
 */
export function chunkLayers(
  schedule: Schedule,
  perStage: ArrayLike<number>,
  stages: number,
  chunks: number,
  stage: number,
  chunk: number,
): number {
  if (schedule === 'dualpipe') return perStage[chunk === 0 ? stage : stages - 1 - stage] ?? 0
  const layers = perStage[stage] ?? 0
  const base = Math.floor(layers / chunks)
  const longer = layers - base * chunks
  const firstLonger = isFolded(schedule) || stage === stages - 1
  return base + (firstLonger ? (chunk < longer ? 1 : 0) : chunk >= chunks - longer ? 1 : 0)
}

/** The place (stage·chunks + chunk) that comes `step`-th on the way through all chunks, from the model's first layer on. */
export function placeAt(schedule: Schedule, stages: number, chunks: number, step: number): number {
  if (!isFolded(schedule)) return (step % stages) * chunks + Math.floor(step / stages)
  return step < stages ? 2 * step : 2 * (2 * stages - 1 - step) + 1
}

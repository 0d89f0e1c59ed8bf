/** A row's layout as a scenario writes it. */

import type { Row } from './row.ts'

/** Sizes of `parts` stages that differ by one at most; the longer ones stand in the middle, the last goes short first. */
function evenParts(total: number, parts: number): readonly number[] {
  const base = Math.floor(total / parts)
  const longer = total - base * parts
  return Array.from({ length: parts }, (_, i) => base + (i < longer ? 1 : 0))
}

/** Layers of the stages where the row states an uneven split. */
function layerSplit(row: Row, pp: number): readonly number[] | undefined {
  const { layers } = row.model
  const first = row.pipelineFirstStageLayers
  if (pp === 1) return undefined
  if (first != null && first < layers) return [first, ...evenParts(layers - first, pp - 1)]
  if (!/embedding.*head.*count as layers/.test(row.pipelineLayout ?? '')) return undefined
  const stages = [...evenParts(layers + 2, pp)]
  stages[0] = (stages[0] ?? 0) - 1
  stages[pp - 1] = (stages[pp - 1] ?? 0) - 1
  return stages
}

function zeroStage(row: Row): number | undefined {
  const { zero_stage, fsdp } = row.parallelism
  if (zero_stage != null) return zero_stage
  if (typeof fsdp === 'string' && /grad_op/i.test(fsdp)) return 2
  return fsdp == null || fsdp === false ? undefined : 3
}

/** Ranks over which the row shards its states, where that is not all of its replicas. */
function shardGroup(row: Row, replicas: number): number | undefined {
  const group = row.fsdpShardGroup ?? row.optimizerShardGroup
  return group == null || group >= replicas ? undefined : group
}

/** Sequences of a micro-batch: the row's, or the nearest below it that divides a replica's batch. */
function microBatch(row: Row, dp: number): { readonly size: number; readonly note?: string } {
  const given = row.microBatch ?? 1
  const replica = row.globalBatchSequences / dp
  if (!Number.isInteger(replica) || replica % given === 0) return { size: given }
  let size = Math.min(given, replica)
  while (replica % size !== 0) size--
  return { size, note: `micro-batches of ${given} do not divide ${replica} sequences a replica: ${size} taken` }
}

/** The collector's words for a micro-batch that contradicts another column of its source. */
const DOUBTED_MICRO_BATCH = /batch\.micro inconsistent/

/** The row's layout; where its source contradicts itself about the micro-batch, those with halves of it follow. */
export function rowLayouts(
  row: Row,
  ranks: number,
): readonly { readonly layout: object; readonly notes: readonly string[] }[] {
  const own = rowLayout(row, ranks)
  if (!(row.assumed ?? []).some((words) => DOUBTED_MICRO_BATCH.test(words))) return [own]
  const halves: object[] = []
  for (let size = (row.microBatch ?? 1) / 2; Number.isInteger(size); size /= 2)
    halves.push(rowLayout({ ...row, microBatch: size }, ranks).layout)
  const note =
    'the source contradicts itself about the micro-batch: the largest that fits is taken, of it and its halves'
  return [{ ...own, notes: [...own.notes, note] }, ...halves.map((layout) => ({ layout, notes: [] }))]
}

/** Degrees, micro-batch, sharding and split of a row; what the row does not say is left to the scenario's defaults. */
function rowLayout(row: Row, ranks: number): { readonly layout: object; readonly notes: readonly string[] } {
  const { tp, pp, cp, ep, etp, dp, vpp, sequence_parallel } = row.parallelism
  const stages = pp ?? 1
  const micro = microBatch(row, dp ?? ranks / ((tp ?? 1) * stages * (cp ?? 1)))
  const split = layerSplit(row, stages)
  const zero = zeroStage(row)
  const shards = shardGroup(row, (dp ?? ranks / ((tp ?? 1) * stages * (cp ?? 1))) * (cp ?? 1))
  const layout = {
    tp: tp ?? 1,
    pp: stages,
    cp: cp ?? 1,
    ep: ep ?? 1,
    etp: etp ?? 1,
    ...(dp == null ? {} : { dp }),
    vpp: stages === 1 ? 1 : (vpp ?? 1),
    microBatch: micro.size,
    ...(zero === undefined ? {} : { zero }),
    ...(shards === undefined ? {} : { shardGroup: shards }),
    ...(sequence_parallel == null ? {} : { sequenceParallel: sequence_parallel }),
    ...(split === undefined ? {} : { layerSplit: split }),
  }
  return { layout, notes: micro.note === undefined ? [] : [micro.note] }
}

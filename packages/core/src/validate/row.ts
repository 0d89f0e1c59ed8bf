/** A row of measured training: one layout of one model on one cluster, and what its step took. */

import type { Issue } from '@walltime/hardware'
import * as z from 'zod'
import type { Path } from '../scenario/document.ts'
import { integer, toIssues } from '../scenario/object-schema.ts'

/** Most rows that one file may hold. */
export const MAX_ROWS = 100_000
const MOST_ISSUES = 20

const text = z.string().max(2000)
const name = z.string().min(1).max(300)
const degree = integer(1, 10_000_000, 'a size')
const width = integer(0, 100_000_000, 'a size')
const positive = (max: number) =>
  z.number().refine((value) => value > 0 && value <= max, { error: `must be a number above 0, at most ${max}` })
const gigabytes = positive(1e6)
const flag = z.boolean().nullish()

const mixture = z.object({
  experts: degree,
  top_k: degree,
  expert_ffn: degree,
  shared_experts: width.nullish(),
  shared_ffn: width.nullish(),
  first_k_dense: width.nullish(),
  moe_layer_freq: degree.nullish(),
})

const latent = z.object({
  q_lora_rank: width.nullish(),
  kv_lora_rank: degree,
  qk_nope_head_dim: degree,
  qk_rope_head_dim: width,
  v_head_dim: degree,
})

const model = z.object({
  name: name.nullish(),
  layers: degree,
  hidden: degree,
  ffn_hidden: width.nullish(),
  heads: degree,
  kv_heads: degree.nullish(),
  head_dim: degree.nullish(),
  vocab: degree,
  gated_mlp: flag,
  tied_embeddings: flag,
  attention: name.nullish(),
  mla: latent.nullish(),
  moe: mixture.nullish(),
  mtp_layers: width.nullish(),
  sliding_window: degree.nullish(),
  sliding_pattern: text.nullish(),
})

const hardware = z.object({
  chip: name,
  chips: degree,
  chipsPerNode: degree.nullish(),
  scaleUpDomain: degree.nullish(),
  scaleUpGBps: gigabytes.nullish(),
  scaleOutGBps: gigabytes.nullish(),
  scaleOutFabric: text.nullish(),
})

const parallelism = z.object({
  tp: degree.nullish(),
  pp: degree.nullish(),
  cp: degree.nullish(),
  ep: degree.nullish(),
  etp: degree.nullish(),
  dp: degree.nullish(),
  vpp: degree.nullish(),
  sequence_parallel: flag,
  zero_stage: integer(0, 3, 'ZeRO stage').nullish(),
  fsdp: z.union([z.boolean(), z.number(), text]).nullish(),
})

const recompute = z.object({
  mode: name.nullish(),
  modules: z.union([z.array(name).max(100), text]).nullish(),
  saved: z.array(name).max(100).nullish(),
})

const overlap = z.object({
  tp_comm_overlap: flag,
  p2p: flag,
  grad_reduce: flag,
  param_gather: flag,
  moe_a2a_overlap: flag,
  recompute_num_layers: width.nullish(),
})

const measured = z
  .object({
    stepSeconds: positive(1e7).nullish(),
    outOfMemory: flag,
    peakMemoryGiB: gigabytes.nullish(),
  })
  .refine((value) => (value.outOfMemory === true) !== (typeof value.stepSeconds === 'number'), {
    error: 'give either stepSeconds or outOfMemory: true',
  })

const rowSchema = z.object({
  id: name,
  cell: name.nullish(),
  collection: name.nullish(),
  grid: name.nullish(),
  model,
  hardware,
  software: z.object({ framework: name, year: integer(2015, 2100, 'year') }),
  precision: name,
  sequenceLength: degree,
  globalBatchSequences: degree,
  microBatch: degree.nullish(),
  fsdpShardGroup: degree.nullish(),
  optimizerShardGroup: degree.nullish(),
  parallelism,
  recompute: recompute.nullish(),
  overlap: overlap.nullish(),
  cudaGraphs: z.union([z.boolean(), z.array(z.unknown()).max(10)]).nullish(),
  flashAttention: flag,
  attentionKernel: name.nullish(),
  gradReduceBytes: positive(8).nullish(),
  pipelineLayout: text.nullish(),
  pipelineFirstStageLayers: degree.nullish(),
  moeRouting: name.nullish(),
  moeDispatcher: name.nullish(),
  compiled: flag,
  rmsNormFused: flag,
  measured,
  modelFlopsPerStepCausal: positive(1e30).nullish(),
  assumed: z.array(text).max(100).nullish(),
})

type RowInput = z.output<typeof rowSchema>

/** A measured row; `cell` and `collection` are filled in where the file leaves them out. */
export interface Row extends RowInput {
  readonly cell: string
  readonly collection: string
}

export type RowsResult =
  | { readonly ok: true; readonly rows: readonly Row[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

function named(row: RowInput): Row {
  const collection = row.collection ?? row.cell?.split('|')[0] ?? 'own'
  return { ...row, collection, cell: row.cell ?? `${collection}|${row.hardware.chip}|${row.model.name ?? 'model'}` }
}

function refuse(path: Path, message: string): RowsResult {
  return { ok: false, issues: [{ code: 'rows.type', path, message }] }
}

/** `row "id": message`, so that a row (or a run) in a long file can be found by its name. */
export function blame(issue: Issue, data: unknown, what: 'row' | 'run'): Issue {
  const id = typeof data === 'object' && data !== null && 'id' in data ? data.id : undefined
  const named = typeof id === 'string'
  const message = named ? `${issue.message} (${what} ${JSON.stringify(id.slice(0, 80))})` : issue.message
  return { ...issue, code: issue.code.replace('scenario.', `${what}s.`), message }
}

/** Ids that stand in a file twice. */
export function repeatedIds(rows: readonly { readonly id: string }[], what: 'row' | 'run'): readonly Issue[] {
  const first = new Map<string, number>()
  return rows.flatMap((row, i): Issue[] => {
    const before = first.get(row.id)
    if (before === undefined) first.set(row.id, i)
    else {
      const message = `the id ${JSON.stringify(row.id)} stands at ${what} ${before} already; every ${what} needs its own`
      return [{ code: `${what}s.id`, path: [i, 'id'], message }]
    }
    return []
  })
}

/**
 * Reads measured rows: checks every field that the model uses and tolerates others.
 *
 * @param data a parsed file: a list of rows
 * @returns the rows, or what is wrong with the first of those that are
 */
export function readRows(data: unknown): RowsResult {
  if (!Array.isArray(data)) return refuse([], 'must be a list of rows')
  if (data.length === 0) return refuse([], 'holds no rows')
  if (data.length > MAX_ROWS) return refuse([], `holds ${data.length} rows; at most ${MAX_ROWS} are read`)
  const rows: Row[] = []
  const issues: Issue[] = []
  for (const [i, item] of data.entries()) {
    const result = rowSchema.safeParse(item)
    if (result.success) rows.push(named(result.data))
    else issues.push(...toIssues(result.error, [i]).map((issue) => blame(issue, item, 'row')))
    if (issues.length >= MOST_ISSUES) break
  }
  if (issues.length === 0) issues.push(...repeatedIds(rows, 'row'))
  return issues.length === 0 ? { ok: true, rows } : { ok: false, issues: issues.slice(0, MOST_ISSUES) }
}

/** A whole training run as published: what it was, on what, and the chip-hours that it took. */

import type { Issue } from '@walltime/hardware'
import * as z from 'zod'
import { parallelismInput } from '../../scenario/input-schema.ts'
import { integer, oneOf, toIssues, unknownName } from '../../scenario/object-schema.ts'
import { builtinProfiles, isIssues, lookUp, resolveModel } from '../../scenario/profiles.ts'
import { TRAINING_PRECISIONS } from '../../scenario/scenario.ts'
import { blame, repeatedIds } from '../row.ts'

/** Most runs that one file may hold. */
const MAX_RUNS = 1000
const MOST_ISSUES = 20

const text = z.string().max(4000)
const name = z.string().min(1).max(500)
const positive = (max: number) =>
  z.number().refine((value) => value > 0 && value <= max, { error: `must be a number above 0, at most ${max}` })
const count = (max: number) => integer(1, max, 'a count')
/** A part of a scenario: checked when the scenario is read. */
const part = z.record(z.string().max(100), z.unknown())
const source = z.object({ title: text.nullish(), url: text.nullish(), verified: z.boolean().nullish() })

const runSchema = z.object({
  id: name,
  model: name,
  org: text.nullish(),
  /** Year of the software: of the training. */
  year: integer(2015, 2100, 'a year').nullish(),
  date: text.nullish(),
  /** Billions of parameters, all and per token. */
  params_b: positive(1e6).nullish(),
  active_params_b: positive(1e6).nullish(),
  /** Trillions of tokens. */
  tokens_t: positive(1e6).nullish(),
  seq_len: count(100_000_000).nullish(),
  chips: name.nullish(),
  chip_count: count(10_000_000).nullish(),
  days: positive(1e5).nullish(),
  gpu_hours: positive(1e12).nullish(),
  reliability: name,
  assumed: z.array(text).max(100).nullish(),
  /** What the chip-hours cover where it is not pre-training alone. */
  scope: name.nullish(),
  source: source.nullish(),
  verified: z.boolean().nullish(),
  notes: text.nullish(),
  /** A preset's id, or a model as a scenario writes it. */
  architecture: z.union([name, part], { error: 'must be the id of a model, or a map of its dimensions' }).nullish(),
  architecture_source: source.nullish(),
  global_batch_tokens: positive(1e12).nullish(),
  precision: oneOf(TRAINING_PRECISIONS, 'recipe of number formats').nullish(),
  optimizer: name.nullish(),
  /** A stack's id, or the framework by its name. */
  software: z
    .union([name, z.object({ framework: name, year: integer(2015, 2100, 'a year').nullish() })], {
      error: 'must be the id of a software stack, or {framework, year}',
    })
    .nullish(),
  /** What is published of the layout, as a scenario writes it; the rest is searched. */
  parallelism: parallelismInput.nullish(),
  /** System and fabric where they are published, as a scenario writes them. */
  cluster: z.object({ system: z.union([name, part]).nullish(), fabric: z.union([name, part]).nullish() }).nullish(),
})

/** A published whole run. What its source does not say is absent or null. */
export type WholeRun = Readonly<z.output<typeof runSchema>>

export type WholeRunsResult =
  | { readonly ok: true; readonly runs: readonly WholeRun[] }
  | { readonly ok: false; readonly issues: readonly Issue[] }

const refuse = (message: string): WholeRunsResult => ({
  ok: false,
  issues: [{ code: 'runs.type', path: [], message }],
})

/** Names and dimensions that no profile and no model can have. */
function partIssues({ architecture, software, cluster }: WholeRun, index: number): readonly Issue[] {
  const { models, systems, fabrics, software: stacks } = builtinProfiles
  const named = (value: unknown, known: Readonly<Record<string, unknown>>, what: string, path: readonly string[]) =>
    typeof value !== 'string' || lookUp(known, value) !== undefined
      ? []
      : [{ code: 'runs.unknown', path: [index, ...path], message: unknownName(what, value, Object.keys(known)) }]
  const model = architecture == null ? [] : resolveModel(architecture, models, [index, 'architecture'])
  return [
    ...(isIssues(model) ? model : []),
    ...named(software, stacks, 'software stack', ['software']),
    ...named(cluster?.system, systems, 'system', ['cluster', 'system']),
    ...named(cluster?.fabric, fabrics, 'fabric', ['cluster', 'fabric']),
  ]
}

/**
 * Reads whole runs: checks every field that is used and tolerates others.
 *
 * @param data a parsed file: a list of runs
 */
export function readWholeRuns(data: unknown): WholeRunsResult {
  if (!Array.isArray(data)) return refuse('must be a list of runs')
  if (data.length === 0) return refuse('holds no runs')
  if (data.length > MAX_RUNS) return refuse(`holds ${data.length} runs; at most ${MAX_RUNS} are read`)
  const runs: WholeRun[] = []
  const issues: Issue[] = []
  for (const [i, item] of data.entries()) {
    const result = runSchema.safeParse(item)
    const wrong = result.success ? partIssues(result.data, i) : toIssues(result.error, [i])
    if (result.success) runs.push(result.data)
    issues.push(...wrong.map((issue) => blame(issue, item, 'run')))
    if (issues.length >= MOST_ISSUES) break
  }
  if (issues.length === 0) issues.push(...repeatedIds(runs, 'run'))
  return issues.length === 0 ? { ok: true, runs } : { ok: false, issues: issues.slice(0, MOST_ISSUES) }
}

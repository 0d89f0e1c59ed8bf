/** A simulation in parts: each computed anywhere, put together to the bits of the whole. */

import { OUTCOMES, type Outcome } from './columns.ts'
import type { CompiledRun } from './compile/compiled.ts'
import { compileRun } from './compile/run.ts'
import type { Executor } from './executor.ts'
import { inlineExecutor } from './inline-executor.ts'
import { checkMemory, type Progress, runBatches } from './run-batches.ts'
import { type RunDistribution, summarise } from './simulate-run.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import { BLOCK_TRIALS, type BlockSums, fromNames, TrialTable } from './trial-table.ts'
import { must, shown } from './validate.ts'

export interface ShardOptions {
  /** Of the whole simulation. */
  readonly trials: number
  readonly seed: string | number
  /** `index` from 0 to `of` − 1. */
  readonly shard: { readonly index: number; readonly of: number }
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
  /** Default: the calling thread. It is left open. */
  readonly executor?: Executor
}

/** Finished trials of a shard: plain data that survives JSON, to the last bit. */
export interface Shard {
  /** Of the run, the seed and the number of trials: shards of one simulation share it. */
  readonly study: string
  readonly seed: string | number
  readonly trials: number
  readonly index: number
  readonly of: number
  /** Its first trial, and how many it has. */
  readonly first: number
  readonly count: number
  readonly outcomes: Readonly<Record<Outcome, readonly number[]>>
  readonly blocks: readonly {
    readonly trials: number
    readonly sums: readonly number[]
    readonly variance: readonly number[]
  }[]
}

const MAX_SHARDS = 1_000_000

/** Simulates one of `of` shards: whole blocks of trials, as evenly as blocks divide; one may be empty. */
export async function simulateShard(spec: RunSpec, options: ShardOptions): Promise<Shard> {
  const { trials, seed, shard, signal, executor = inlineExecutor(), onProgress } = options
  must(Number.isInteger(trials) && trials >= 1, 'trials', `must be a whole number of at least 1, not ${shown(trials)}`)
  const { index, of } = shard
  const counted = Number.isInteger(of) && of >= 1 && of <= MAX_SHARDS
  must(counted, 'shard.of', `must be a whole number from 1 to ${MAX_SHARDS}, not ${shown(of)}`)
  const inside = Number.isInteger(index) && index >= 0 && index < of
  must(inside, 'shard.index', `must be a whole number from 0 to ${of - 1}, not ${shown(index)}`)
  const run = compileRun(spec)
  const { first, count } = place(trials, index, of)
  checkMemory(count, false)
  const table = new TrialTable(run, first, count, false)
  const told = signal === undefined ? {} : { signal }
  await runBatches(run, table, {
    first,
    trials: count,
    seed,
    executor,
    ...told,
    ...(onProgress === undefined ? {} : { onProgress }),
  })
  table.close()
  if (table.completed < count) throw new SimulationError('aborted', '', 'stopped before the shard was finished')
  return {
    study: study(run, seed, trials),
    seed,
    trials,
    index,
    of,
    first,
    count,
    outcomes: fromNames(OUTCOMES, (name) => [...table.outcome(name)]),
    blocks: table.blocks.map((block) => ({
      trials: block.trials,
      sums: [...block.sums],
      variance: [...block.variance],
    })),
  }
}

/** The simulation that these are all shards of, in any order: the same bits as `simulateRun` gives for the whole. */
export function mergeShards(spec: RunSpec, shards: readonly Shard[]): RunDistribution {
  const run = compileRun(spec)
  const [one] = shards
  must(one !== undefined, 'shards', 'are none')
  const { seed, trials, of } = one
  must(Number.isInteger(trials) && trials >= 1, 'shards.0.trials', `must be a whole number, not ${shown(trials)}`)
  const expected = study(run, seed, trials)
  const byIndex = new Map<number, Shard>()
  for (const [i, shard] of shards.entries()) {
    const path = `shards.${i}`
    must(shard.study === expected, path, 'belongs to another run, seed or number of trials')
    must(shard.of === of, path, `is one of ${shard.of} shards, the first given is one of ${of}`)
    must(!byIndex.has(shard.index), path, `is shard ${shard.index}, which was given already`)
    const { first, count } = place(trials, shard.index, of)
    const whole =
      shard.first === first &&
      shard.count === count &&
      OUTCOMES.every((name) => shard.outcomes[name]?.length === count) &&
      shard.blocks.reduce((sum, block) => sum + block.trials, 0) === count
    must(whole, path, `does not hold the trials ${first} to ${first + count - 1} of shard ${shard.index}`)
    byIndex.set(shard.index, shard)
  }
  const missing = Array.from({ length: of }, (_, index) => index).filter((index) => !byIndex.has(index))
  must(missing.length === 0, 'shards', `are ${shards.length} of ${of}: ${missing.slice(0, 5).join(', ')} missing`)
  return summarise(run, tableOf(run, trials, byIndex), { trials, seed })
}

function tableOf(run: CompiledRun, trials: number, shards: ReadonlyMap<number, Shard>): TrialTable {
  const table = new TrialTable(run, 0, trials, false)
  for (const index of [...shards.keys()].sort((a, b) => a - b)) {
    const { first, count, outcomes, blocks } = shards.get(index) as Shard
    for (const name of OUTCOMES) table.outcomes[name].set(outcomes[name], first)
    table.blocks.push(...blocks.map(packed))
    table.completed += count
  }
  return table
}

function packed({ trials, sums, variance }: Shard['blocks'][number]): BlockSums {
  return { trials, sums: Float64Array.from(sums), variance: Float64Array.from(variance) }
}

/** Trials of a shard: blocks ⌊i·B/n⌋ to ⌊(i + 1)·B/n⌋. */
function place(trials: number, index: number, of: number): { readonly first: number; readonly count: number } {
  const blocks = Math.ceil(trials / BLOCK_TRIALS)
  const start = (i: number) => Math.min(trials, Math.floor((i * blocks) / of) * BLOCK_TRIALS)
  return { first: start(index), count: start(index + 1) - start(index) }
}

/** FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo) over the compiled run, the seed and the trials, from two offsets. */
function study(run: CompiledRun, seed: string | number, trials: number): string {
  // JSON knows no infinity, and would take it for null.
  const text = JSON.stringify([run, seed, trials], (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
  return [0x811c9dc5, 0x01000193].map((offset) => fnv1a(text, offset)).join('')
}

function fnv1a(text: string, offset: number): string {
  let hash = offset
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}

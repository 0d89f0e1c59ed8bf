/** The best value of one number of a run, found by simulation under common random numbers. */

import { moments } from './distribution.ts'
import type { Executor } from './executor.ts'
import { type RunDistribution, simulateRun } from './simulate-run.ts'
import { SimulationError } from './simulation-error.ts'
import type { RunSpec } from './spec.ts'
import { must, shown } from './validate.ts'

export type TuneBy = 'cost' | 'time'

/** Values to try: a range that is searched, whole numbers alone where it says so, or a list. */
export type TuneRange =
  | { readonly low: number; readonly high: number; readonly whole?: boolean }
  | { readonly values: readonly number[] }

export interface TuneOptions {
  /** Mean cost (unless given) or mean wall clock is made least. */
  readonly by?: TuneBy
  /** Of each value. Default 1,000. */
  readonly trials?: number
  readonly seed?: string | number
  /** A value to compare with the best: the one that the run has now. */
  readonly own?: number
  readonly executor?: Executor
  readonly signal?: AbortSignal
  /** Is told how many values have been tried. */
  readonly onProgress?: (tried: number) => void
}

export interface TunePoint {
  readonly value: number
  readonly costUsd: number
  readonly wallClockSeconds: number
  /** Of these means. */
  readonly standardErrors: { readonly costUsd: number; readonly wallClockSeconds: number }
  /** What is made least, less that of the best value, trial by trial; and the standard error of that mean. */
  readonly difference: number
  readonly differenceError: number
}

export interface TuneResult {
  readonly by: TuneBy
  readonly trials: number
  readonly seed: string | number
  readonly best: TunePoint
  /** Values around the best whose mean is within one standard error of the paired difference: none of them is known to be worse. */
  readonly interval: readonly [low: number, high: number]
  /** The best is the first or the last value that was allowed: it may lie beyond. */
  readonly atEdge: boolean
  readonly own?: TunePoint
  /** Every value that was tried, rising. */
  readonly points: readonly TunePoint[]
  /** Values with which the run is wrong or has no end. */
  readonly refused: readonly { readonly value: number; readonly message: string }[]
}

const DEFAULT_TRIALS = 1000
/** Values of the first look. */
const GRID = 9
const ROUNDS = 6
/** Neighbours of the best that are closer than this factor need none between them. */
const CLOSE = 1.05
/** Halvings by which each end of the interval is found. */
const HALVINGS = 4

interface Tried {
  readonly value: number
  readonly result: RunDistribution
  readonly objective: Float64Array
}

/**
 * Tries values of a number of a run under one seed, so that all of them meet the same luck: a grid, then between the best
 * and its neighbours until these are close or no worse than chance tells.
 *
 * @param specAt the run with a value
 */
export async function tune(
  specAt: (value: number) => RunSpec,
  range: TuneRange,
  options: TuneOptions = {},
): Promise<TuneResult> {
  const { by = 'cost', trials = DEFAULT_TRIALS, seed = 'walltime', own } = options
  const scale = scaleOf(range)
  const search = new Search(specAt, { ...options, by, trials, seed })
  for (const value of scale.first) await search.attempt(value)
  for (let round = 0; round < ROUNDS; round++) {
    const [left, right] = search.neighbours(search.best())
    const between = [left, right].flatMap((near) =>
      near === undefined || search.known(near) === 'as good' ? [] : scale.between(search.best().value, near),
    )
    if (between.length === 0) break
    for (const value of between) await search.attempt(value)
  }
  const interval = await search.interval(scale)
  if (own !== undefined) await search.attempt(own)
  return search.answer(interval, scale)
}

interface Scale {
  /** The first values to try, rising. */
  readonly first: readonly number[]
  /** The value half way, or none where there is no other or it is close enough. */
  between(a: number, b: number): readonly number[]
}

function scaleOf(range: TuneRange): Scale {
  if ('values' in range) {
    const values = [...new Set(range.values)].sort((a, b) => a - b)
    must(values.length > 0 && values.every(Number.isFinite), 'values', 'must be numbers, at least one')
    return { first: values, between: () => [] }
  }
  const { low, high, whole = false } = range
  must(Number.isFinite(low) && Number.isFinite(high), 'range', `must have finite ends, not ${low} and ${high}`)
  must(low < high, 'range', `must end above its start, not ${shown(low)} and ${shown(high)}`)
  // In equal factors; from 0 or below in equal steps, and whole numbers as if they began at 1.
  const shift = whole ? 1 - low : 0
  const geometric = low + shift > 0
  const to = (value: number) => (geometric ? Math.log(value + shift) : value)
  const back = (u: number) => (geometric ? Math.exp(u) - shift : u)
  const land = (u: number) => Math.min(high, Math.max(low, whole ? Math.round(back(u)) : back(u)))
  const first = Array.from({ length: GRID }, (_, i) => land(to(low) + ((to(high) - to(low)) * i) / (GRID - 1)))
  const near = geometric ? Math.log(CLOSE) : (high - low) * (CLOSE - 1)
  return {
    first: [...new Set(first)],
    between(a, b) {
      if (!whole && Math.abs(to(a) - to(b)) < near) return []
      const middle = land((to(a) + to(b)) / 2)
      return middle === a || middle === b ? [] : [middle]
    },
  }
}

class Search {
  private readonly specAt: (value: number) => RunSpec
  private readonly options: TuneOptions & Required<Pick<TuneOptions, 'by' | 'trials' | 'seed'>>
  /** Rising. */
  private tried: Tried[] = []
  private readonly refused: { readonly value: number; readonly message: string; readonly error: SimulationError }[] = []

  constructor(specAt: Search['specAt'], options: Search['options']) {
    this.specAt = specAt
    this.options = options
  }

  async attempt(value: number): Promise<void> {
    if (this.tried.some((t) => t.value === value) || this.refused.some((r) => r.value === value)) return
    const { by, trials, seed, executor, signal } = this.options
    try {
      const result = await simulateRun(this.specAt(value), {
        trials,
        seed,
        keepTrials: true,
        ...(executor === undefined ? {} : { executor }),
        ...(signal === undefined ? {} : { signal }),
      })
      if (result.interrupted) throw new SimulationError('aborted', '', 'stopped before the search was finished')
      const objective = result.columns?.[by === 'cost' ? 'costUsd' : 'wallClockSeconds'] ?? new Float64Array(0)
      this.tried = [...this.tried, { value, result, objective }].sort((a, b) => a.value - b.value)
    } catch (error) {
      const refusal = error instanceof SimulationError && REFUSALS.has(error.code)
      if (!refusal) throw error
      this.refused.push({ value, message: error.message, error })
    }
    this.options.onProgress?.(this.tried.length + this.refused.length)
  }

  best(): Tried {
    let best: Tried | undefined
    for (const one of this.tried) if (best === undefined || meanOf(one) < meanOf(best)) best = one
    if (best !== undefined) return best
    throw this.refused[0]?.error ?? new SimulationError('invalid-value', 'range', 'has no value')
  }

  neighbours(of: Tried): readonly [number | undefined, number | undefined] {
    const at = this.tried.indexOf(of)
    return [this.tried[at - 1]?.value, this.tried[at + 1]?.value]
  }

  known(value: number): 'as good' | 'worse' | 'refused' {
    const one = this.tried.find((t) => t.value === value)
    if (one === undefined) return 'refused'
    const { difference, error } = compare(one, this.best())
    return difference <= error ? 'as good' : 'worse'
  }

  /** The values next to the best that are as good, their ends found by halving towards the nearest that is not. */
  async interval(scale: Scale): Promise<readonly [number, number]> {
    const end = async (step: -1 | 1) => {
      for (let halving = 0; ; halving++) {
        const at = this.tried.indexOf(this.best())
        let i = at
        while (this.tried[i + step] !== undefined && this.known((this.tried[i + step] as Tried).value) === 'as good')
          i += step
        const good = (this.tried[i] as Tried).value
        const bad = this.tried[i + step]?.value
        const middle = bad === undefined || halving === HALVINGS ? [] : scale.between(good, bad)
        if (middle.length === 0) return good
        for (const value of middle) await this.attempt(value)
      }
    }
    const low = await end(-1)
    const high = await end(1)
    return [low, high]
  }

  answer(interval: readonly [number, number], scale: Scale): TuneResult {
    const { by, trials, seed, own } = this.options
    const best = this.best()
    const points = this.tried.map((one) => pointOf(one, best))
    const point = (value: number) => points.find((p) => p.value === value)
    const mine = own === undefined ? undefined : point(own)
    return {
      by,
      trials,
      seed,
      best: point(best.value) as TunePoint,
      interval: [Math.min(interval[0], best.value), Math.max(interval[1], best.value)],
      atEdge: best.value === scale.first[0] || best.value === scale.first.at(-1),
      ...(mine === undefined ? {} : { own: mine }),
      points,
      refused: this.refused.map(({ value, message }) => ({ value, message })).sort((a, b) => a.value - b.value),
    }
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['cannot-finish', 'invalid-value'])

function meanOf({ objective }: Tried): number {
  return moments(objective).mean
}

/** Mean of one less the other, trial by trial, and its standard error. */
function compare(one: Tried, best: Tried): { readonly difference: number; readonly error: number } {
  if (one === best) return { difference: 0, error: 0 }
  const { mean, variance } = moments(one.objective.map((value, i) => value - (best.objective[i] as number)))
  return { difference: mean, error: Math.sqrt(variance / one.objective.length) }
}

function pointOf(one: Tried, best: Tried): TunePoint {
  const { costUsd, wallClockSeconds } = one.result
  const { difference, error } = compare(one, best)
  return {
    value: one.value,
    costUsd: costUsd.mean,
    wallClockSeconds: wallClockSeconds.mean,
    standardErrors: { costUsd: costUsd.standardError, wallClockSeconds: wallClockSeconds.standardError },
    difference,
    differenceError: error,
  }
}

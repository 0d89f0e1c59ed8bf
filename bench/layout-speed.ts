/** How long one new layout of a compiled scenario takes. */

import { compileLayouts, type LayoutEvaluator, type Parallelism, type Scenario } from '@walltime/core'

export interface LayoutSpeed {
  readonly scenario: string
  /** Distinct layouts timed, one by one, each for the first time. */
  readonly layouts: number
  readonly medianMicroseconds: number
  readonly p90Microseconds: number
  /**
   * The same of layouts that are the first of their shard (tp, cp, ep, micro-batch, sequence parallelism, recompute): the
   * kernels and collectives within a layer, which other layouts of the shard find in a table, are worked out then (median).
   */
  readonly newShardMicroseconds: number
  /** Compiling the scenario and evaluating a first layout, in a process that has done it before (median). */
  readonly coldMilliseconds: number
  /** The same the first time in the process. */
  readonly firstMilliseconds: number
  /** 100 calls of Math.pow on this machine just now, so that machines compare. */
  readonly hundredPowersMicroseconds: number
}

const TIMED = 1000
const WARMING = 20_000

function* range(...values: readonly number[]): Generator<number> {
  yield* values
}

/** Layouts of all kinds, most of which do not divide. */
function* candidates(scenario: Scenario): Generator<Parallelism> {
  const chips = scenario.cluster.pools[0]?.chips ?? 0
  const experts = scenario.model.moe === null ? [1] : [8, 16, 32, 64]
  const recomputes = [
    { mode: 'none', modules: [], layers: null, offload: false },
    { mode: 'selective', modules: ['norm', 'activation'], layers: null, offload: false },
    { mode: 'full', modules: ['layer'], layers: null, offload: false },
  ] as const
  for (const tp of range(1, 2, 4, 8, 16))
    for (const pp of range(1, 2, 4, 8, 16, 32, 64))
      for (const cp of range(1, 2, 4))
        for (const ep of experts)
          for (const vpp of range(1, 2, 4, 8))
            for (const microBatch of range(1, 2, 4))
              for (const zero of [0, 1, 2, 3] as const)
                for (const recompute of recomputes)
                  for (const sequenceParallel of [true, false])
                    yield {
                      tp,
                      pp,
                      cp,
                      ep,
                      etp: 1,
                      dp: chips / (tp * pp * cp),
                      vpp,
                      microBatch,
                      zero,
                      sequenceParallel,
                      schedule: vpp > 1 ? 'interleaved' : '1f1b',
                      recompute,
                      optimizerOffload: false,
                      layerSplit: {},
                    }
}

/** The layouts that divide, in an order that mixes them: a linear congruential walk, the same each time. */
function mixed(evaluator: LayoutEvaluator, scenario: Scenario): readonly Parallelism[] {
  const all = [...candidates(scenario)].filter((layout) => evaluator.evaluate(layout) === 0)
  let state = 1
  for (let i = all.length - 1; i > 0; i--) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    const j = Math.floor((state / 2_147_483_648) * (i + 1))
    const [a, b] = [all[i], all[j]]
    if (a !== undefined && b !== undefined) [all[i], all[j]] = [b, a]
  }
  return all
}

const quantile = (sorted: ArrayLike<number>, q: number): number => sorted[Math.floor(q * (sorted.length - 1))] ?? 0

/** Milliseconds of compiling a scenario and evaluating a layout. */
export function coldMilliseconds(scenario: Scenario, layout: Parallelism): number {
  const start = performance.now()
  compileLayouts(scenario).evaluate(layout)
  return performance.now() - start
}

const BASES = Float64Array.from({ length: 100 }, (_, i) => 1 + i / 137)

function hundredPowers(): number {
  let sum = 0
  for (let i = 0; i < BASES.length; i++) sum += (BASES[i] ?? 1) ** 0.155
  return sum
}

export function hundredPowersMicroseconds(): number {
  const times: number[] = []
  let sum = 0
  for (let run = 0; run < 2000; run++) {
    const start = performance.now()
    for (let i = 0; i < 10; i++) sum += hundredPowers()
    times.push((performance.now() - start) * 100)
  }
  if (sum === 0) throw new Error('no powers')
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  )
}

/** Microseconds of each of some layouts, one by one. */
function eachMicroseconds(evaluator: LayoutEvaluator, layouts: readonly Parallelism[]): Float64Array {
  const times = new Float64Array(layouts.length)
  for (let i = 0; i < layouts.length; i++) {
    const layout = layouts[i] as Parallelism
    const start = performance.now()
    evaluator.evaluate(layout)
    times[i] = (performance.now() - start) * 1000
  }
  return times
}

const shardOf = ({ tp, cp, ep, microBatch, sequenceParallel, recompute }: Parallelism) =>
  [tp, cp, ep, microBatch, sequenceParallel, recompute.mode].join()

/** The first layout of each shard. */
function firstOfShards(layouts: readonly Parallelism[]): readonly Parallelism[] {
  return [...new Map(layouts.toReversed().map((layout) => [shardOf(layout), layout])).values()]
}

/** Times layouts of a scenario on this thread. */
export function measureLayouts(scenario: Scenario, firstMilliseconds: number): LayoutSpeed {
  const evaluator = compileLayouts(scenario)
  const layouts = mixed(evaluator, scenario)
  const timed = layouts.slice(0, TIMED)
  const others = layouts.slice(TIMED, TIMED + WARMING)
  for (let run = 0; run < 4; run++) eachMicroseconds(evaluator, others)
  const times = eachMicroseconds(evaluator, timed).sort()
  const firsts = firstOfShards(others)
  for (let run = 0; run < WARMING / firsts.length; run++) eachMicroseconds(compileLayouts(scenario), firsts)
  const newShards = eachMicroseconds(compileLayouts(scenario), firsts).sort()
  const colds = timed.slice(0, 100).map((layout) => coldMilliseconds(scenario, layout))
  colds.sort((a, b) => a - b)
  return {
    scenario: scenario.name,
    layouts: timed.length,
    medianMicroseconds: quantile(times, 0.5),
    p90Microseconds: quantile(times, 0.9),
    newShardMicroseconds: quantile(newShards, 0.5),
    coldMilliseconds: quantile(colds, 0.5),
    firstMilliseconds,
    hundredPowersMicroseconds: hundredPowersMicroseconds(),
  }
}

/** Layouts that a framework could run a model with, and the fastest that fits. */

import { compileLayouts } from '../../layout-evaluator.ts'
import { mainPhase, type Parallelism, type Recompute, type Scenario, trainerPool } from '../../scenario/scenario.ts'

/** How a framework places a model: by tensor, pipeline and experts, or sharded over all ranks. */
export type Placement = 'parallel' | 'sharded' | 'compiled'

const whole = { layers: null, offload: false } as const
const RECOMPUTES: readonly Recompute[] = [
  { mode: 'none', modules: [], ...whole },
  { mode: 'selective', modules: ['norm', 'activation'], ...whole },
  { mode: 'full', modules: ['layer'], ...whole },
]
const DEGREES: Readonly<Record<Placement, { readonly tp: readonly number[]; readonly pp: readonly number[] }>> = {
  parallel: { tp: [1, 2, 4, 8], pp: [1, 2, 4, 5, 8, 10, 12, 16] },
  sharded: { tp: [1], pp: [1] },
  compiled: { tp: [1, 2, 4, 8, 16], pp: [1] },
}
const EXPERT_DEGREES = [1, 2, 4, 8, 16, 32, 64, 128]
const CHUNKS = [1, 2, 4, 5, 8]
const MICRO_BATCHES = [1, 2, 4, 8]

/** What is published of a layout, as a scenario writes it. */
export type Fixed = Readonly<{ [field in keyof Parallelism]?: unknown }>

/** The values to try of a field: the published one where it is. */
function open<K extends keyof Parallelism>(
  fixed: Fixed,
  base: Parallelism,
  field: K,
  values: readonly Parallelism[K][],
): readonly Parallelism[K][] {
  return fixed[field] === undefined ? values : [base[field]]
}

/** Layouts of a scenario that keep what is published of its own. */
function* candidates(scenario: Scenario, placement: Placement, fixed: Fixed): Generator<Parallelism> {
  const base = mainPhase(scenario).parallelism
  const { chips, system } = trainerPool(scenario)
  const { tp: tps, pp: pps } = DEGREES[placement]
  const zeros: readonly Parallelism['zero'][] = [placement === 'parallel' ? 1 : 3]
  for (const tp of open(
    fixed,
    base,
    'tp',
    tps.filter((degree) => degree <= system.domainChips),
  ))
    for (const pp of open(fixed, base, 'pp', pps))
      for (const ep of open(fixed, base, 'ep', scenario.model.moe === null ? [1] : EXPERT_DEGREES))
        for (const vpp of open(fixed, base, 'vpp', pp === 1 || fixed.schedule !== undefined ? [1] : CHUNKS))
          for (const microBatch of open(fixed, base, 'microBatch', MICRO_BATCHES))
            for (const zero of open(fixed, base, 'zero', zeros))
              for (const recompute of open(fixed, base, 'recompute', RECOMPUTES))
                yield {
                  ...base,
                  tp,
                  pp,
                  ep,
                  vpp,
                  microBatch,
                  zero,
                  recompute,
                  dp: chips / (tp * pp * base.cp),
                  sequenceParallel: fixed.sequenceParallel === undefined ? tp > 1 : base.sequenceParallel,
                  schedule: fixed.schedule === undefined ? (vpp > 1 ? 'interleaved' : '1f1b') : base.schedule,
                }
}

/**
 * The layout of the least step time that fits in memory; null where none does.
 *
 * @param fixed the published part of the layout, as a scenario writes it
 */
export function bestLayout(scenario: Scenario, placement: Placement, fixed: Fixed): Parallelism | null {
  const evaluator = compileLayouts(scenario)
  let best: Parallelism | null = null
  let least = Number.POSITIVE_INFINITY
  for (const layout of candidates(scenario, placement, fixed)) {
    if (evaluator.evaluate(layout) !== 0 || !evaluator.fits || !(evaluator.seconds < least)) continue
    least = evaluator.seconds
    best = layout
  }
  return best
}

/** Every layout of a space, one by one: what a search must come out like. */

import { brokenCode } from '../layout/check.ts'
import { compileLayouts, type LayoutProblem } from '../layout-evaluator.ts'
import { mainPhase, type Parallelism, type Recompute, type Schedule, trainerPool } from '../scenario/scenario.ts'
import { compareFound, type Found, type SearchOptions } from './search.ts'
import type { Chunking, PlanSpace } from './space.ts'

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

/** The layouts, by the words of `PlanSpace`. */
function* everyLayout(problem: LayoutProblem, space: PlanSpace): Generator<Parallelism> {
  const { layers } = problem.model
  const { globalBatch } = mainPhase(problem).training
  const { chips } = trainerPool(problem)
  for (const tp of space.tp)
    for (const cp of space.cp)
      for (const pp of space.pp ?? upTo(layers))
        if (chips % (tp * cp * pp) === 0)
          for (const ep of space.ep)
            for (const etp of space.etp)
              for (const sequenceParallel of tp === 1 ? [false] : space.sequenceParallel) {
                const dp = chips / (tp * cp * pp)
                const longest = Math.ceil(layers / pp)
                const derived =
                  globalBatch % dp === 0 ? upTo(globalBatch / dp).filter((b) => (globalBatch / dp) % b === 0) : [1]
                const partial: Recompute[] = []
                for (const { mode, offload } of space.recompute)
                  if (mode === 'full' && space.partialRecompute)
                    for (const n of upTo(longest - 1))
                      partial.push({ mode: 'selective', modules: ['layer'], layers: n, offload })
                const chunks = space.vpp ?? upTo(longest).filter((v) => longest % v === 0)
                const one = chunks.includes(1)
                const single = (schedule: Schedule): readonly Chunking[] => (one ? [{ schedule, vpp: 1 }] : [])
                const chunked = chunks.filter((v) => v > 1).map((vpp): Chunking => ({ schedule: 'interleaved', vpp }))
                const chunkings =
                  pp === 1
                    ? single('1f1b')
                    : space.schedule.flatMap((schedule) => (schedule === 'interleaved' ? chunked : single(schedule)))
                for (const microBatch of space.microBatch ?? derived)
                  for (const { schedule, vpp } of chunkings)
                    for (const recompute of [...space.recompute, ...partial])
                      for (const zero of space.zero)
                        for (const optimizerOffload of space.optimizerOffload)
                          yield {
                            ...{
                              tp,
                              pp,
                              cp,
                              ep,
                              etp,
                              dp,
                              vpp,
                              microBatch,
                              zero,
                              sequenceParallel,
                              schedule,
                              recompute,
                            },
                            ...{ optimizerOffload, layerSplit: {} },
                          }
              }
}

/** Size of the space, how many layouts fit, how many break a rule, and the best of them. */
export function bruteForce(problem: LayoutProblem, space: PlanSpace, options: SearchOptions) {
  const evaluator = compileLayouts(problem)
  const capacity = options.capacityBytes ?? trainerPool(problem).system.chip.memory.bytes
  const found: Found[] = []
  const broken: Record<string, number> = {}
  let size = 0
  for (const layout of everyLayout(problem, space)) {
    size++
    const bits = evaluator.evaluate(layout)
    if (bits !== 0) broken[brokenCode(bits)] = (broken[brokenCode(bits)] ?? 0) + 1
    else if (
      evaluator.peakBytes <= capacity &&
      (options.conditions ?? []).every(({ holds }) => holds(layout, evaluator))
    ) {
      const { seconds, peakBytes } = evaluator
      found.push({ layout, objective: options.objective?.(layout, evaluator) ?? seconds, seconds, peakBytes })
    }
  }
  return { size, broken, fitting: found.length, found: found.sort(compareFound).slice(0, options.top) }
}

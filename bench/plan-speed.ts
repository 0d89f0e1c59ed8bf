/** How long a search over all layouts of a scenario takes. */

import { newPlan, type Scenario } from '@walltime/core'

export interface PlanSpeed {
  readonly scenario: string
  readonly layouts: number
  readonly evaluated: number
  readonly pruned: number
  readonly refused: number
  readonly seconds: number
}

/** Searches the full space of a scenario on this thread, once: no answer is kept from before. */
export function measurePlan(scenario: Scenario): PlanSpeed {
  const start = performance.now()
  const search = newPlan(scenario, {}, { top: 10 })
  for (const _ of search.run());
  const { size, evaluated, pruned, refused } = search.result
  const seconds = (performance.now() - start) / 1000
  const all = Object.values(refused).reduce((sum, count) => sum + count, 0)
  return { scenario: scenario.name, layouts: size, evaluated, pruned, refused: all, seconds }
}

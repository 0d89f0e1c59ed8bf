import { type Estimate, paidChips, type Scenario } from '@walltime/core'
import type { Distribution, RunDistribution } from '@walltime/sim'

/** Money as `run` reports it. */
export interface CostResult {
  readonly price: Scenario['cost']['price']
  /** Training chips and paid spares. */
  readonly paidChips: number
  /** Over the trials. */
  readonly usd: Distribution
  readonly failureFreeUsd: number
}

export function costResult(scenario: Scenario, estimate: Estimate, simulate: RunDistribution): CostResult {
  return {
    price: scenario.cost.price,
    paidChips: paidChips(scenario),
    usd: simulate.costUsd,
    failureFreeUsd: estimate.run.rentalUsd,
  }
}

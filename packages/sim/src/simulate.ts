import { type Estimate, estimate, type Scenario } from '@walltime/core'
import { planRun } from './plan-run.ts'
import { type RunDistribution, type SimulateOptions, simulateRun } from './simulate-run.ts'

export interface SimulateScenarioOptions extends SimulateOptions {
  /** What `estimate(scenario)` answered, where the caller has it already. */
  readonly estimate?: Estimate
}

/** Monte Carlo of a scenario's run on the calling thread, or on the executor given. */
export function simulate(scenario: Scenario, options: SimulateScenarioOptions = {}): Promise<RunDistribution> {
  return simulateRun(planRun(scenario, options.estimate ?? estimate(scenario)), options)
}

/** '@walltime/sim' for Node: the same, on threads unless told otherwise. */

import { availableParallelism } from 'node:os'
import { estimate, type Scenario } from '@walltime/core'
import { compileRun } from './compile/run.ts'
import { planRun } from './plan-run.ts'
import type { SimulateScenarioOptions } from './simulate.ts'
import {
  DEFAULT_TRIALS,
  type RunDistribution,
  type SimulateOptions,
  simulateRun as simulateRunHere,
} from './simulate-run.ts'
import type { RunSpec } from './spec.ts'
import { threadExecutor } from './thread-executor.ts'

export * from './index.ts'
export { type ThreadOptions, threadExecutor } from './thread-executor.ts'

/** Below this many failures the answer is there before threads have started. */
const FAILURES_WORTH_THREADS = 2e6

/** `simulateRun` of '@walltime/sim' on threads: as many as `threads` says, else as many as help. */
export async function simulateRun(spec: RunSpec, options: SimulateOptions = {}): Promise<RunDistribution> {
  const threads = options.threads ?? helpfulThreads(spec, options.trials)
  if (options.executor !== undefined || threads === 1) return simulateRunHere(spec, options)
  const executor = threadExecutor({ threads })
  try {
    return await simulateRunHere(spec, { ...options, executor })
  } finally {
    await executor.close()
  }
}

/** `simulate` of '@walltime/sim' on threads. */
export function simulate(scenario: Scenario, options: SimulateScenarioOptions = {}): Promise<RunDistribution> {
  return simulateRun(planRun(scenario, options.estimate ?? estimate(scenario)), options)
}

function helpfulThreads(spec: RunSpec, trials = DEFAULT_TRIALS): number {
  const failures = trials * (1 + compileRun(spec).expectedFailures)
  return failures < FAILURES_WORTH_THREADS ? 1 : availableParallelism()
}

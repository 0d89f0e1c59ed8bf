import { type Estimate, estimate, readScenarioData, type Scenario } from '@walltime/core'
import type { Issue } from '@walltime/hardware'
import {
  type Executor,
  findSize,
  planRun,
  SimulationError,
  type SizeDirection,
  type SizePoint,
  type SizeRefusal,
  type SizeResult,
  simulateRun,
  threadExecutor,
} from '@walltime/sim/node'
import type { TrialOptions } from '../input/options.ts'
import { chooseThreads } from '../input/threads.ts'
import type { Condition, PathReading } from './condition.ts'
import type { Find, SizedScenario } from './read-find.ts'

/** A value, and what the condition reads with it. */
export interface SizedPoint extends SizePoint {
  readonly readings: readonly PathReading[]
  /** Why the run with this value never ends: it meets nothing. */
  readonly endless?: string
}

export interface SizeAnswer extends SizeResult<SizedPoint> {
  /** Of each value; 0 where the condition reads the estimate alone. */
  readonly trials: number
  readonly seed: string
}

export interface SizeScenarioOptions extends TrialOptions {
  readonly direction?: SizeDirection
  readonly signal: AbortSignal
  readonly onProgress: (tried: number) => void
}

/** Unless given: enough for a P95 to within about a tenth of the spread. */
const TRIALS = 2000

/** Searches the number under one seed, so that all its values meet the same luck. */
export async function sizeScenario(
  sized: SizedScenario,
  find: Find,
  condition: Condition,
  { direction, trials = TRIALS, seed = 'walltime', threads, signal, onProgress }: SizeScenarioOptions,
): Promise<SizeAnswer> {
  const chosen = chooseThreads(threads)
  const executor =
    chosen === 1 || !condition.simulated ? undefined : threadExecutor(chosen === undefined ? {} : { threads: chosen })
  let tried = 0
  const compute = async (value: number): Promise<SizedPoint | SizeRefusal> => {
    // Lets an interrupt through: refused values compute nothing that would.
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw new SimulationError('aborted', '', 'stopped before the search was finished')
    const read = readScenarioData(find.dataAt(value), sized.profiles, sized.files)
    if (isIssues(read)) return { refused: read[0]?.message ?? 'refused' }
    const own = estimate(read)
    if (!own.memory.fits) return { refused: 'does not fit in memory' }
    const point = await judged(value, read, own)
    tried++
    onProgress(tried)
    return point
  }
  const judged = async (value: number, scenario: Scenario, own: Estimate): Promise<SizedPoint> => {
    if (!condition.simulated) return { value, ...condition.judge({ scenario, estimate: own }) }
    const run = await simulated(scenario, own, { trials, seed, signal, executor })
    if (typeof run === 'string') {
      return { value, meets: false, certainty: 1, factor: Infinity, readings: [], endless: run }
    }
    return { value, ...condition.judge({ scenario, estimate: own, run }) }
  }
  try {
    const result = await findSize(find.scale, compute, direction)
    return { ...result, trials: condition.simulated ? trials : 0, seed }
  } finally {
    await executor?.close()
  }
}

interface Luck {
  readonly trials: number
  readonly seed: string
  readonly signal: AbortSignal
  readonly executor: Executor | undefined
}

/** The run's distribution, or why it never ends. */
async function simulated(scenario: Scenario, own: Estimate, { executor, ...luck }: Luck) {
  try {
    const run = await simulateRun(planRun(scenario, own), { ...luck, ...(executor === undefined ? {} : { executor }) })
    if (run.interrupted) throw new SimulationError('aborted', '', 'stopped before the search was finished')
    return run
  } catch (error) {
    if (error instanceof SimulationError && error.code === 'cannot-finish') return error.message
    throw error
  }
}

function isIssues(value: Scenario | readonly Issue[]): value is readonly Issue[] {
  return Array.isArray(value)
}

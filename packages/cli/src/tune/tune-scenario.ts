import { type Estimate, estimate, type Profiles, readScenario, type Scenario, type Setting } from '@walltime/core'
import {
  type IntervalForms,
  intervalForms,
  plannedIntervals,
  planRun,
  type RunSpec,
  type SpareForms,
  spareForms,
  type TuneBy,
  type TuneRange,
  type TuneResult,
  threadExecutor,
  tune,
} from '@walltime/sim/node'
import { toMistake } from '../input/load-scenarios.ts'
import type { TrialOptions } from '../input/options.ts'
import { chooseThreads } from '../input/threads.ts'
import { UserError } from '../user-error.ts'
import { refuse, type TuneRequest } from './read-tune.ts'

/** A scenario as text, to be read again with another value. */
export interface TunedScenario {
  readonly file: string
  readonly text: string
  readonly settings: readonly Setting[]
  readonly profiles: Profiles
  readonly files: ReadonlyMap<string, string>
  readonly scenario: Scenario
  readonly estimate: Estimate
}

export interface TuneAnswer extends TuneResult {
  readonly path: string
  /** What the closed forms choose, where there are some: they know exponential failures alone. */
  readonly closedForms?: IntervalForms | SpareForms
}

export interface TuneScenarioOptions extends TrialOptions {
  readonly by?: TuneBy | undefined
  readonly signal: AbortSignal
  readonly onProgress: (tried: number) => void
}

export async function tuneScenario(
  given: TunedScenario,
  request: TuneRequest,
  { by, trials, seed, threads, signal, onProgress }: TuneScenarioOptions,
): Promise<TuneAnswer> {
  const { kind, name } = request
  const spec = planRun(given.scenario, given.estimate)
  const forms =
    kind.of === 'interval' ? intervalForms(spec, kind.tier) : kind.of === 'spares' ? spareForms(spec) : undefined
  const own = ownValue(given, request, spec)
  const range = request.range ?? usualRange(request, spec, forms, own)
  const chosen = chooseThreads(threads)
  const executor = chosen === 1 ? undefined : threadExecutor(chosen === undefined ? {} : { threads: chosen })
  try {
    const result = await tune((value) => specAt(given, request, value), range, {
      signal,
      onProgress,
      ...(by === undefined ? {} : { by }),
      ...(trials === undefined ? {} : { trials }),
      ...(seed === undefined ? {} : { seed }),
      ...(own === undefined ? {} : { own }),
      ...(executor === undefined ? {} : { executor }),
    })
    return { path: name, ...result, ...(forms === undefined ? {} : { closedForms: forms }) }
  } finally {
    await executor?.close()
  }
}

/** The run of the scenario with a value in the place of its own. */
function specAt(given: TunedScenario, { path, name }: TuneRequest, value: number): RunSpec {
  const { file, text, settings, profiles, files } = given
  const setting = { path, value, text: `--tune ${name}=${value}` }
  const result = readScenario(text, { profiles, settings: [...settings, setting], files })
  if (!result.ok) throw new UserError(result.issues.map((issue) => toMistake(file, issue)))
  // The step knows nothing of what fails.
  const own = path[0] === 'reliability' ? given.estimate : estimate(result.scenario)
  return planRun(result.scenario, own)
}

function ownValue(
  { scenario, text, settings, profiles, files }: TunedScenario,
  { kind, path }: TuneRequest,
  spec: RunSpec,
) {
  if (kind.of === 'interval') return plannedIntervals(spec)[kind.tier]
  if (kind.of === 'spares') return scenario.reliability.spares.nodes
  const read = readScenario(text, { profiles, settings, files })
  const value = read.ok ? path.reduce<unknown>((data, step) => inside(data, step), read.data) : undefined
  return typeof value === 'number' ? value : undefined
}

function inside(data: unknown, step: string | number): unknown {
  return typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>)[step] : undefined
}

const AROUND = 10

/** Where to look when only the path is given. */
function usualRange(
  { text, kind, name }: TuneRequest,
  spec: RunSpec,
  forms: IntervalForms | SpareForms | undefined,
  own: number | undefined,
): TuneRange {
  if (kind.of === 'spares') {
    const enough = forms !== undefined && 'poisson99' in forms ? forms.poisson99 : 0
    return { low: 0, high: Math.max(4, 2 * enough, 2 * (own ?? 0)), whole: true }
  }
  if (kind.of === 'interval' && forms !== undefined && 'optimal' in forms && forms.optimal > 0) {
    const shortest = spec.shortestIntervalSeconds ?? 1
    return { low: Math.max(shortest, forms.optimal / AROUND), high: Math.max(2 * shortest, forms.optimal * AROUND) }
  }
  if (own !== undefined && own > 0) return { low: own / AROUND, high: own * AROUND }
  throw refuse(text, `no value of ${name} to begin from; say where to look, such as ${name}=lo..hi`)
}

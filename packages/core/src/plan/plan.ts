/** A plan: the best layouts of a scenario, by how much and why each loses to the first, and what stands against better ones. */

import { estimate } from '../estimate.ts'
import { type Estimate, STEP_PARTS, type StepPart } from '../estimate-result.ts'
import { compileLayouts } from '../layout-evaluator.ts'
import { BUSY_POWER_SHARE, facilityPower, paidChips, SECONDS_PER_HOUR } from '../run/run.ts'
import { mainPhase, type Parallelism, phaseScenario, type Scenario, trainerPool } from '../scenario/scenario.ts'
import { layoutInput } from './layout-input.ts'
import {
  type Found,
  LayoutSearch,
  type SearchCounts,
  type SearchOptions,
  type SearchResult,
  searchLayouts,
} from './search.ts'
import { type PlanChoices, planSpace } from './space.ts'

/** By how much a candidate differs from the first. */
export interface Loss {
  /** Seconds of a step more. */
  readonly seconds: number
  /** Parts of the step, the one that loses most first; they add up to `seconds`. */
  readonly parts: readonly { readonly part: StepPart; readonly seconds: number }[]
  /** Bytes of a chip more. */
  readonly peakBytes: number
  /** Fields of the layout that differ. */
  readonly differs: readonly string[]
}

/** What a plan says of one layout: the parts of an estimate, and money and energy. */
export interface PlanCandidate extends Pick<Estimate, 'layout' | 'step' | 'memory' | 'run'> {
  readonly objective: number
  /** USD and joules of one token, without failures. */
  readonly costPerToken: number
  readonly energyPerToken: number
  /** The layout as a scenario file writes it. */
  readonly parallelism: Readonly<Record<string, unknown>>
  /** Null for the first. */
  readonly loses: Loss | null
}

/** A layout of the front: the fastest of those that use no more than a share of a chip's memory. */
export interface FrontPoint extends Pick<PlanCandidate, 'parallelism' | 'costPerToken' | 'energyPerToken'> {
  readonly seconds: number
  readonly peakBytes: number
}

/** What stands against a faster layout: each as seconds of the fastest step without it. */
export interface Binding {
  /** With endless memory; null where that changes nothing. */
  readonly memory: {
    readonly seconds: number
    readonly peakBytes: number
    readonly parallelism: PlanCandidate['parallelism']
  } | null
}

export interface PlanResult extends SearchCounts {
  readonly scenario: string
  readonly candidates: readonly PlanCandidate[]
  /** The smallest of what does not fit, where nothing does. */
  readonly nearest: PlanCandidate | null
  /** The scenario's own layout, where it has one that keeps the rules. */
  readonly given: PlanCandidate | null
}

/** Money and joules of one token while a step takes `seconds`. */
export function tokenCosts(
  scenario: Scenario,
  seconds: number,
): Pick<PlanCandidate, 'costPerToken' | 'energyPerToken'> {
  const { training } = mainPhase(scenario)
  const pool = trainerPool(scenario)
  const perToken = seconds / (training.globalBatch * training.sequenceLength)
  return {
    costPerToken: (paidChips(scenario) * scenario.cost.price.usdPerChipHour.p50 * perToken) / SECONDS_PER_HOUR,
    energyPerToken: facilityPower(pool, pool.chips, BUSY_POWER_SHARE) * perToken,
  }
}

/** A scenario of one phase with another layout. */
export function withLayout(scenario: Scenario, parallelism: Parallelism): Scenario {
  const one = phaseScenario(scenario, mainPhase(scenario))
  return { ...one, phases: [{ ...mainPhase(one), parallelism }] }
}

/** Fields of two layouts that differ, dp left out: it follows. */
function differences(a: PlanCandidate['parallelism'], b: PlanCandidate['parallelism']): readonly string[] {
  const fields = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...fields].filter((field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]))
}

function lossOf(first: PlanCandidate, own: Omit<PlanCandidate, 'loses'>): Loss {
  const parts = STEP_PARTS.map((part) => ({ part, seconds: own.step.breakdown[part] - first.step.breakdown[part] }))
  return {
    seconds: own.step.seconds - first.step.seconds,
    parts: parts.filter(({ seconds }) => seconds !== 0).sort((a, b) => b.seconds - a.seconds),
    peakBytes: own.memory.peakBytes - first.memory.peakBytes,
    differs: differences(first.parallelism, own.parallelism),
  }
}

function candidateOf(scenario: Scenario, { layout, objective }: Found, first: PlanCandidate | null): PlanCandidate {
  const own = withLayout(scenario, layout)
  const { layout: placed, step, memory, run } = estimate(own)
  const candidate = {
    layout: placed,
    step,
    memory,
    run,
    objective,
    ...tokenCosts(own, step.seconds),
    parallelism: layoutInput(layout),
  }
  return { ...candidate, loses: first === null ? null : lossOf(first, candidate) }
}

/** A search of a scenario's main phase. Run it to the end, or as far as there is time for, and describe its result. */
export function newPlan(scenario: Scenario, choices: PlanChoices, options: SearchOptions): LayoutSearch {
  const one = phaseScenario(scenario, mainPhase(scenario))
  return new LayoutSearch(one, planSpace(one, choices), options)
}

/**
 * What a search found, in the words of an estimate.
 *
 * @param given the scenario has a layout of its own, to be held against the best
 */
export function describePlan(scenario: Scenario, result: SearchResult, given: boolean): PlanResult {
  const { found, nearest, size, evaluated, pruned, refused } = result
  const candidates: PlanCandidate[] = []
  for (const one of found) candidates.push(candidateOf(scenario, one, candidates[0] ?? null))
  return {
    scenario: scenario.name,
    candidates,
    ...{ size, evaluated, pruned, refused },
    nearest: nearest === null ? null : candidateOf(scenario, nearest, null),
    given: given ? ownCandidate(scenario, candidates[0] ?? null) : null,
  }
}

function ownCandidate(scenario: Scenario, first: PlanCandidate | null): PlanCandidate | null {
  const one = phaseScenario(scenario, mainPhase(scenario))
  const { parallelism: layout } = mainPhase(one)
  const evaluator = compileLayouts(one)
  if (evaluator.evaluate(layout) !== 0) return null
  const { seconds, peakBytes } = evaluator
  return candidateOf(scenario, { layout, objective: seconds, seconds, peakBytes }, first)
}

/** Shares of a chip's memory at which a front is drawn. */
const FRONT_SHARES = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]

/**
 * Points of the Pareto front of time, memory and cost: the fastest layout of those that fit in a falling share of a chip's
 * memory, as long as any does. Each is on the front: what is smaller than it is slower. Money and energy follow the time.
 */
export function planFront(scenario: Scenario, choices: PlanChoices, options: SearchOptions): readonly FrontPoint[] {
  const one = phaseScenario(scenario, mainPhase(scenario))
  const space = planSpace(one, choices)
  const { bytes } = trainerPool(one).system.chip.memory
  const points: FrontPoint[] = []
  for (const share of FRONT_SHARES) {
    const before = points.at(-1)
    const capacityBytes = share * bytes
    // Nothing that fits in less memory is faster: the last point stands for this share too where it fits.
    if (before !== undefined && before.peakBytes <= capacityBytes) continue
    const [best] = searchLayouts(one, space, { ...options, top: 1, capacityBytes }).found
    if (best === undefined) break
    const { seconds, peakBytes } = best
    points.push({ seconds, peakBytes, ...tokenCosts(one, seconds), parallelism: layoutInput(best.layout) })
  }
  return points
}

/** What the winner would gain without its limits. */
export function planBinding(scenario: Scenario, choices: PlanChoices, options: SearchOptions, best: Found): Binding {
  const one = phaseScenario(scenario, mainPhase(scenario))
  const free = { ...options, top: 1, capacityBytes: Number.POSITIVE_INFINITY }
  const [faster] = searchLayouts(one, planSpace(one, choices), free).found
  if (faster === undefined || faster.objective >= best.objective) return { memory: null }
  const { seconds, peakBytes, layout } = faster
  return { memory: { seconds, peakBytes, parallelism: layoutInput(layout) } }
}

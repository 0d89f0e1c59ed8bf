/** `parallelism: auto`: the fastest layout that fits, searched once for a problem. */

import type { LayoutProblem } from '../layout-evaluator.ts'
import { mainPhase, trainerPool } from '../scenario/scenario.ts'
import { type SearchResult, searchLayouts } from './search.ts'
import { type PlanChoices, planSpace } from './space.ts'

/** Candidates that a plan shows unless told otherwise. */
export const DEFAULT_TOP = 10

/** Problems whose answer is kept. */
const KEPT = 64

const answers = new Map<string, SearchResult>()

/** All that a layout's step and memory depend on, as text. */
function keyOf(problem: LayoutProblem, choices: PlanChoices): string {
  const { model, software, calibration } = problem
  const { tokens: _, ...training } = mainPhase(problem).training
  const { system, chips, fabric } = trainerPool(problem)
  return JSON.stringify([model, software, calibration, training, system, chips, fabric, choices])
}

/** The plan of a problem, without conditions and for the least time. The answer is kept, so that no problem is searched twice. */
export function fastestLayouts(problem: LayoutProblem, choices: PlanChoices = {}): SearchResult {
  const key = keyOf(problem, choices)
  const known = answers.get(key)
  if (known !== undefined) return known
  const result = searchLayouts(problem, planSpace(problem, choices), { top: DEFAULT_TOP })
  const oldest = answers.keys().next().value
  if (answers.size >= KEPT && oldest !== undefined) answers.delete(oldest)
  answers.set(key, result)
  return result
}

/** Restrictions of a search as a user writes them: values of fields under `parallelism`. */

import { didYouMean, type Issue } from '@walltime/hardware'
import { parallelismInput } from '../scenario/input-schema.ts'
import { toIssues } from '../scenario/object-schema.ts'
import { resolveParallelism } from '../scenario/resolve/training.ts'
import type { Parallelism } from '../scenario/scenario.ts'
import { PLAN_AXES, type PlanChoices } from './space.ts'

const SECTION = 'parallelism'

/** Values of one axis: each is checked as a scenario's would be, and what is wrong with it added to `issues`. */
function axisValues(axis: string, values: readonly unknown[], issues: Issue[]): readonly unknown[] {
  const found: unknown[] = []
  for (const value of values) {
    const fields = parallelismInput.safeParse({ [axis]: value })
    if (!fields.success) {
      issues.push(...toIssues(fields.error, [SECTION]))
      continue
    }
    // Chips do not matter: dp is none of the axes.
    const layout = resolveParallelism({ issues: [], assumptions: [], warnings: [] }, fields.data, 1)
    found.push(axis === 'sequenceParallel' ? value : layout[axis as keyof Parallelism])
  }
  return found
}

/**
 * Choices from lists of values by axis, such as `{tp: [1, 2, 4, 8], recompute: ['none', {modules: ['norm']}]}`. Either the
 * choices or all that is wrong with them.
 */
export function readChoices(lists: Readonly<Record<string, readonly unknown[]>>): PlanChoices | readonly Issue[] {
  const issues: Issue[] = []
  const choices: Record<string, readonly unknown[]> = {}
  for (const [axis, values] of Object.entries(lists)) {
    if (!(PLAN_AXES as readonly string[]).includes(axis)) {
      const near = didYouMean(axis, PLAN_AXES)
      const hint = near === undefined ? `it can be ${PLAN_AXES.join(', ')}` : `did you mean "${near}"?`
      issues.push({ code: 'plan.axis', path: [SECTION, axis], message: `is nothing that a plan chooses; ${hint}` })
      continue
    }
    if (values.length === 0) {
      issues.push({ code: 'plan.choices', path: [SECTION, axis], message: 'no value to choose' })
      continue
    }
    choices[axis] = distinct(axisValues(axis, values, issues))
  }
  return issues.length > 0 ? issues : (choices as PlanChoices)
}

function distinct(values: readonly unknown[]): readonly unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()]
}

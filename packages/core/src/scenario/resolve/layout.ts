/** Layouts that a scenario leaves to walltime. */

import { CALIBRATION } from '../../calibration/calibration.ts'
import type { LayoutProblem } from '../../layout-evaluator.ts'
import type { Architecture } from '../../model/architecture.ts'
import { fastestLayouts } from '../../plan/auto.ts'
import { describeLayout } from '../../plan/layout-input.ts'
import { PLAN_AXES, type PlanChoices } from '../../plan/space.ts'
import { formatPath } from '../document.ts'
import { given } from '../given.ts'
import type { ParallelismInput } from '../input-schema.ts'
import type { Phase, Pool, SoftwareStack } from '../scenario.ts'
import { assume, type Notes, report } from './notes.ts'

/** What a layout is searched for: a phase on its chips. */
interface Wanted {
  readonly model: Architecture
  readonly pool: Pool
  readonly phase: Phase
  readonly software: SoftwareStack
}

function problemOf({ model, pool, phase, software }: Wanted): LayoutProblem {
  return {
    model,
    cluster: { pools: [pool], links: [] },
    phases: [phase],
    roles: [{ name: 'trainer', pool: pool.id }],
    software,
    calibration: CALIBRATION,
  }
}

const GIB = 2 ** 30

/**
 * The phase with the fastest layout that fits; where none does, with the one that comes nearest, and a warning. Undefined,
 * and reported, where no layout divides.
 *
 * @param pins what the file says of the layout: the rest is searched
 */
export function findLayout(notes: Notes, wanted: Wanted, pins: ParallelismInput): Phase | undefined {
  const { phase, pool } = wanted
  const choices: Record<string, readonly unknown[]> = {}
  for (const field of Object.keys(given(pins))) {
    const axis = PLAN_AXES.find((name) => name === field)
    if (axis === undefined) {
      const message = `cannot be given where the rest of the layout is auto; give one of ${PLAN_AXES.join(', ')}, or all of it`
      return report(notes, 'plan.axis', [...phase.path, 'parallelism', field], message)
    }
    choices[axis] = [axis === 'sequenceParallel' ? pins.sequenceParallel : phase.parallelism[axis]]
  }
  const { found, nearest, size, refused } = fastestLayouts(problemOf(wanted), choices as PlanChoices)
  const [best] = found
  const layout = best?.layout ?? nearest?.layout
  const path = [...phase.path, 'parallelism']
  const many = size.toLocaleString('en-US')
  if (layout === undefined) {
    const reasons = Object.entries(refused).map(([reason, count]) => `${count.toLocaleString('en-US')} by ${reason}`)
    const why = reasons.length === 0 ? '' : ` (${reasons.join(', ')})`
    return report(notes, 'plan.none', path, `none of ${many} layouts can run${why}`)
  }
  if (best === undefined && nearest !== null) {
    const gib = (bytes: number) => (bytes / GIB).toFixed(1)
    notes.warnings.push({
      code: 'plan.memory',
      path: formatPath(path),
      message: `none of ${many} layouts fits in memory; this one comes nearest, with ${gib(nearest.peakBytes)} of ${gib(pool.system.chip.memory.bytes)} GiB`,
    })
  }
  assume(
    notes,
    formatPath(path),
    describeLayout(layout),
    `auto: the fastest of ${many} layouts that fits (walltime plan)`,
  )
  return { ...phase, parallelism: layout }
}

import {
  type FailureClass,
  type FailureUnit,
  type Pool,
  restartSeconds,
  type Scenario,
  secondsOf,
} from '@walltime/core'
import { nodesOfRadius } from './blast-radius.ts'
import type { FailureClassSpec } from './spec.ts'
import { switchCount } from './switch-count.ts'

/** Units of a class that do not grow with the nodes of a phase. */
const FIXED: ReadonlySet<FailureUnit> = new Set(['job', 'person'])

/** The job that failures strike: its first phase. */
export interface StruckJob {
  readonly pool: Pool
  readonly chips: number
  readonly nodes: number
  /** Seconds of a step, where times are told in steps. */
  readonly stepSeconds: number
}

/** The failure classes of a scenario, with what they count and what a failure takes with it. */
export function planFailures({ reliability }: Scenario, job: StruckJob): readonly FailureClassSpec[] {
  const { pool, chips, nodes } = job
  const ports = nodes * pool.system.nicsPerNode
  const units: Readonly<Record<FailureUnit, number>> = {
    chip: chips,
    node: nodes,
    link: ports,
    switch: switchCount(pool.fabric, ports),
    rack: Math.ceil(nodes / reliability.rackNodes),
    job: 1,
    person: reliability.people,
  }
  return reliability.failures.classes.map((one) => ({
    id: one.id,
    rate: one.rate,
    units: units[one.per],
    ...(FIXED.has(one.per) ? { fixedUnits: true } : {}),
    detectionSeconds: one.detection,
    losesNode: one.losesNode,
    repair: one.repair,
    ...timing(one),
    ...damage(one, reliability.rackNodes, job),
  }))
}

/** When it strikes, beyond its rate. */
function timing({ lifetime, trace, modulation, burst, whileDown, grace }: FailureClass): Partial<FailureClassSpec> {
  return {
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(trace === undefined ? {} : { trace }),
    ...(modulation === undefined ? {} : { modulation }),
    ...(burst === undefined ? {} : { burst }),
    ...(whileDown === undefined ? {} : { whileDown }),
    ...(grace === undefined ? {} : { graceSeconds: grace }),
  }
}

/** What it does and what is done about it. */
function damage(
  one: FailureClass,
  rackNodes: number,
  { pool, chips, nodes, stepSeconds }: StruckJob,
): Partial<FailureClassSpec> {
  const { effect, radius, diagnosis, wrongDiagnosis, overEviction, stop, restart, pace, rollback } = one
  const lost = radius === undefined ? 1 : nodesOfRadius(radius, pool, rackNodes)
  return {
    // A hang is a kill that a timeout tells.
    ...(effect === undefined || effect === 'kill' || effect === 'hang' ? {} : { effect }),
    ...(one.losesNode && lost !== 1 ? { nodesLost: lost >= nodes ? Number.POSITIVE_INFINITY : lost } : {}),
    ...(diagnosis === undefined ? {} : { diagnosisSeconds: diagnosis }),
    ...(wrongDiagnosis === undefined ? {} : { wrongDiagnosis }),
    ...(overEviction === undefined ? {} : { overEviction }),
    ...(stop === undefined ? {} : { stopSeconds: stop }),
    ...(restart === undefined
      ? {}
      : { restartSeconds: typeof restart === 'number' ? restart : restartSeconds(restart, chips) }),
    ...(pace === undefined ? {} : { slowPace: pace }),
    ...(rollback === undefined
      ? {}
      : {
          rollbackSeconds:
            typeof rollback === 'object' && 'steps' in rollback ? secondsOf(rollback, stepSeconds) : rollback,
        }),
  }
}

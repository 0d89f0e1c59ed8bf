/** What the closed forms would choose for a run: beside a tuned value. They know exponential failures alone. */

import { erlangBStall, poissonQuantile } from './closed-forms/spares.ts'
import { type TwoLevelPattern, twoLevelPattern } from './closed-forms/two-level.ts'
import { ratesByTier } from './compile/checkpoints.ts'
import type { CompiledPhase } from './compile/compiled.ts'
import { compileRun } from './compile/run.ts'
import { dalyInterval, optimalInterval, youngInterval } from './daly.ts'
import { meanDuration } from './duration.ts'
import type { RunSpec } from './spec.ts'

/** Seconds of computing between two checkpoints of a tier. */
export interface IntervalForms {
  /** Of the failures that go back to this tier, at the median fleet: seconds. */
  readonly mtbfSeconds: number
  readonly young: number
  readonly daly: number
  readonly optimal: number
  /** Where there are two tiers and failures of both kinds. */
  readonly twoLevel?: TwoLevelPattern
}

/** For the first phase of a run and a tier of it; absent where nothing fails that needs the tier. */
export function intervalForms(spec: RunSpec, tier = 0): IntervalForms | undefined {
  const run = compileRun(spec)
  const scale = (run.phases[0] as CompiledPhase).members / run.members
  const fleet = run.constants.fleet.p50
  const rates = ratesByTier(run.tiers, run.classes, (c) => c.rate * (c.fixedUnits ? 1 : scale) * fleet)
  const rate = rates[tier] ?? 0
  const blocking = run.tiers[tier]?.blockingSeconds ?? 0
  if (!(rate > 0) || !Number.isFinite(1 / rate)) return undefined
  const [first, second] = run.tiers.map(({ blockingSeconds }, k) => ({ blockingSeconds, rate: rates[k] ?? 0 }))
  const both =
    run.tiers.length === 2 && first !== undefined && second !== undefined && first.rate > 0 && second.rate > 0
  return {
    mtbfSeconds: 1 / rate,
    young: youngInterval(blocking, 1 / rate),
    daly: dalyInterval(blocking, 1 / rate),
    optimal: optimalInterval(blocking, 1 / rate),
    ...(both ? { twoLevel: twoLevelPattern(first, second) } : {}),
  }
}

/** Seconds of computing between two checkpoints of each tier, as the run's rules choose them for its first phase. */
export function plannedIntervals(spec: RunSpec): readonly number[] {
  const { phases } = compileRun(spec)
  const { intervalSeconds, every } = phases[0] as CompiledPhase
  return every.map((times) => times * intervalSeconds)
}

export interface SpareForms {
  /** Mean nodes in repair at once: nodes lost per second times mean seconds of repair. */
  readonly nodesInRepair: number
  /** Fewest that cover the nodes in repair in 99 % of moments. */
  readonly poisson99: number
  /** That cost least: chips that are paid for over the share of time in which the job does not stand still for one. */
  readonly erlang: number
}

const MOST = 100_000

/** Spares for the first phase; absent where no node is lost, or none is repaired. */
export function spareForms(spec: RunSpec): SpareForms | undefined {
  const run = compileRun(spec)
  const phase = run.phases[0] as CompiledPhase
  const scale = phase.members / run.members
  let load = 0
  for (const { rate, fixedUnits, nodesLost, repair } of run.classes) {
    const { automaticShare, automatic, manual } = repair
    const seconds = automaticShare * meanDuration(automatic) + (1 - automaticShare) * meanDuration(manual)
    const lost = Math.min(nodesLost, phase.members)
    load += rate * (fixedUnits ? 1 : scale) * run.constants.fleet.p50 * lost * seconds
  }
  if (!(load > 0) || !(load < MOST / 10)) return undefined
  const costOf = (spares: number) => (phase.members + spares) / (1 - erlangBStall(spares, load))
  let erlang = 0
  // Past the nodes in repair each further spare saves less than the one before.
  while (erlang < MOST && costOf(erlang + 1) < costOf(erlang)) erlang++
  return { nodesInRepair: load, poisson99: poissonQuantile(load, 0.99), erlang }
}

import {
  BUSY_POWER_SHARE,
  type Estimate,
  type FailureUnit,
  facilityPower,
  IDLE_POWER_SHARE,
  type Pool,
  paidChips,
  type Scenario,
  trainerPool,
} from '@walltime/core'
import type { Uncertain } from '@walltime/hardware'
import type { FailureClassSpec, RunSpec } from './spec.ts'
import { switchCount } from './switch-count.ts'

/** The run of a scenario: its failure-free seconds from the estimate, its failures, checkpoints, price and power. */
export function planRun(scenario: Scenario, estimate: Pick<Estimate, 'run' | 'step'>): RunSpec {
  const { reliability, cost } = scenario
  const { checkpoint, spares } = reliability
  const pool = trainerPool(scenario)
  return {
    workSeconds: estimate.run.seconds,
    stepError: scale(estimate.step.spread, 1 / estimate.step.seconds),
    failures: failureClasses(scenario, pool),
    fleet: reliability.fleet,
    checkpoint: { blockingSeconds: checkpoint.blocking, durableAfterSeconds: checkpoint.durableAfter },
    restartSeconds: reliability.restart,
    intervalSeconds: checkpoint.interval,
    shortestIntervalSeconds: estimate.step.seconds,
    startupSeconds: reliability.startup,
    spares: { nodes: spares.nodes },
    cost: { usdPerChipHour: cost.price.usdPerChipHour, chips: paidChips(scenario) },
    power: {
      busyWatts: facilityPower(pool, pool.chips, BUSY_POWER_SHARE),
      idleWatts: facilityPower(pool, pool.chips, IDLE_POWER_SHARE),
    },
  }
}

function failureClasses({ reliability }: Scenario, pool: Pool): readonly FailureClassSpec[] {
  const nodes = Math.ceil(pool.chips / pool.system.chipsPerNode)
  const units: Readonly<Record<FailureUnit, number>> = {
    chip: pool.chips,
    node: nodes,
    switch: switchCount(pool.fabric, nodes * pool.system.nicsPerNode),
    job: 1,
  }
  return reliability.failures.classes.map(({ id, rate, per, detection, losesNode, repair }) => ({
    id,
    rate,
    units: units[per],
    detectionSeconds: detection,
    losesNode,
    repair,
  }))
}

function scale({ p5, p50, p95, law }: Uncertain, by: number): Uncertain {
  return { p5: p5 * by, p50: p50 * by, p95: p95 * by, law }
}

import type { RunResult } from '../estimate-result.ts'
import type { Pool, Scenario } from '../scenario/scenario.ts'
import { mainPhase, trainerPool } from '../scenario/scenario.ts'

export const SECONDS_PER_HOUR = 3600

/**
 * Share of the all-in power that a node draws while it trains: eight-H100 nodes measured 76 to 82 % of their rated
 * maximum under heavy training (arXiv:2506.14551; IEEE Access 13:61740).
 */
export const BUSY_POWER_SHARE = 0.8

/** Share of the all-in power that a node draws while the job stands still (OLMo: chips swing between 15 and 85 %, arXiv:2503.05804; hosts and switches stay on). */
export const IDLE_POWER_SHARE = 0.3

/** Facility watts of a pool's training chips at a share of their all-in power. */
export function facilityPower(pool: Pool, chips: number, share: number): number {
  return chips * pool.system.allInPower * share * pool.pue
}

/** Chips that are paid for: those that train and paid spares. */
export function paidChips(scenario: Scenario): number {
  const pool = trainerPool(scenario)
  const { spares } = scenario.reliability
  return pool.chips + (spares.paid ? spares.nodes * pool.system.chipsPerNode : 0)
}

/** Steps of a phase: tokens over tokens a step, the last one started counts whole. */
export function countSteps(scenario: Scenario): number {
  const { training } = mainPhase(scenario)
  return Math.ceil(training.tokens / (training.globalBatch * training.sequenceLength))
}

/** The run without failures and without checkpoints. */
export function runWithoutFailures(scenario: Scenario, stepSeconds: number): RunResult {
  const pool = trainerPool(scenario)
  const steps = countSteps(scenario)
  const seconds = steps * stepSeconds
  const hours = seconds / SECONDS_PER_HOUR
  return {
    steps,
    seconds,
    chipHours: pool.chips * hours,
    rentalUsd: paidChips(scenario) * hours * scenario.cost.price.usdPerChipHour.p50,
    energyJoules: facilityPower(pool, pool.chips, BUSY_POWER_SHARE) * seconds,
  }
}

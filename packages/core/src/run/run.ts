import type { RunResult } from '../estimate-result.ts'
import type { Pool, Scenario, Training } from '../scenario/scenario.ts'
import { trainerPool } from '../scenario/scenario.ts'

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

/** Chips that wait as spares and are paid for. */
export function paidSpareChips(scenario: Scenario): number {
  const { nodes, paid, pools = [{ nodes, paid }] } = scenario.reliability.spares
  const paidNodes = pools.reduce((sum, pool) => sum + (pool.paid && Number.isFinite(pool.nodes) ? pool.nodes : 0), 0)
  return paidNodes * trainerPool(scenario).system.chipsPerNode
}

/** Chips that are paid for in the main phase: those that train and paid spares. */
export function paidChips(scenario: Scenario): number {
  return trainerPool(scenario).chips + paidSpareChips(scenario)
}

/** Steps of a phase: tokens over tokens a step, the last one started counts whole. */
export function countPhaseSteps({ tokens, globalBatch, sequenceLength }: Training): number {
  return Math.ceil(tokens / (globalBatch * sequenceLength))
}

/** What a phase takes without failures and without checkpoints. */
export interface PhaseTime {
  readonly steps: number
  readonly seconds: number
  readonly chips: number
}

/** The run without failures and without checkpoints: the sum over its phases. */
export function runWithoutFailures(scenario: Scenario, phases: readonly PhaseTime[]): RunResult {
  const pool = trainerPool(scenario)
  const spares = paidSpareChips(scenario)
  const price = scenario.cost.price.usdPerChipHour.p50
  const total = { steps: 0, seconds: 0, chipHours: 0, rentalUsd: 0, energyJoules: 0 }
  for (const { steps, seconds, chips } of phases) {
    const hours = seconds / SECONDS_PER_HOUR
    total.steps += steps
    total.seconds += seconds
    total.chipHours += chips * hours
    total.rentalUsd += (chips + spares) * hours * price
    total.energyJoules += facilityPower(pool, chips, BUSY_POWER_SHARE) * seconds
  }
  return total
}

/** The paths that expressions and tables read of a scenario and its results, and what each holds. */

import { MEMORY_PARTS, STEP_PARTS } from '../estimate-result.ts'
import type { PointSetting } from '../point-evaluator.ts'
import { mainPhase, type Scenario, trainerPool } from '../scenario/scenario.ts'
import type { ExpressionType, ExpressionValue } from './expression.ts'

/** A value of a scenario by its path in the file, in SI. */
export interface ScenarioReading {
  readonly type: ExpressionType
  readonly of: (setting: PointSetting) => ExpressionValue
}

const number = (of: (setting: PointSetting) => number): ScenarioReading => ({ type: 'number', of })
const text = (of: (setting: PointSetting) => string): ScenarioReading => ({ type: 'text', of })
const condition = (of: (setting: PointSetting) => boolean): ScenarioReading => ({ type: 'condition', of })

const SECONDS_PER_HOUR = 3600

/** Paths of the scenario file, with what they come to once presets are expanded and defaults filled in. */
export const SCENARIO_READINGS: ReadonlyMap<string, ScenarioReading> = new Map<string, ScenarioReading>([
  ['model', text(({ scenario }) => scenario.model.id)],
  ...(['layers', 'hidden', 'ffnHidden', 'heads', 'kvHeads', 'headDim', 'vocab', 'mtpLayers'] as const).map(
    (field): [string, ScenarioReading] => [`model.${field}`, number(({ scenario }) => scenario.model[field])],
  ),
  ['model.moe.experts', number(({ scenario }) => scenario.model.moe?.experts ?? 0)],
  ['model.moe.topK', number(({ scenario }) => scenario.model.moe?.topK ?? 0)],
  ['cluster.system', text(({ scenario }) => trainerPool(scenario).system.id)],
  ['cluster.fabric', text(({ scenario }) => trainerPool(scenario).fabric.id)],
  ['cluster.chips', number(({ scenario }) => trainerPool(scenario).chips)],
  ['cluster.pue', number(({ scenario }) => trainerPool(scenario).pue)],
  ['cluster.nodes', number(({ scenario }) => trainerPool(scenario).chips / trainerPool(scenario).system.chipsPerNode)],
  ...(['tokens', 'sequenceLength', 'globalBatch'] as const).map((field): [string, ScenarioReading] => [
    `training.${field}`,
    number(({ training }) => training[field]),
  ]),
  ['training.precision', text(({ training }) => training.precision)],
  ['training.optimizer', text(({ training }) => training.optimizer.name)],
  ...(['tp', 'pp', 'cp', 'ep', 'etp', 'dp', 'vpp', 'microBatch', 'zero'] as const).map(
    (field): [string, ScenarioReading] => [`parallelism.${field}`, number(({ parallelism }) => parallelism[field])],
  ),
  ['parallelism.shardGroup', number(({ parallelism }) => parallelism.shardGroup ?? Number.NaN)],
  ['parallelism.schedule', text(({ parallelism }) => parallelism.schedule)],
  ['parallelism.recompute', text(({ parallelism }) => parallelism.recompute.mode)],
  ['parallelism.sequenceParallel', condition(({ parallelism }) => parallelism.sequenceParallel)],
  ['parallelism.optimizerOffload', condition(({ parallelism }) => parallelism.optimizerOffload)],
  ['software', text(({ scenario }) => scenario.software.id)],
  ['cost.price', number(({ scenario }) => scenario.cost.price.usdPerChipHour.p50 / SECONDS_PER_HOUR)],
  ['reliability.failures', text(({ scenario }) => scenario.reliability.failures.id)],
  ['reliability.spares.nodes', number(({ scenario }) => scenario.reliability.spares.nodes)],
])

/** What `SCENARIO_READINGS` read of a scenario as it stands. */
export function settingOf(scenario: Scenario): PointSetting {
  const { training, parallelism } = mainPhase(scenario)
  return { scenario, training, parallelism }
}

const numbers = (prefix: string, names: readonly string[]) =>
  names.map((name): [string, ExpressionType] => [`${prefix}.${name}`, 'number'])

/** Paths of an estimate that a point of a compiled scenario has too (`PointEstimate`). */
export const POINT_PATHS: ReadonlyMap<string, ExpressionType> = new Map<string, ExpressionType>([
  ...numbers('step', ['seconds', 'mfu', 'hfu', 'modelTflopsPerChip', 'tokensPerSecond', 'tokensPerSecondPerChip']),
  ['step.modelFlops', 'number'],
  ...numbers('memory', ['peakBytes', 'capacityBytes']),
  ['memory.fits', 'condition'],
  ...numbers('layout', ['tp', 'pp', 'cp', 'ep', 'etp', 'dp', 'vpp', 'microBatch', 'microBatches', 'zero']),
  ['layout.schedule', 'text'],
  ...numbers('run', ['steps', 'seconds', 'chipHours', 'rentalUsd', 'energyJoules']),
])

/** Paths of an estimate. */
export const ESTIMATE_PATHS: ReadonlyMap<string, ExpressionType> = new Map<string, ExpressionType>([
  ...POINT_PATHS,
  ['step.interval90[0]', 'number'],
  ['step.interval90[1]', 'number'],
  ...numbers('step.breakdown', STEP_PARTS),
  ...numbers('memory.breakdown', MEMORY_PARTS),
  ['memory.stage', 'number'],
  ['layout.sequenceParallel', 'condition'],
  ...numbers('model', ['parameters', 'activeParameters']),
])

const STATISTICS = ['mean', 'sd', 'standardError', 'p5', 'p10', 'p25', 'p50', 'p75', 'p90', 'p95', 'p99']
const OUTCOMES = ['wallClockSeconds', 'costUsd', 'energyJoules', 'goodput', 'interruptions']

/** Paths of a simulated distribution. */
export const DISTRIBUTION_PATHS: ReadonlyMap<string, ExpressionType> = new Map<string, ExpressionType>([
  ...OUTCOMES.flatMap((outcome) => numbers(outcome, STATISTICS)),
  ['productiveSeconds', 'number'],
  ['checkpoint.intervalSeconds', 'number'],
])

/** Results of which more is better; of all others the least is. */
const MORE_IS_BETTER =
  /^(?:step\.(?:mfu|hfu|modelTflopsPerChip|tokensPerSecond(?:PerChip)?)|goodput\.(?!sd|standardError)\w+)$/

/** Whether a result is best where it is highest, when it stands alone as an objective. */
export function moreIsBetter(objective: string): boolean {
  return MORE_IS_BETTER.test(objective.trim())
}

/** A reader of one path of results as JSON has them (`step.breakdown.bubble`); NaN where there is no such value. */
export function resultReader(path: string): (results: object) => ExpressionValue {
  const steps = path.replace(/\[(\d+)\]/g, '.$1').split('.')
  return (results) => {
    let value: unknown = results
    for (const step of steps) {
      if (typeof value !== 'object' || value === null) return Number.NaN
      value = (value as Readonly<Record<string, unknown>>)[step]
    }
    return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : Number.NaN
  }
}

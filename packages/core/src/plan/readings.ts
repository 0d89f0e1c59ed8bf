/** What a condition or an objective of a plan may read, and how it is read of a layout. */

import { MEMORY_PARTS, STEP_PARTS } from '../estimate-result.ts'
import type { ExpressionType, ExpressionValue } from '../expression/expression.ts'
import { SCENARIO_READINGS } from '../expression/readings.ts'
import type { LayoutEvaluator } from '../layout-evaluator.ts'
import { modelFlopsPerStep } from '../model/flops.ts'
import { countPhaseSteps, runWithoutFailures } from '../run/run.ts'
import { mainPhase, type Parallelism, phaseScenario, type Scenario, trainerPool } from '../scenario/scenario.ts'
import { type StepRates, stepRates, utilisationPeak } from '../step/rates.ts'
import { tokenCosts } from './plan.ts'

/** Reads a value of a layout, and where it is a result, of the evaluator that has just finished it. */
export type LayoutReader = (layout: Parallelism, evaluator: LayoutEvaluator) => ExpressionValue

const RATES = ['tokensPerSecond', 'tokensPerSecondPerChip', 'modelTflopsPerChip', 'mfu', 'hfu'] as const
const RUN = ['seconds', 'chipHours', 'rentalUsd', 'energyJoules'] as const
const TOKEN = ['costPerToken', 'energyPerToken'] as const

/** Results that fall and rise with the step's seconds, and those that rise as it falls. */
const LIKE_TIME: ReadonlySet<string> = new Set([
  'step.seconds',
  ...RUN.map((name) => `run.${name}`),
  ...TOKEN,
  ...RATES.filter((name) => name !== 'hfu').map((name) => `step.${name}`),
])

/** Whether a path alone, as an objective, puts layouts in the order of their time. */
export function followsTime(path: string): boolean {
  return LIKE_TIME.has(path.trim())
}

/** Paths of results that every layout of a search has. */
export const PLAN_RESULTS: ReadonlyMap<string, ExpressionType> = new Map<string, ExpressionType>([
  ...[
    ...LIKE_TIME,
    ...['step.hfu', 'memory.peakBytes', 'memory.capacityBytes', 'layout.microBatches'],
    ...STEP_PARTS.map((part) => `step.breakdown.${part}`),
    ...MEMORY_PARTS.map((part) => `memory.breakdown.${part}`),
  ].map((path) => [path, 'number'] as const),
  ['memory.fits', 'condition'],
])

/** Readers of the main phase of a scenario by path: those of the file first, then results. */
export function layoutReaders(scenario: Scenario): (path: string) => LayoutReader {
  const one = phaseScenario(scenario, mainPhase(scenario))
  const { training } = mainPhase(one)
  const { chips, system } = trainerPool(one)
  const modelFlops = modelFlopsPerStep(one.model, training.sequenceLength, training.globalBatch)
  const peak = utilisationPeak(system.chip)
  const steps = countPhaseSteps(training)
  const rate =
    (name: keyof StepRates): LayoutReader =>
    (_, { seconds, recomputeFlops }) =>
      stepRates(seconds, modelFlops, recomputeFlops, training, chips, peak)[name]
  const readers = new Map<string, LayoutReader>([
    ...RATES.map((name) => [`step.${name}`, rate(name)] as const),
    ...RUN.map((name): [string, LayoutReader] => [
      `run.${name}`,
      (_, { seconds }) => runWithoutFailures(one, [{ steps, seconds: steps * seconds, chips }])[name],
    ]),
    ...TOKEN.map((name): [string, LayoutReader] => [name, (_, { seconds }) => tokenCosts(one, seconds)[name]]),
    ...STEP_PARTS.map((part, i): [string, LayoutReader] => [
      `step.breakdown.${part}`,
      (_, { breakdown }) => breakdown[i] ?? Number.NaN,
    ]),
    ...MEMORY_PARTS.map((part, i): [string, LayoutReader] => [
      `memory.breakdown.${part}`,
      (_, { memory }) => memory[i] ?? Number.NaN,
    ]),
    ['step.seconds', (_, { seconds }) => seconds],
    ['memory.peakBytes', (_, { peakBytes }) => peakBytes],
    ['memory.capacityBytes', () => system.chip.memory.bytes],
    ['memory.fits', (_, { fits }) => fits],
    ['layout.microBatches', ({ dp, microBatch }) => training.globalBatch / (dp * microBatch)],
  ])
  return (path) => {
    const reading = SCENARIO_READINGS.get(path)
    if (reading !== undefined) return (parallelism) => reading.of({ scenario: one, training, parallelism })
    return readers.get(path) ?? (() => Number.NaN)
  }
}

/** Whether a path is known of a layout before it is evaluated. */
export function isLayoutPath(path: string): boolean {
  return SCENARIO_READINGS.has(path) || path === 'layout.microBatches'
}

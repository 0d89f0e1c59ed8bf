/** From a measured row to a scenario: the data that a user would have written for it. */

import { CALIBRATION, type Calibration } from '../calibration/calibration.ts'
import { builtinProfiles, isIssues, type Profiles } from '../scenario/profiles.ts'
import { describeIssue, readScenarioData } from '../scenario/read.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { changedStack } from '../scenario/software-input.ts'
import { softwarePresets } from '../scenario/software-presets.ts'
import type { Row } from './row.ts'
import { rowLayouts } from './row-layout.ts'
import { rowModel } from './row-model.ts'
import { rowPrecision } from './row-precision.ts'
import { type RecomputeInput, rowRecompute } from './row-recompute.ts'
import { rowSystem } from './row-system.ts'
import { rowOptimizer, rowSoftware } from './software-table.ts'

export type RowScenario =
  | {
      readonly ok: true
      /** One scenario; several, by falling memory, where the row does not say what is computed again or how large a micro-batch is. */
      readonly scenarios: readonly [Scenario, ...Scenario[]]
      /** What of the row was changed to what the model knows. */
      readonly notes: readonly string[]
    }
  | { readonly ok: false; readonly reason: string }

/** Recompute from least to most, for rows that do not say. */
const UNSTATED: readonly RecomputeInput[] = ['none', { modules: ['norm', 'activation'] }, 'full']

const refuse = (reason: string): RowScenario => ({ ok: false, reason })

/**
 * The scenario of a row.
 *
 * @returns scenarios that went through every check of a user's file, or why the model cannot express the row
 */
export function rowScenario(row: Row, profiles: Profiles = builtinProfiles): RowScenario {
  const model = rowModel(row)
  if (!model.ok) return refuse(model.reason)
  const precision = rowPrecision(row.precision)
  if (precision === undefined) return refuse(`the precision "${row.precision.slice(0, 60)}" is unknown`)
  const system = rowSystem(row, profiles)
  if (!system.ok) return refuse(system.reason)
  const layouts = rowLayouts(row, row.hardware.chips)
  const notes = layouts.flatMap((layout) => layout.notes)
  const recompute = rowRecompute(row)
  const data = (layout: object, again: RecomputeInput) => ({
    name: row.id,
    model: model.model,
    cluster: system.cluster,
    training: {
      tokens: row.globalBatchSequences * row.sequenceLength,
      sequenceLength: row.sequenceLength,
      globalBatch: row.globalBatchSequences,
      precision,
      optimizer: rowOptimizer(row),
    },
    parallelism: { ...layout, recompute: again },
    software: rowSoftware(row, CALIBRATION),
    cost: { price: '1 USD/chip-hour' },
  })
  const scenarios: Scenario[] = []
  for (const { layout } of layouts) {
    for (const again of recompute.inputs ?? UNSTATED) {
      const scenario = readScenarioData(data(layout, again), profiles)
      if (isIssues(scenario)) return refuse(scenario.map(describeIssue).join('; '))
      scenarios.push(scenario)
    }
  }
  const [first, ...more] = scenarios
  if (first === undefined) throw new Error('a row without a scenario')
  return {
    ok: true,
    scenarios: [first, ...more],
    notes: [...notes, ...(recompute.note === undefined ? [] : [recompute.note])],
  }
}

/** A row's scenario under other free constants: those of the model and those of its software stack. */
export function recalibrated(row: Row, scenario: Scenario, calibration: Calibration): Scenario {
  const { extends: id, ...own } = rowSoftware(row, calibration)
  const preset = softwarePresets(calibration)[id]
  if (preset === undefined) throw new Error(`no software stack ${id}`)
  return { ...scenario, calibration, software: changedStack(preset, own) }
}

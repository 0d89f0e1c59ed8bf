/** From a published run to scenarios: what is published is kept, the rest drawn from its spreads, the layout searched. */

import { CALIBRATION } from '../../calibration/calibration.ts'
import { countParameters } from '../../model/parameters.ts'
import { builtinProfiles, isIssues, type Profiles } from '../../scenario/profiles.ts'
import { describeIssue, readScenarioData } from '../../scenario/read.ts'
import { mainPhase, type Scenario, trainerPool } from '../../scenario/scenario.ts'
import { chooseSystem } from '../row-system.ts'
import { frameworkFamily, tableStack } from '../software-table.ts'
import { exclusionOf, runYear } from './exclusion.ts'
import { bestLayout, type Placement } from './run-layouts.ts'
import { runModel } from './run-model.ts'
import { type DrawnInputs, drawInputs, usualSequence } from './unknown-inputs.ts'
import type { WholeRun } from './whole-run.ts'

export type RunScenarios =
  | {
      readonly ok: true
      /** One for each draw of what is not published, equally likely. */
      readonly scenarios: readonly Scenario[]
      /** Where the architecture comes from. */
      readonly origin: string
      /** Tokens over parameters that one token passes through. */
      readonly tokensPerParameter: number
    }
  | { readonly ok: false; readonly reason: string }

/** Nodes that wait beside a job, as a share of its own, and the fewest (Llama 3.1 405B: 16 beside 2,048). */
const SPARES = { share: 0.02, fewest: 2 } as const
/** Divides by any layout's replicas: the batch while a scenario is read. */
const ROOMY = 64
/** Years from a chip's launch to the training of a run on it whose year nothing tells. */
const CHIP_AGE = 3
const USUAL_YEAR = 2023

const refuse = (reason: string): RunScenarios => ({ ok: false, reason })

function placementOf(software: DrawnInputs['software']): Placement {
  const family = frameworkFamily(typeof software === 'string' ? software : software.framework)
  return family === 'sharded' || family === 'compiled' ? family : 'parallel'
}

/** A scenario with another batch: every layout then has its own check. */
function withBatch(scenario: Scenario, globalBatch: number): Scenario {
  const phase = mainPhase(scenario)
  return { ...scenario, phases: [{ ...phase, training: { ...phase.training, globalBatch } }] }
}

interface Case {
  readonly run: WholeRun
  readonly year: number
  readonly model: unknown
  readonly system: unknown
  readonly sequenceLength: number
  readonly profiles: Profiles
}

function readCase({ run, year, model, system, sequenceLength, profiles }: Case, drawn: DrawnInputs, chipsPerNode = 8) {
  const { chips, software } = drawn
  const fabric = run.cluster?.fabric
  const spares = Math.max(SPARES.fewest, Math.ceil((chips / chipsPerNode) * SPARES.share))
  const data = {
    name: run.id,
    model,
    cluster: { system, chips, ...(fabric == null ? {} : { fabric }) },
    training: {
      tokens: (run.tokens_t ?? 0) * 1e12,
      sequenceLength,
      globalBatch: chips * ROOMY,
      precision: run.precision ?? 'bf16',
      ...(run.optimizer == null ? {} : { optimizer: run.optimizer }),
    },
    parallelism: run.parallelism ?? {},
    software:
      typeof software === 'string' ? software : tableStack(software.framework, software.year ?? year, CALIBRATION),
    reliability: { spares: { nodes: spares, paid: false } },
    cost: { price: '1 USD/chip-hour' },
  }
  return readScenarioData(data, profiles)
}

/** The fastest layout of a draw, on fewer chips where no layout divides the batch over those drawn; null: none fits. */
function laidOut(scenario: Scenario, drawn: DrawnInputs, run: WholeRun): Scenario | null {
  const pool = trainerPool(scenario)
  const sized = withBatch(scenario, drawn.globalBatch)
  for (let { chips } = pool; chips >= 1; chips /= 2) {
    const smaller = { ...sized, cluster: { ...sized.cluster, pools: [{ ...pool, chips }] } }
    const parallelism = bestLayout(smaller, placementOf(drawn.software), run.parallelism ?? {})
    if (parallelism !== null) return { ...smaller, phases: [{ ...mainPhase(smaller), parallelism }] }
    if (run.chip_count != null || chips % 2 !== 0) return null
  }
  return null
}

/** Scenarios of a run, one for each draw of what it leaves open; or why it cannot be predicted. */
export function runScenarios(run: WholeRun, profiles: Profiles = builtinProfiles): RunScenarios {
  const excluded = exclusionOf(run)
  if (excluded !== undefined) return refuse(excluded)
  const own = run.cluster?.system
  const chosen = run.chips == null ? undefined : chooseSystem({ chip: run.chips }, profiles)
  const launched = chosen?.chip.launchYear
  const year = runYear(run) ?? (launched === undefined ? USUAL_YEAR : launched + CHIP_AGE)
  const model = runModel(run, year, profiles.models)
  const system = own ?? chosen?.id
  if (system === undefined) return refuse(`no system with the chip ${run.chips} ships`)
  if (model === undefined) return refuse('neither architecture nor parameters are published')
  const sequenceLength = run.seq_len ?? usualSequence(year)
  const one: Case = { run, year, model: model.model, system, sequenceLength, profiles }
  const first = readCase(one, { chips: run.chip_count ?? 64, globalBatch: 1, software: { framework: 'megatron' } })
  if (isIssues(first)) return refuse(first.map(describeIssue).join('; '))
  const active = countParameters(first.model).active
  const tokens = mainPhase(first).training.tokens
  const { chip, chipsPerNode } = trainerPool(first).system
  const planned = {
    sequenceLength,
    flops: 6 * active * tokens,
    peak: chip.peakFlops.bf16 ?? chip.peakFlops.fp16 ?? 0,
    chipsPerNode,
    vendor: chip.vendor,
    year,
    experts: first.model.moe !== null,
  }
  const scenarios: Scenario[] = []
  for (const drawn of drawInputs(run, planned)) {
    const scenario = readCase(one, drawn, chipsPerNode)
    if (isIssues(scenario)) return refuse(scenario.map(describeIssue).join('; '))
    const complete = laidOut(scenario, drawn, run)
    if (complete !== null) scenarios.push(complete)
  }
  if (scenarios.length === 0) return refuse('no layout of its framework fits its chips')
  return { ok: true, scenarios, origin: model.origin, tokensPerParameter: tokens / active }
}

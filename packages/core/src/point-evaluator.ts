/** One scenario, many points: what a sweep asks of each where only layout, batch and tokens change. */

import { type Issue, isRecord } from '@walltime/hardware'
import type { LayoutResult, MemoryResult, RunResult, StepResult } from './estimate-result.ts'
import { brokenCode } from './layout/check.ts'
import { compileLayouts, type LayoutEvaluator } from './layout-evaluator.ts'
import { modelFlopsPerStep } from './model/flops.ts'
import { countPhaseSteps, runWithoutFailures } from './run/run.ts'
import type { Path } from './scenario/document.ts'
import { type ParallelismInput, parallelismInput, type TrainingInput, trainingInput } from './scenario/input-schema.ts'
import { toIssues } from './scenario/object-schema.ts'
import { isIssues, type Profiles } from './scenario/profiles.ts'
import { readUnchecked } from './scenario/read.ts'
import { lacksHostLink, resolveParallelism, resolveTraining } from './scenario/resolve/training.ts'
import { mainPhase, type Parallelism, type Scenario, type Training, trainerPool } from './scenario/scenario.ts'
import { atQuantile, findSpreads } from './scenario/uncertain-inputs.ts'
import { stepRates, utilisationPeak } from './step/rates.ts'

/** The figures of an estimate that a point has: those of `Estimate` under the same names. */
export interface PointEstimate {
  readonly step: Pick<
    StepResult,
    'seconds' | 'tokensPerSecond' | 'tokensPerSecondPerChip' | 'modelFlops' | 'modelTflopsPerChip' | 'mfu' | 'hfu'
  >
  readonly memory: Pick<MemoryResult, 'peakBytes' | 'capacityBytes' | 'fits'>
  readonly layout: Pick<
    LayoutResult,
    'tp' | 'pp' | 'cp' | 'ep' | 'etp' | 'dp' | 'vpp' | 'microBatch' | 'microBatches' | 'zero' | 'schedule'
  >
  readonly run: RunResult
}

/** What a point's estimate was made for. */
export interface PointSetting {
  readonly scenario: Scenario
  readonly training: Training
  readonly parallelism: Parallelism
}

export type EvaluatedPoint =
  | { readonly ok: true; readonly estimate: PointEstimate; readonly setting: PointSetting }
  | { readonly ok: false; readonly code: string; readonly message: string }

/** Fields of a scenario that a compiled one can change from point to point, by section. */
const FIELDS = {
  parallelism: parallelismInput.shape,
  training: { globalBatch: trainingInput.shape.globalBatch, tokens: trainingInput.shape.tokens },
} as const

type Section = keyof typeof FIELDS

/** Changes of a point, checked by `readPointValue`. */
export interface PointChanges {
  parallelism: Record<string, unknown>
  training: Record<string, unknown>
}

/** The section and field of a path that a compiled scenario can change; undefined for all others. */
export function pointField(path: Path): { readonly section: Section; readonly field: string } | undefined {
  const [section, field] = path
  if (path.length !== 2 || typeof field !== 'string') return undefined
  if (section !== 'parallelism' && section !== 'training') return undefined
  return Object.hasOwn(FIELDS[section], field) ? { section, field } : undefined
}

/** A value of such a field as its schema reads it, or what is wrong with it. */
export function readPointValue(
  { section, field }: { readonly section: Section; readonly field: string },
  value: unknown,
): { readonly value: unknown } | readonly Issue[] {
  const shape: Readonly<Record<string, (typeof FIELDS.training)['tokens']>> = FIELDS[section] as never
  const read = shape[field]?.safeParse(value)
  if (read === undefined || !read.success) return read === undefined ? [] : toIssues(read.error, [section, field])
  return { value: read.data }
}

/**
 * A scenario compiled for points that change its layout, its global batch or its tokens. A class because its evaluator
 * fills the same tables again.
 */
export class PointEvaluator {
  private readonly scenario: Scenario
  private readonly layout: ParallelismInput
  private readonly training: TrainingInput
  private readonly evaluator: LayoutEvaluator
  private batch: number
  private modelFlops: number

  constructor(scenario: Scenario, layout: ParallelismInput, training: TrainingInput) {
    const main = mainPhase(scenario).training
    this.scenario = scenario
    this.layout = layout
    this.training = training
    this.evaluator = compileLayouts(scenario)
    this.batch = main.globalBatch
    this.modelFlops = modelFlopsPerStep(scenario.model, main.sequenceLength, main.globalBatch)
  }

  /** The point with `changes` to the scenario that was compiled. */
  evaluate({ parallelism, training }: PointChanges): EvaluatedPoint {
    const { scenario, evaluator } = this
    const pool = trainerPool(scenario)
    const notes = { issues: [], assumptions: [], warnings: [] }
    const own = resolveTraining(notes, pool, { ...this.training, ...training }, ['training'])
    if (own === undefined) return refusal(notes.issues)
    const layout = resolveParallelism(notes, { ...this.layout, ...parallelism }, pool.chips)
    if (lacksHostLink(notes, layout, pool, ['parallelism'])) return refusal(notes.issues)
    if (own.globalBatch !== this.batch) this.setBatch(own)
    const broken = evaluator.evaluate(layout)
    if (broken !== 0) return { ok: false, code: brokenCode(broken), message: '' }
    return { ok: true, estimate: this.result(own, layout), setting: { scenario, training: own, parallelism: layout } }
  }

  private setBatch({ globalBatch, sequenceLength }: Training): void {
    this.batch = globalBatch
    this.evaluator.setGlobalBatch(globalBatch)
    this.modelFlops = modelFlopsPerStep(this.scenario.model, sequenceLength, globalBatch)
  }

  private result(training: Training, layout: Parallelism): PointEstimate {
    const { scenario, evaluator, modelFlops } = this
    const { system, chips } = trainerPool(scenario)
    const { seconds, recomputeFlops, peakBytes, fits } = evaluator
    const steps = countPhaseSteps(training)
    const peak = utilisationPeak(system.chip)
    return {
      step: { seconds, ...stepRates(seconds, modelFlops, recomputeFlops, training, chips, peak) },
      memory: { peakBytes, capacityBytes: system.chip.memory.bytes, fits },
      layout: {
        tp: layout.tp,
        pp: layout.pp,
        cp: layout.cp,
        ep: layout.ep,
        etp: layout.etp,
        dp: layout.dp,
        vpp: layout.vpp,
        microBatch: layout.microBatch,
        microBatches: training.globalBatch / (layout.dp * layout.microBatch),
        zero: layout.zero,
        schedule: layout.schedule,
      },
      run: runWithoutFailures(scenario, [{ steps, seconds: steps * seconds, chips }]),
    }
  }
}

function refusal(issues: readonly Issue[]): EvaluatedPoint {
  const [issue] = issues
  return { ok: false, code: issue?.code ?? 'layout', message: issue?.message ?? '' }
}

/** Sections of `reliability` whose rules ask for the layout. */
const ASK_FOR_LAYOUT = ['elastic', 'domain']

/**
 * Compiles the data of a scenario for points that change what `pointField` names. Null where each point must be estimated
 * whole (phases, a pilot's own steps, an override, operations that depend on the layout), issues where it cannot be read.
 */
export function compilePoints(
  data: unknown,
  profiles: Profiles,
  files: ReadonlyMap<string, string>,
): PointEvaluator | null | readonly Issue[] {
  if (!isRecord(data) || data['phases'] !== undefined || data['measured'] !== undefined) return null
  const { reliability, parallelism, override } = data
  if (override !== undefined || parallelism === 'auto') return null
  if (isRecord(reliability) && ASK_FOR_LAYOUT.some((key) => reliability[key] !== undefined)) return null
  const read = readUnchecked(atQuantile(data, findSpreads(data)), profiles, files)
  if (isIssues(read)) return read
  const { scenario, fields } = read
  const training = trainingInput.safeParse(fields.training)
  if (!training.success || typeof fields.parallelism === 'string') return null
  return new PointEvaluator(scenario, fields.parallelism ?? parallelismInput.parse({}), training.data)
}

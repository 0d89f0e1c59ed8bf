/** One scenario, many layouts: what a search over layouts asks of each, in a few microseconds. */

import { MEMORY_PARTS } from './estimate-result.ts'
import { brokenCode, brokenRules } from './layout/check.ts'
import { stageBytes } from './memory/memory.ts'
import { isPadded } from './model/architecture.ts'
import { mainPhase, type Parallelism, type Scenario, trainerPool } from './scenario/scenario.ts'
import { buildMachine } from './step/machine.ts'
import { StepTimer } from './step/step-timer.ts'

const PARTS = MEMORY_PARTS.length
const STATES = (['weights', 'gradients', 'optimizer'] as const).map((part) => MEMORY_PARTS.indexOf(part))

/** What of a scenario a layout's step and memory depend on. */
export type LayoutProblem = Pick<Scenario, 'model' | 'cluster' | 'phases' | 'roles' | 'software' | 'calibration'>

/**
 * Evaluates layouts one after the other; the fields are those of the last one evaluated. Of a layout nothing is kept but
 * what its stages hold and what the programs of its shard cost, in tables that others read too. A class because it fills
 * the same fields and columns again, without allocating.
 */
export class LayoutEvaluator {
  /** Bytes on the fullest stage, and by part in the order of `MEMORY_PARTS`. */
  peakBytes = 0
  readonly memory = new Float64Array(PARTS)
  /** The fullest stage, from 0. */
  stage = 0
  fits = false
  private readonly scenario: LayoutProblem
  private readonly timer: StepTimer
  private readonly chips: number
  private readonly capacity: number
  /** Layers of each stage, for the rules to fill. */
  private readonly perStage: Int32Array
  private readonly stageMemory = new Float64Array(PARTS)

  constructor(scenario: LayoutProblem) {
    const { training, parallelism } = mainPhase(scenario)
    const pool = trainerPool(scenario)
    const machine = buildMachine(
      pool,
      training.precision,
      scenario.software,
      scenario.calibration,
      isPadded(scenario.model),
    )
    this.scenario = scenario
    this.perStage = new Int32Array(scenario.model.layers)
    this.chips = pool.chips
    this.capacity = pool.system.chip.memory.bytes
    this.timer = new StepTimer(scenario.model, training, parallelism, pool, machine)
  }

  /** Seconds of one step, walltime's own: an override or measured steps in the scenario do not move it. */
  get seconds(): number {
    return this.timer.seconds
  }

  /** Exposed seconds by part in the order of `STEP_PARTS`; they add up to `seconds`. */
  get breakdown(): Float64Array {
    return this.timer.breakdown
  }

  /** FLOPs that all chips spend on recompute in one step. */
  get recomputeFlops(): number {
    return this.timer.recomputeFlops
  }

  /** Sequences a step from here on, in place of the scenario's. */
  setGlobalBatch(globalBatch: number): void {
    this.timer.training = { ...this.timer.training, globalBatch }
  }

  /**
   * Evaluates a layout.
   *
   * @returns 0, or where the layout cannot be placed the rules that it breaks (see `brokenCode`); the fields then stay
   */
  evaluate(layout: Parallelism): number {
    const { timer, scenario } = this
    const broken = brokenRules(scenario.model, timer.training, this.chips, layout, this.perStage)
    if (broken !== 0) return broken
    this.prepare(layout)
    this.finish()
    return 0
  }

  /**
   * Does of `evaluate` all but the pipeline, for a layout that keeps the rules: memory is known, and `leastPipeline`. Where
   * a schedule has to be played this takes a thousandth of the time.
   */
  prepare(layout: Parallelism): void {
    this.timer.prepare(layout)
    this.measureMemory()
  }

  /** Weights, gradients and optimizer on the fullest stage. */
  get stateBytes(): number {
    return STATES.reduce((sum, part) => sum + (this.memory[part] ?? 0), 0)
  }

  /** Of the layout prepared last: seconds that its pipeline takes at least; all of them where it has a closed form. */
  get leastPipeline(): number {
    return this.timer.leastPipeline()
  }

  /** Seconds of a step with that pipeline, but for what lies between replicas: its traffic and the optimizer. */
  sharedSeconds(pipeline: number): number {
    return this.timer.sharedSeconds(pipeline)
  }

  /** What those add. */
  get replicaSeconds(): number {
    return this.timer.replicaSeconds
  }

  /** The rest of `evaluate` for the layout prepared last: its seconds. */
  finish(): void {
    this.timer.finish()
  }

  private measureMemory(): void {
    const { timer, memory, stageMemory } = this
    const { runs, runCount } = timer.stages
    let peak = 0
    // Of equal stages the first has the most micro-batches in flight.
    for (let i = 0; i < runCount; i++) {
      const index = runs[i] ?? 0
      const bytes = stageBytes(timer, index, stageMemory)
      if (bytes <= peak) continue
      peak = bytes
      this.stage = index
      for (let part = 0; part < PARTS; part++) memory[part] = stageMemory[part] ?? 0
    }
    this.peakBytes = peak
    this.fits = peak <= this.capacity
  }
}

/** Seconds of a step of a scenario as it stands, walltime's own. */
export function ownStepSeconds(scenario: Scenario): number {
  const evaluator = new LayoutEvaluator(scenario)
  const broken = evaluator.evaluate(mainPhase(scenario).parallelism)
  if (broken !== 0) throw new Error(`a layout that breaks ${brokenCode(broken)}`)
  return evaluator.seconds
}

/** Compiles a scenario for evaluating layouts: kernels, links, parameters and software are read once. */
export function compileLayouts(scenario: LayoutProblem): LayoutEvaluator {
  return new LayoutEvaluator(scenario)
}

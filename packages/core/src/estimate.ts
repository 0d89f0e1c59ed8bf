import { type Uncertain, valueAt, Z95 } from '@walltime/hardware'
import type { Estimate, LayoutResult, MemoryResult, PhaseResult, StepResult } from './estimate-result.ts'
import { membersPerBlock, usedDomainChips } from './layout/placement.ts'
import { buildPlan, type Plan } from './layout/plan.ts'
import { ownStepSeconds } from './layout-evaluator.ts'
import { peakMemory } from './memory/memory.ts'
import { remedies } from './memory/remedies.ts'
import { isPadded } from './model/architecture.ts'
import { modelFlopsPerStep } from './model/flops.ts'
import { countParameters } from './model/parameters.ts'
import { isFar, type NearStep, nearestSteps } from './nearest/nearest.ts'
import { placeOf } from './nearest/place.ts'
import { evaluationWarnings } from './run/evaluations.ts'
import { countPhaseSteps, runWithoutFailures } from './run/run.ts'
import {
  mainPhase,
  type Phase,
  phaseScenario,
  pilotScenario,
  type Scenario,
  type Warning,
} from './scenario/scenario.ts'
import { interleavingError } from './schedule/interleaving-error.ts'
import { conditionSpread } from './step/condition.ts'
import { buildMachine, type Machine } from './step/machine.ts'
import { stepRates, utilisationPeak } from './step/rates.ts'
import { type StepTime, timeStep } from './step/step.ts'
import { stepSpread } from './step/uncertainty.ts'

function scaled(u: Uncertain, factor: number): Uncertain {
  return { ...u, p5: u.p5 * factor, p50: u.p50 * factor, p95: u.p95 * factor }
}

/** The step that the user gave, as a law in seconds; null where he gave none. */
function overriddenStep(scenario: Scenario, modelFlops: number, peak: number, chips: number): Uncertain | null {
  const { stepSeconds, mfu } = scenario.override
  if (stepSeconds !== undefined) return stepSeconds
  if (mfu === undefined) return null
  const atFullUse = modelFlops / (chips * peak)
  return { p5: atFullUse / mfu.p95, p50: atFullUse / mfu.p50, p95: atFullUse / mfu.p5, law: mfu.law }
}

function layoutKey(plan: Plan): string {
  return JSON.stringify([plan.chips, plan.training.globalBatch, plan.layout])
}

/** The law of measured over estimated step time, taught by the scenario's own measured steps. */
function errorLaw(scenario: Scenario, plan: Plan, machine: Machine): Uncertain {
  const observations = scenario.measured.map((step) => {
    const pilot = buildPlan(pilotScenario(scenario, step))
    return { logError: Math.log(step.stepSeconds / timeStep(pilot, machine).seconds), layout: layoutKey(pilot) }
  })
  const law = conditionSpread(stepSpread(placeOf(plan, machine)), layoutKey(plan), observations)
  return widen(law, inputSpread(scenario))
}

/** Half the log ratio of the step at the outer quantiles of each uncertain input, all of them in quadrature. */
function inputSpread(scenario: Scenario): number {
  const squares = scenario.uncertainInputs.map(
    ({ low, high }) => (Math.log(ownStepSeconds(high) / ownStepSeconds(low)) / 2) ** 2,
  )
  return Math.sqrt(squares.reduce((a, b) => a + b, 0))
}

/** A lognormal law with a further, independent log spread (90 % half-width) on either side of its median. */
function widen(law: Uncertain, half: number): Uncertain {
  if (half === 0) return law
  const side = (outer: number) => Math.hypot(Math.log(outer / law.p50), half)
  return { ...law, p5: law.p50 * Math.exp(-side(law.p5)), p95: law.p50 * Math.exp(side(law.p95)) }
}

function stepResult(scenario: Scenario, plan: Plan, machine: Machine, time: StepTime): StepResult {
  const { training } = plan
  const modelFlops = modelFlopsPerStep(plan.model, training.sequenceLength, training.globalBatch)
  const peak = utilisationPeak(machine.chip)
  const given = overriddenStep(scenario, modelFlops, peak, plan.chips)
  const spread = given ?? scaled(errorLaw(scenario, plan, machine), time.seconds)
  const seconds = spread.p50
  const factor = seconds / time.seconds
  const breakdown = Object.fromEntries(
    Object.entries(time.breakdown).map(([part, own]) => [part, own * factor]),
  ) as StepResult['breakdown']
  return {
    seconds,
    interval90: [valueAt(spread, -Z95), valueAt(spread, Z95)],
    spread,
    breakdown,
    ...stepRates(seconds, modelFlops, time.recomputeFlops, training, plan.chips, peak),
    overridden: given !== null,
    ownSeconds: time.seconds,
  }
}

function layoutResult(plan: Plan): LayoutResult {
  const { layout } = plan
  const groups = Object.values(plan.groups).filter(({ name, size }) => size > 1 || !name.endsWith('-replicas'))
  return {
    tp: layout.tp,
    pp: layout.pp,
    cp: layout.cp,
    ep: layout.ep,
    etp: layout.etp,
    dp: layout.dp,
    vpp: layout.vpp,
    microBatch: layout.microBatch,
    microBatches: plan.microBatches,
    zero: layout.zero,
    ...(layout.shardGroup === undefined ? {} : { shardGroup: layout.shardGroup }),
    sequenceParallel: layout.sequenceParallel,
    schedule: layout.schedule,
    recompute: layout.recompute,
    layersPerStage: plan.stages.map((stage) => stage.layers),
    groups: groups.map((group) => ({
      name: group.name,
      size: group.size,
      stride: group.stride,
      membersPerNode: membersPerBlock(group.size, group.stride, plan.pool.system.chipsPerNode),
      membersPerDomain: group.perDomain,
    })),
  }
}

function memoryResult(scenario: Scenario, plan: Plan, machine: Machine): MemoryResult {
  const { bytes, breakdown, stage } = peakMemory(plan, scenario.software)
  const capacityBytes = machine.chip.memory.bytes
  const fits = bytes <= capacityBytes
  return {
    peakBytes: bytes,
    capacityBytes,
    fits,
    breakdown,
    stage,
    remedies: fits ? [] : remedies(scenario, capacityBytes),
  }
}

/** Says that no measured step is near, unless the user's own steps are. */
function farWarnings(scenario: Scenario, nearest: readonly NearStep[]): readonly Warning[] {
  const [step] = nearest
  const own = scenario.measured.length > 0 || Object.keys(scenario.override).length > 0
  if (step === undefined || own || !isFar(step.distance)) return []
  return [
    {
      code: 'measured.far',
      path: 'cluster',
      message: `no measured step is near: this has, unlike the nearest (${step.id}), ${step.differs.join(', ')}`,
    },
  ]
}

/** Error of a closed form from which a reader is told. */
const CLOSED_FORM_TOLERANCE = 0.02

/** What a reader should know of a plan that is computed all the same. */
function planWarnings(plan: Plan, machine: Machine): readonly Warning[] {
  const warnings: Warning[] = []
  if (!machine.kernels.measured) {
    warnings.push({
      code: 'kernels.unmeasured',
      path: 'cluster.system',
      message: `no kernel measurements of ${machine.chip.name}: its efficiencies are assumed, the interval is wider`,
    })
  }
  if (plan.layout.recompute.modules.includes('attention') && machine.software.attention !== 'materialised') {
    warnings.push({
      code: 'recompute.attention',
      path: 'parallelism.recompute',
      message: 'recomputing attention costs a forward pass and saves nothing: flash attention keeps no scores',
    })
  }
  const uneven = interleavingError(plan, machine)
  if (uneven !== null && Math.abs(uneven.error) > CLOSED_FORM_TOLERANCE) {
    const { fewest, most, error } = uneven
    const chunks = fewest === most ? 'chunks of unlike layers' : `chunks of ${fewest} to ${most} layers`
    const [less, times] = error > 0 ? ['less', 1 - 1 / (1 + error)] : ['more', 1 / (1 + error) - 1]
    warnings.push({
      code: 'schedule.chunks',
      path: 'parallelism.vpp',
      message: `${chunks}: played event by event, their pipeline takes ${Math.round(100 * times)} % ${less} than the closed form that the step is told by`,
    })
  }
  const { domainChips } = plan.pool.system
  const used = usedDomainChips(plan.layout, domainChips)
  if (used < domainChips && plan.chips > used) {
    warnings.push({
      code: 'cluster.stranded',
      path: 'parallelism',
      message: `the layout uses ${used} of the ${domainChips} chips of each domain; the others are neither counted nor paid for here`,
    })
  }
  return warnings
}

function phaseResult(
  { name, training }: Phase,
  chips: number,
  stepSeconds: number,
  mfu: number,
  { peakBytes, fits }: Pick<MemoryResult, 'peakBytes' | 'fits'>,
): PhaseResult {
  const steps = countPhaseSteps(training)
  return {
    name,
    tokens: training.tokens,
    chips,
    steps,
    stepSeconds,
    seconds: steps * stepSeconds,
    mfu,
    peakBytes,
    fits,
  }
}

/** A phase beside the main one: its own step, wrong by the factor by which that of the main phase was found to be. */
function otherPhase(scenario: Scenario, phase: Phase, main: StepResult): PhaseResult {
  const one = phaseScenario(scenario, phase)
  const plan = buildPlan(one)
  const machine = machineOf(one, plan)
  const modelFlops = modelFlopsPerStep(plan.model, plan.training.sequenceLength, plan.training.globalBatch)
  const peak = utilisationPeak(machine.chip)
  const given = scenario.override.mfu
  const atFullUse = modelFlops / (plan.chips * peak)
  const seconds =
    given === undefined ? timeStep(plan, machine).seconds * (main.seconds / main.ownSeconds) : atFullUse / given.p50
  const { bytes } = peakMemory(plan, scenario.software)
  return phaseResult(phase, plan.chips, seconds, atFullUse / seconds, {
    peakBytes: bytes,
    fits: bytes <= machine.chip.memory.bytes,
  })
}

function phaseWarnings(phases: readonly PhaseResult[], scenario: Scenario): readonly Warning[] {
  return phases.flatMap(({ name, fits, peakBytes }, i) =>
    fits || scenario.phases[i]?.main === true
      ? []
      : [
          {
            code: 'phase.memory',
            path: `phases[${i}]`,
            message: `${name} does not fit: it needs ${(peakBytes / 2 ** 30).toFixed(1)} GiB of a chip`,
          },
        ],
  )
}

function machineOf(scenario: Scenario, { pool, training }: Plan): Machine {
  const { software, calibration, model } = scenario
  return buildMachine(pool, training.precision, software, calibration, isPadded(model))
}

/**
 * Step time, memory, traffic and the run without failures of a scenario. A layout that does not fit in memory is a
 * result (`memory.fits` false, with what would make it fit), not an error.
 *
 * @returns seconds, bytes, FLOP, USD, joules; see `Estimate`
 */
export function estimate(scenario: Scenario): Estimate {
  const plan = buildPlan(scenario)
  const machine = machineOf(scenario, plan)
  const time = timeStep(plan, machine)
  const step = stepResult(scenario, plan, machine, time)
  const parameters = countParameters(plan.model)
  const nearest = nearestSteps(placeOf(plan, machine))
  const memory = memoryResult(scenario, plan, machine)
  const main = mainPhase(scenario)
  const phases = scenario.phases.map((phase) =>
    phase === main ? phaseResult(phase, plan.chips, step.seconds, step.mfu, memory) : otherPhase(scenario, phase, step),
  )
  return {
    scenario: scenario.name,
    step,
    memory,
    layout: layoutResult(plan),
    traffic: time.traffic,
    model: {
      parameters: parameters.total,
      activeParameters: parameters.active,
      parametersByPart: parameters.byPart,
    },
    run: runWithoutFailures(scenario, phases),
    phases,
    nearest,
    warnings: [
      ...scenario.warnings,
      ...planWarnings(plan, machine),
      ...farWarnings(scenario, nearest),
      ...phaseWarnings(phases, scenario),
      ...evaluationWarnings(scenario.phases, phases),
    ],
    assumptions: [
      ...scenario.assumptions,
      { path: 'kernels', value: machine.chip.family, source: machine.kernels.source },
      ...scenario.uncertainInputs.map(({ path }) => ({
        path,
        value: 'its median',
        source: 'given by quantiles: they widen the interval of the step',
      })),
    ],
  }
}

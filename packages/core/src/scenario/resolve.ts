/** From a scenario file's fields to a `Scenario`: references looked up, defaults filled in and written down as assumptions. */

import type { Issue } from '@walltime/hardware'
import { CALIBRATION } from '../calibration/calibration.ts'
import type { Path } from './document.ts'
import { type ParallelismInput, parallelismInput, type ScenarioInput, type TrainingInput } from './input-schema.ts'
import { isIssues, type Profiles, resolveModel } from './profiles.ts'
import { resolveCluster, resolveRoles } from './resolve/cluster.ts'
import { resolveCost } from './resolve/cost.ts'
import { type Notes, report } from './resolve/notes.ts'
import { resolveReliability } from './resolve/reliability.ts'
import { resolveSoftware } from './resolve/software.ts'
import { lacksHostLink, resolveParallelism, resolveTraining } from './resolve/training.ts'
import type { Scenario } from './scenario.ts'

interface PhaseFields {
  readonly name: string
  readonly training: TrainingInput
  readonly parallelism: ParallelismInput | undefined
  readonly path: Path
}

function phaseFields(notes: Notes, input: ScenarioInput): PhaseFields | undefined {
  const { phases, training, parallelism } = input
  if (parallelism === 'auto') {
    return report(notes, 'parallelism.auto', ['parallelism'], 'auto is not computed yet; give tp, pp and the others')
  }
  if (phases !== undefined) {
    if (training !== undefined)
      return report(notes, 'scenario.phases', ['training'], 'give either phases or training, not both')
    if (phases.length > 1)
      return report(notes, 'scenario.phases', ['phases', 1], 'more than one phase is not computed yet; give one')
    const phase = phases[0]
    if (phase === undefined) return undefined
    const layout = phase.parallelism ?? parallelism
    return {
      name: phase.name ?? 'training',
      training: phase.training,
      parallelism: layout,
      path: ['phases', 0],
    }
  }
  if (training === undefined)
    return report(notes, 'scenario.missing', ['training'], 'missing; give tokens, sequenceLength and globalBatch')
  return { name: 'training', training, parallelism, path: [] }
}

/** Puts a scenario together. Either a scenario or everything that is wrong with it. */
export function resolveScenario(input: ScenarioInput, profiles: Profiles): Scenario | readonly Issue[] {
  const notes: Notes = { issues: [], assumptions: [], warnings: [] }
  for (const [i, message] of (input.caveats ?? []).entries()) {
    notes.warnings.push({ code: 'scenario.caveat', path: `caveats.${i}`, message })
  }
  const model = resolveModel(input.model, profiles.models, ['model'])
  if (isIssues(model)) notes.issues.push(...model)
  const cluster = resolveCluster(notes, profiles, input.cluster)
  const pool = cluster?.pools[0]
  const fields = phaseFields(notes, input)
  const training = fields && resolveTraining(notes, pool, fields.training, [...fields.path, 'training'])
  const software = resolveSoftware(notes, profiles, input.software, pool)
  const roles = cluster === undefined ? [] : resolveRoles(notes, input.roles, cluster.pools)
  const { override } = input
  if (override?.stepSeconds !== undefined && override.mfu !== undefined) {
    report(notes, 'override', ['override', 'mfu'], 'give either stepSeconds or mfu, not both')
  }
  if (isIssues(model) || cluster === undefined || pool === undefined) return notes.issues
  const reliability = resolveReliability(notes, profiles, input.reliability, model, pool)
  const cost = resolveCost(notes, profiles, input.cost, pool)
  if (
    notes.issues.length > 0 ||
    fields === undefined ||
    training === undefined ||
    software === undefined ||
    reliability === undefined ||
    cost === undefined
  ) {
    return notes.issues
  }
  const layout = fields.parallelism ?? parallelismInput.parse({})
  const parallelism = resolveParallelism(notes, layout, pool.chips)
  const measured = (input.measured ?? []).map(({ stepSeconds, chips, globalBatch, parallelism: own }) => ({
    stepSeconds,
    chips,
    globalBatch: globalBatch ?? training.globalBatch,
    parallelism: resolveParallelism({ ...notes, assumptions: [] }, own, chips),
  }))
  const unlinked = [
    lacksHostLink(notes, parallelism, pool, [...fields.path, 'parallelism']),
    ...measured.map((pilot, i) => lacksHostLink(notes, pilot.parallelism, pool, ['measured', i, 'parallelism'])),
  ]
  if (unlinked.includes(true)) return notes.issues
  return {
    name: input.name ?? `${model.name} on ${pool.chips} ${pool.system.chip.name}`,
    model,
    cluster,
    phases: [{ name: fields.name, path: fields.path, training, parallelism, dpGiven: layout.dp !== undefined }],
    roles,
    software,
    measured,
    override: {
      ...(override?.stepSeconds === undefined ? {} : { stepSeconds: override.stepSeconds }),
      ...(override?.mfu === undefined ? {} : { mfu: override.mfu }),
    },
    reliability,
    cost,
    calibration: CALIBRATION,
    uncertainInputs: [],
    assumptions: notes.assumptions,
    warnings: notes.warnings,
  }
}

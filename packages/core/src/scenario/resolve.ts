/** From a scenario file's fields to a `Scenario`: references looked up, defaults filled in and written down as assumptions. */

import type { Issue } from '@walltime/hardware'
import { CALIBRATION } from '../calibration/calibration.ts'
import type { ScenarioInput } from './input-schema.ts'
import { isIssues, type Profiles, resolveModel } from './profiles.ts'
import { resolveCluster, resolveRoles } from './resolve/cluster.ts'
import { resolveCost } from './resolve/cost.ts'
import { type Notes, report } from './resolve/notes.ts'
import { resolvePhases } from './resolve/phases.ts'
import { resolveReliability } from './resolve/reliability.ts'
import { resolveSoftware } from './resolve/software.ts'
import { lacksHostLink, resolveParallelism } from './resolve/training.ts'
import type { Scenario } from './scenario.ts'

/**
 * Puts a scenario together. Either a scenario or everything that is wrong with it.
 *
 * @param anyLayout the layout is searched later: `auto` stands for any
 */
export function resolveScenario(
  input: ScenarioInput,
  profiles: Profiles,
  files: ReadonlyMap<string, string> = new Map(),
  anyLayout = false,
): Scenario | readonly Issue[] {
  const notes: Notes = { issues: [], assumptions: [], warnings: [] }
  for (const [i, message] of (input.caveats ?? []).entries()) {
    notes.warnings.push({ code: 'scenario.caveat', path: `caveats.${i}`, message })
  }
  const model = resolveModel(input.model, profiles.models, ['model'])
  if (isIssues(model)) notes.issues.push(...model)
  const given = resolveCluster(notes, profiles, input.cluster)
  const pool = given?.pools[0]
  const software = resolveSoftware(notes, profiles, input.software, pool)
  const roles = given === undefined ? [] : resolveRoles(notes, input.roles, given.pools)
  const { override } = input
  if (override?.stepSeconds !== undefined && override.mfu !== undefined) {
    report(notes, 'override', ['override', 'mfu'], 'give either stepSeconds or mfu, not both')
  }
  if (isIssues(model) || given === undefined || pool === undefined) return notes.issues
  const stack = anyLayout ? undefined : software
  const { phases, chips } = resolvePhases(notes, input, model, pool, stack)
  const main = phases.find((phase) => phase.main)
  if (main === undefined) return notes.issues
  const trainer = { ...pool, chips }
  const of = { model, training: main.training, layout: main.parallelism, pool: trainer }
  const reliability = resolveReliability(notes, profiles, input.reliability, of, files)
  const cost = resolveCost(notes, profiles, input.cost, pool)
  const measured = (input.measured ?? []).map(({ stepSeconds, chips, globalBatch, parallelism: own }) => ({
    stepSeconds,
    chips,
    globalBatch: globalBatch ?? main.training.globalBatch,
    parallelism: resolveParallelism({ ...notes, assumptions: [] }, own, chips),
  }))
  for (const [i, pilot] of measured.entries()) {
    lacksHostLink(notes, pilot.parallelism, pool, ['measured', i, 'parallelism'])
  }
  if (notes.issues.length > 0 || software === undefined || reliability === undefined || cost === undefined) {
    return notes.issues
  }
  return {
    name: input.name ?? `${model.name} on ${trainer.chips} ${pool.system.chip.name}`,
    model,
    cluster: { ...given, pools: [trainer, ...given.pools.slice(1)] },
    phases,
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

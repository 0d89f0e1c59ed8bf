import type { Remedy } from '../estimate-result.ts'
import { checkLayout } from '../layout/check.ts'
import { buildPlan } from '../layout/plan.ts'
import { mainPhase, type Parallelism, type Scenario, trainerPool } from '../scenario/scenario.ts'
import { buildMachine } from '../step/machine.ts'
import { timeStep } from '../step/step.ts'
import { peakMemory } from './memory.ts'

interface Change {
  readonly change: string
  readonly parallelism: Parallelism
}

/** Single changes to a layout that lower memory, as a user would write them. */
function candidateChanges(scenario: Scenario): readonly Change[] {
  const layout = mainPhase(scenario).parallelism
  const { chips } = trainerPool(scenario)
  const change = (text: string, fields: Partial<Parallelism>): Change => {
    const next = { ...layout, ...fields }
    return { change: text, parallelism: { ...next, dp: chips / (next.tp * next.pp * next.cp) } }
  }
  const modules = (...names: ('norm' | 'activation' | 'attention' | 'mlp' | 'moe')[]) => ({
    recompute: { mode: 'selective' as const, modules: names },
  })
  const even = { layerSplit: {} }
  return [
    change('parallelism.sequenceParallel=true', { sequenceParallel: true }),
    change('parallelism.zero=1', { zero: 1 }),
    change('parallelism.recompute={modules: [norm, activation]}', modules('norm', 'activation')),
    change(
      'parallelism.recompute={modules: [norm, attention, activation]}',
      modules('norm', 'attention', 'activation'),
    ),
    change('parallelism.recompute=full', { recompute: { mode: 'full', modules: ['layer'] } }),
    change('parallelism.microBatch=1', { microBatch: 1 }),
    change(`parallelism.tp=${layout.tp * 2}`, { tp: layout.tp * 2 }),
    change(`parallelism.pp=${layout.pp * 2}`, { pp: layout.pp * 2, ...even }),
    change(`parallelism.cp=${layout.cp * 2}`, { cp: layout.cp * 2 }),
    change(`parallelism.ep=${layout.ep * 2}`, { ep: layout.ep * 2 }),
    change('parallelism.zero=3', { zero: 3 }),
  ]
}

/** Changes after which the scenario fits, fastest first. */
export function remedies(scenario: Scenario, capacityBytes: number): readonly Remedy[] {
  const phase = mainPhase(scenario)
  const now = JSON.stringify(phase.parallelism)
  const fitting: Remedy[] = []
  for (const { change, parallelism } of candidateChanges(scenario)) {
    if (JSON.stringify(parallelism) === now) continue
    const changed: Scenario = { ...scenario, phases: [{ ...phase, parallelism }] }
    if (checkLayout(changed).length > 0) continue
    const plan = buildPlan(changed)
    const { bytes } = peakMemory(plan, scenario.software.reserveBytes)
    if (bytes > capacityBytes) continue
    const machine = buildMachine(plan.pool, plan.training.precision, scenario.software)
    fitting.push({ change, peakBytes: bytes, stepSeconds: timeStep(plan, machine).seconds })
  }
  return fitting.sort((a, b) => a.stepSeconds - b.stepSeconds)
}

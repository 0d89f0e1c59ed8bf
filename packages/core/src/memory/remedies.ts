import type { Remedy } from '../estimate-result.ts'
import { compileLayouts } from '../layout-evaluator.ts'
import { formatPath } from '../scenario/document.ts'
import {
  mainPhase,
  type Parallelism,
  type Recompute,
  type RecomputeModule,
  type Scenario,
  trainerPool,
} from '../scenario/scenario.ts'

interface Change {
  readonly changes: readonly string[]
  readonly parallelism: Parallelism
}

/** Single changes to a layout that lower memory, as a user would write them; a given dp is changed with them. */
function candidateChanges(scenario: Scenario): readonly Change[] {
  const { parallelism: layout, path, dpGiven } = mainPhase(scenario)
  const { chips, system } = trainerPool(scenario)
  const linked = system.chip.hostBandwidth !== undefined
  const at = (field: string, value: string | number) => `${formatPath([...path, 'parallelism', field])}=${value}`
  const change = (text: string, fields: Partial<Parallelism>): Change => {
    const next = { ...layout, ...fields }
    const dp = chips / (next.tp * next.pp * next.cp)
    return { changes: dpGiven && dp !== layout.dp ? [text, at('dp', dp)] : [text], parallelism: { ...next, dp } }
  }
  const again = (...modules: readonly RecomputeModule[]) =>
    change(at('recompute', `{modules: [${modules.join(', ')}]}`), {
      recompute: { mode: 'selective', modules, layers: null, offload: false },
    })
  const full: Recompute = { mode: 'full', modules: ['layer'], layers: null, offload: false }
  return [
    change(at('sequenceParallel', 'true'), { sequenceParallel: true }),
    change(at('zero', 1), { zero: 1 }),
    again('norm', 'activation'),
    again('norm', 'attention', 'activation'),
    ...(scenario.model.mla === null ? [] : [again('norm', 'mla', 'activation')]),
    change(at('recompute', 'full'), { recompute: full }),
    ...(linked
      ? [
          change(at('recompute', '{modules: [layer], offload: true}'), { recompute: { ...full, offload: true } }),
          change(at('optimizerOffload', 'true'), { optimizerOffload: true }),
        ]
      : []),
    change(at('microBatch', 1), { microBatch: 1 }),
    change(at('tp', layout.tp * 2), { tp: layout.tp * 2 }),
    change(at('pp', layout.pp * 2), { pp: layout.pp * 2 }),
    change(at('cp', layout.cp * 2), { cp: layout.cp * 2 }),
    change(at('ep', layout.ep * 2), { ep: layout.ep * 2 }),
    change(at('zero', 3), { zero: 3 }),
  ]
}

/** Changes after which the scenario fits, fastest first. */
export function remedies(scenario: Scenario, capacityBytes: number): readonly Remedy[] {
  const phase = mainPhase(scenario)
  const now = JSON.stringify(phase.parallelism)
  const fitting: Remedy[] = []
  const evaluator = compileLayouts(scenario)
  for (const { changes, parallelism } of candidateChanges(scenario)) {
    if (JSON.stringify(parallelism) === now || evaluator.evaluate(parallelism) !== 0) continue
    const { peakBytes, seconds } = evaluator
    if (peakBytes <= capacityBytes) fitting.push({ changes, peakBytes, stepSeconds: seconds })
  }
  return fitting.sort((a, b) => a.stepSeconds - b.stepSeconds)
}

/** The phases of a run: the short form, or what each changes of the training and layout above them. */

import { formatQuantity } from '@walltime/hardware'
import type { Architecture } from '../../model/architecture.ts'
import { modelFlopsPerStep } from '../../model/flops.ts'
import { countPhaseSteps } from '../../run/run.ts'
import type { Path } from '../document.ts'
import { given } from '../given.ts'
import {
  type ParallelismInput,
  type PhaseInput,
  parallelismInput,
  type ScenarioInput,
  type TrainingInput,
  trainingInput,
} from '../input-schema.ts'
import { toIssues } from '../object-schema.ts'
import type { Phase, Pool, SoftwareStack, Training } from '../scenario.ts'
import { findLayout } from './layout.ts'
import { type Notes, report } from './notes.ts'
import { lacksHostLink, resolveParallelism, resolveTraining } from './training.ts'

/** A phase with what it inherits, before it is resolved. */
interface PhaseFields {
  readonly name: string
  readonly training: TrainingInput
  readonly parallelism: ParallelismInput
  readonly path: Path
  readonly chips: number
  readonly input: PhaseInput
  /** What the file says of the layout where the rest of it is searched. */
  readonly pins: ParallelismInput
}

const NO_LAYOUT = parallelismInput.parse({})

/** The largest error of shares that are meant to add up. */
const ROUNDING = 1e-6

/** Tokens of each phase: its own, its share of the run's, or for one of them what the others leave. */
function phaseTokens(
  notes: Notes,
  phases: readonly PhaseInput[],
  total: number | undefined,
): readonly number[] | undefined {
  let sound = true
  const fail = (path: Path, message: string) => {
    sound = false
    report(notes, 'phases.tokens', path, message)
  }
  const told = phases.map(({ tokens, share, training }, i) => {
    const ways = [tokens, training?.tokens, share].filter((way) => way !== undefined)
    if (ways.length > 1) fail(['phases', i], 'give either tokens or share of a phase, once')
    if (share === undefined) return tokens ?? training?.tokens
    if (total === undefined) fail(['phases', i, 'share'], 'is a share of training.tokens, which is missing')
    return share * (total ?? 0)
  })
  const open = told.flatMap((tokens, i) => (tokens === undefined ? [i] : []))
  const sum = told.reduce<number>((all, tokens) => all + (tokens ?? 0), 0)
  const [rest, other] = open
  if (other !== undefined)
    fail(['phases', other], 'missing; give tokens or a share: one phase can take what is left, not two')
  else if (rest !== undefined && total === undefined)
    fail(['phases', rest], 'missing; give tokens, or training.tokens for the whole run')
  else if (total !== undefined && rest !== undefined && sum >= total * (1 - ROUNDING))
    fail(['phases', rest], 'no tokens are left for this phase: the others take all of training.tokens')
  else if (total !== undefined && rest === undefined && Math.abs(sum / total - 1) > ROUNDING)
    fail(
      ['phases'],
      `have ${formatQuantity(sum, 'tokens')}, training says ${formatQuantity(total, 'tokens')}; leave one phase's out to give it the rest`,
    )
  return sound ? told.map((tokens) => tokens ?? (total ?? 0) - sum) : undefined
}

function chipsOf(notes: Notes, input: PhaseInput, pool: Pool, path: Path): number {
  const { chips, nodes } = input
  const { chipsPerNode } = pool.system
  if (chips !== undefined && nodes !== undefined && chips !== nodes * chipsPerNode) {
    report(
      notes,
      'cluster.chips',
      [...path, 'nodes'],
      `${nodes} nodes are ${nodes * chipsPerNode} chips; give one of them`,
    )
  }
  return chips ?? (nodes === undefined ? pool.chips : nodes * chipsPerNode)
}

function shortForm(notes: Notes, input: ScenarioInput, pool: Pool): readonly PhaseFields[] {
  const { training, parallelism } = input
  if (training === undefined) {
    report(notes, 'scenario.missing', ['training'], 'missing; give tokens, sequenceLength and globalBatch')
    return []
  }
  const checked = trainingInput.safeParse(training)
  if (!checked.success) {
    notes.issues.push(...toIssues(checked.error, ['training']))
    return []
  }
  const layout = parallelism === undefined || parallelism === 'auto' ? NO_LAYOUT : parallelism
  const phase = input.evaluation === undefined ? {} : { evaluation: input.evaluation }
  return [
    {
      name: 'training',
      training: checked.data,
      parallelism: layout,
      path: [],
      chips: pool.chips,
      input: phase,
      pins: NO_LAYOUT,
    },
  ]
}

function longForm(
  notes: Notes,
  input: ScenarioInput,
  phases: readonly PhaseInput[],
  pool: Pool,
): readonly PhaseFields[] {
  const { training, parallelism, evaluation } = input
  const tokens = phaseTokens(notes, phases, training?.tokens)
  if (tokens === undefined) return []
  return phases.flatMap((phase, i): PhaseFields[] => {
    const path = ['phases', i]
    const merged = { ...given(training ?? {}), ...given(phase.training ?? {}), tokens: tokens[i] }
    const checked = trainingInput.safeParse(merged)
    if (!checked.success) {
      notes.issues.push(...toIssues(checked.error, [...path, 'training']))
      return []
    }
    const above = parallelism === undefined || parallelism === 'auto' ? {} : given(parallelism)
    const own = phase.evaluation ?? evaluation
    return [
      {
        name: phase.name ?? (phases.length === 1 ? 'training' : `phase ${i + 1}`),
        training: checked.data,
        parallelism: { ...above, ...given(phase.parallelism ?? {}) } as ParallelismInput,
        path,
        chips: chipsOf(notes, phase, pool, path),
        input: { ...phase, ...(own === undefined ? {} : { evaluation: own }) },
        pins: phase.parallelism ?? NO_LAYOUT,
      },
    ]
  })
}

/** Model FLOPs that a chip has to do in a phase: by it the longest is found before any step is timed. */
function workPerChip(model: Architecture, training: Training, chips: number): number {
  return (modelFlopsPerStep(model, training.sequenceLength, training.globalBatch) * countPhaseSteps(training)) / chips
}

function resolvePhase(notes: Notes, fields: PhaseFields, pool: Pool, first: boolean, auto: boolean): Phase | undefined {
  // What the first phase assumes, the others assume too.
  const own = first ? notes : { ...notes, assumptions: [] }
  const training = resolveTraining(own, pool, fields.training, [...fields.path, 'training'])
  if (training === undefined) return undefined
  const parallelism = resolveParallelism(auto ? { ...own, assumptions: [] } : own, fields.parallelism, fields.chips)
  if (lacksHostLink(notes, parallelism, pool, [...fields.path, 'parallelism'])) return undefined
  const { evaluation, interval, switch: switchSeconds = 0 } = fields.input
  return {
    name: fields.name,
    path: fields.path,
    training,
    parallelism,
    dpGiven: fields.parallelism.dp !== undefined,
    main: false,
    switchSeconds,
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(interval === undefined ? {} : { interval }),
  }
}

/**
 * Phases in their order, the longest marked, and the chips of that one; no phases where something is wrong with them.
 *
 * @param stack for which layouts are searched where they are left to walltime; undefined: they stay as they are
 */
export function resolvePhases(
  notes: Notes,
  input: ScenarioInput,
  model: Architecture,
  pool: Pool,
  stack: SoftwareStack | undefined,
): { readonly phases: readonly Phase[]; readonly chips: number } {
  const wrong = { phases: [], chips: pool.chips }
  const auto = input.parallelism === 'auto'
  const fields = input.phases === undefined ? shortForm(notes, input, pool) : longForm(notes, input, input.phases, pool)
  const phases = fields
    .map((phase, i) => resolvePhase(notes, phase, pool, i === 0, auto))
    .filter((phase) => phase !== undefined)
  if (phases.length < fields.length) return wrong
  const sizes = fields.map(({ chips }) => chips)
  const work = phases.map(({ training }, i) => workPerChip(model, training, sizes[i] ?? 1))
  const longest = work.indexOf(Math.max(...work))
  const chips = sizes[longest] ?? pool.chips
  const marked = phases.map((phase, i) => {
    const own = sizes[i] ?? chips
    return { ...phase, main: i === longest, ...(own === chips ? {} : { chips: own }) }
  })
  if (!auto || stack === undefined || notes.issues.length > 0) return { phases: marked, chips }
  const found = marked.map((phase, i) =>
    findLayout(
      notes,
      { model, pool: { ...pool, chips: phase.chips ?? chips }, phase, software: stack },
      fields[i]?.pins ?? NO_LAYOUT,
    ),
  )
  const placed = found.filter((phase) => phase !== undefined)
  return placed.length < found.length ? wrong : { phases: placed, chips }
}

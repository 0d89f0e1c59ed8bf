import {
  MEMORY_PARTS,
  type PlanCandidate,
  type PlanResult,
  type Scenario,
  STEP_PARTS,
  trainerPool,
} from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import type { PlanExtras } from '../commands/plan.ts'
import { decimalsOf, grouped, percent, plural } from '../report/format.ts'
import { bar } from '../terminal/charts.ts'
import { type Align, table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { padEnd, padStart, visibleLength, wrap } from '../terminal/text.ts'
import type { PlanRequest } from './request.ts'

const GIB = 2 ** 30
const BAR = 16
const INDENT = 5

export interface PlanView {
  readonly scenario: Scenario
  readonly plan: PlanResult
  readonly request: PlanRequest
  /** False where the search was interrupted. */
  readonly complete: boolean
  readonly more: PlanExtras
  readonly explain: boolean
}

/** Candidates best first, each with why it loses to the first, and how the layouts of the space came out. */
export function planReport(view: PlanView, terminal: Terminal): readonly string[] {
  const { scenario, plan, explain, more } = view
  const { style, glyphs, width } = terminal
  const title = wrap(`${scenario.name}: layouts`, width)
  const rule = glyphs.rule.repeat(Math.max(...title.map(visibleLength)))
  const [best] = plan.candidates
  return [
    ...title.map(style.bold),
    style.dim(rule),
    ...counts(view, terminal),
    '',
    ...(best === undefined ? nothing(view, terminal) : candidates(view, best, terminal)),
    ...(best === undefined ? [] : ownLayout(plan, best, terminal)),
    ...(best === undefined || more.front === undefined ? [] : front(view, best, terminal)),
    ...(best === undefined || !explain ? [] : explanation(view, best, terminal)),
    ...(best === undefined ? [] : ['', style.bold('To use the first:'), ...pasted(best, terminal)]),
  ]
}

function counts({ plan, complete }: PlanView, { width }: Terminal): readonly string[] {
  const { size, evaluated, pruned, refused } = plan
  const reasons = Object.entries(refused)
  const all = reasons.reduce((sum, [, count]) => sum + count, 0)
  const why = reasons.map(([reason, count]) => `${reason} ${grouped(count)}`).join(', ')
  const left = size - evaluated - pruned - all
  const text = [
    plural(size, 'layout'),
    `${grouped(evaluated)} evaluated`,
    `${grouped(pruned)} proven slower`,
    `${grouped(all)} refused${all > 0 ? ` (${why})` : ''}`,
    ...(complete ? [] : [`${grouped(left)} not looked at`]),
  ].join('; ')
  return wrap(text, width)
}

function nothing({ plan, scenario }: PlanView, { width, style }: Terminal): readonly string[] {
  const { nearest } = plan
  if (nearest === null) return wrap('No layout meets the conditions.', width).map(style.red)
  const capacity = trainerPool(scenario).system.chip.memory.bytes
  const most = `${gibibytes(nearest.memory.peakBytes)} of ${gibibytes(capacity)} GiB on stage ${nearest.memory.stage}`
  return [
    ...wrap(`No layout fits in memory. The one that comes nearest needs ${most}:`, width).map(style.red),
    ...pasted(nearest, { width, style } as Terminal),
  ]
}

function gibibytes(bytes: number): string {
  return (bytes / GIB).toFixed(1)
}

function pasted(
  { parallelism }: Pick<PlanCandidate, 'parallelism'>,
  { width }: Pick<Terminal, 'width'>,
): readonly string[] {
  return wrap(`parallelism: {${flow(parallelism)}}`, width - 2, 2).map((line) => `  ${line}`)
}

/** Fields as YAML writes them on one line. */
function flow(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${words(value)}`)
    .join(', ')
}

function words(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(words).join(', ')}]`
  if (typeof value === 'object' && value !== null) return `{${flow(value as Readonly<Record<string, unknown>>)}}`
  return String(value)
}

function indented(text: string, { width }: Terminal): readonly string[] {
  return wrap(text, width - INDENT, 0).map((line) => ' '.repeat(INDENT) + line)
}

function candidates({ plan, request }: PlanView, best: PlanCandidate, terminal: Terminal): readonly string[] {
  const { style, glyphs } = terminal
  const slowest = Math.max(...plan.candidates.map(({ step }) => step.seconds))
  const own = request.objective.text !== 'step.seconds'
  return plan.candidates.flatMap((candidate, i) => {
    const { step, memory } = candidate
    const value = own ? `  ${request.objective.text} ${objectiveOf(candidate, request)}` : ''
    const head = [
      padStart(`${i + 1}`, 3),
      padStart(seconds(step.seconds, best), 10),
      padStart(`MFU ${percent(step.mfu)}`, 11),
      padStart(`${gibibytes(memory.peakBytes)} GiB`, 10),
      padEnd(style.cyan(bar(step.seconds / slowest, BAR, glyphs)), BAR),
    ].join('  ')
    const line = (head + value).trimEnd()
    if (candidate.loses === null) return [style.bold(line), ...indented(flow(candidate.parallelism), terminal)]
    return [line, ...indented(lossText(candidate, best), terminal).map(style.dim)]
  })
}

function objectiveOf(candidate: PlanCandidate, { objective }: PlanRequest): string {
  const { text } = objective
  if (text === 'costPerToken') return `${(candidate.costPerToken * 1e6).toPrecision(4)} USD/M tokens`
  if (text === 'energyPerToken') return `${candidate.energyPerToken.toPrecision(4)} J`
  return (objective.highest ? -candidate.objective : candidate.objective).toPrecision(5)
}

/** As many decimals as tell the candidates apart. */
function seconds(value: number, { step }: PlanCandidate): string {
  return `${value.toFixed(decimalsOf(step.seconds) + 1)} s`
}

const SHOWN = 3

/** What a candidate is in place of the first, and which parts of its step take longer. */
function lossText({ parallelism, loses }: PlanCandidate, best: PlanCandidate): string {
  if (loses === null) return ''
  const other = loses.differs.map((field) => `${field} ${words(parallelism[field] ?? 'default')}`).join(', ')
  const slower = loses.parts.filter((part) => part.seconds > 0).slice(0, SHOWN)
  const faster = loses.parts
    .filter((part) => part.seconds < 0)
    .slice(-SHOWN)
    .reverse()
  const signed = (value: number) => `${value < 0 ? '-' : '+'}${Math.abs(value).toPrecision(2)} s`
  const parts = [...slower, ...faster].map((part) => `${part.part} ${signed(part.seconds)}`).join(', ')
  const share = percent(loses.seconds / best.step.seconds, 2)
  const much = loses.seconds > 0 ? `${signed(loses.seconds)} (${share})` : 'no slower'
  return `${other === '' ? 'the same' : other}: ${much}${parts === '' ? '' : `: ${parts}`}`
}

function ownLayout({ given }: PlanResult, best: PlanCandidate, terminal: Terminal): readonly string[] {
  if (given === null) return []
  const { style } = terminal
  const fits = given.memory.fits ? '' : `, does not fit (${gibibytes(given.memory.peakBytes)} GiB)`
  const same = given.loses?.differs.length === 0
  const text = `The file's own layout takes ${seconds(given.step.seconds, best)}${fits}`
  return [
    '',
    ...wrap(same ? `${text}: it is the first.` : `${text}.`, terminal.width).map(style.bold),
    ...(same ? [] : indented(lossText(given, best), terminal).map(style.dim)),
  ]
}

function front({ more }: PlanView, best: PlanCandidate, terminal: Terminal): readonly string[] {
  const { style } = terminal
  const points = more.front ?? []
  const rows = points.map((point) => [
    seconds(point.seconds, best),
    `${gibibytes(point.peakBytes)} GiB`,
    `$${(point.costPerToken * 1e6).toFixed(3)}`,
    Object.entries(point.parallelism)
      .filter(([field, value]) => JSON.stringify(value) !== JSON.stringify(best.parallelism[field]))
      .map(([field, value]) => `${field} ${words(value)}`)
      .join(', ') || 'the first',
  ])
  const head = ['a step', 'memory', 'M tokens', 'in place of the first']
  const widths = [null, null, null, Math.max(30, terminal.width - 42)]
  return [
    '',
    style.bold('TIME, MEMORY AND COST: the fastest in ever less memory'),
    ...table(rows, { head, align: ['right', 'right', 'right', 'left'], widths, indent: 2 }),
  ]
}

const BESIDE = 3

/** The first beside the next and the file's own, part by part, and what keeps it from being faster. */
function explanation({ plan, more, scenario }: PlanView, best: PlanCandidate, terminal: Terminal): readonly string[] {
  const { style, width } = terminal
  const others = plan.candidates.slice(0, BESIDE)
  const columns = plan.given === null ? others : [...others, plan.given]
  const head = ['', ...others.map((_, i) => `${i + 1}`), ...(plan.given === null ? [] : ["file's"])]
  const digits = decimalsOf(best.step.seconds) + 2
  const steps = STEP_PARTS.filter((part) => columns.some(({ step }) => step.breakdown[part] > 0)).map((part) => [
    part,
    ...columns.map(({ step }) => step.breakdown[part].toFixed(digits)),
  ])
  const memory = MEMORY_PARTS.map((part) => [part, ...columns.map((one) => gibibytes(one.memory.breakdown[part]))])
  const align: readonly Align[] = ['left', ...columns.map((): Align => 'right')]
  return [
    '',
    style.bold('SECONDS OF A STEP BY PART'),
    ...table([...steps, ['all', ...columns.map(({ step }) => step.seconds.toFixed(digits))]], {
      head,
      align,
      indent: 2,
    }),
    '',
    style.bold('GIB OF A CHIP BY PART'),
    ...table([...memory, ['all', ...columns.map((one) => gibibytes(one.memory.peakBytes))]], {
      head,
      align,
      indent: 2,
    }),
    '',
    style.bold('WHAT BINDS'),
    ...binding(best, more, scenario).flatMap((text) => wrap(text, width - 2).map((line) => `  ${line}`)),
  ]
}

function binding(best: PlanCandidate, { binding: bound }: PlanExtras, scenario: Scenario): readonly string[] {
  const { step } = best
  const parts = STEP_PARTS.map((part) => ({ part, share: step.breakdown[part] / step.seconds }))
    .filter(({ share }) => share > 0.005)
    .sort((a, b) => b.share - a.share)
    .map(({ part, share }) => `${part} ${percent(share)}`)
  const capacity = trainerPool(scenario).system.chip.memory.bytes
  const faster = bound?.memory ?? null
  const memory =
    faster === null
      ? 'Memory does not bind: no layout would be faster with endless memory.'
      : `Memory: with endless memory the fastest step takes ${seconds(faster.seconds, best)} (${percent(1 - faster.seconds / step.seconds)} less) and ${gibibytes(faster.peakBytes)} GiB a chip, ${(faster.peakBytes / capacity).toFixed(2)} times what there is: {${flow(faster.parallelism)}}.`
  return [
    `Time goes to ${parts.join(', ')}.`,
    memory,
    `${formatQuantity(best.run.rentalUsd, 'money')} for the run without failures.`,
  ]
}

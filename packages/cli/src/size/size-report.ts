import { SECONDS_PER_HOUR } from '@walltime/core'
import { formatQuantity } from '@walltime/hardware'
import { decimalsOf, grouped, percent, plural, unitOf, withError } from '../report/format.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import type { Condition, PathReading } from './condition.ts'
import type { Find } from './read-find.ts'
import type { SizeAnswer, SizedPoint } from './size-scenario.ts'

/** Reasons for which values were skipped that are named. */
const MOST_REASONS = 3

/** The extreme value, how sure it is, and what its neighbours give; or why there is none. */
export function sizeReport(
  answer: SizeAnswer,
  find: Find,
  condition: Condition,
  terminal: Terminal,
): readonly string[] {
  const { style, width, glyphs } = terminal
  const { trials, seed, points } = answer
  const chance = trials === 0 ? 'no chance in it' : `${plural(trials, 'trial')} a value, seed ${seed}`
  const show = (value: number) => showValue(find, value)
  const rows = shownPoints(answer, find).map((point) => [
    show(point.value),
    ...(point.endless === undefined
      ? point.readings.map((reading) => showReading(reading, glyphs.plusMinus))
      : ['never ends']),
    point.meets ? 'met' : 'not met',
    showCertainty(point.certainty),
    point === answer.answer ? answer.direction : point.value === find.own ? "the scenario's own" : '',
  ])
  const paths = points.find(({ readings }) => readings.length > 0)?.readings.map(({ path }) => path) ?? []
  const head = [find.path, ...paths, '', 'certainty', '']
  const lines = [...verdict(answer, find, show), ...skipped(answer, show), ...find.remarks]
  return [
    style.bold(`SIZE ${find.path} until ${condition.text}`),
    style.dim(
      `  ${plural(points.length, 'value')} of ${show(find.range[0])} to ${show(find.range[1])} computed, ${chance}`,
    ),
    ...lines.flatMap((line) => wrap(line, width - 2, 2).map((l) => `  ${l}`)),
    ...(rows.length === 0
      ? []
      : ['', ...table(rows, { head, align: ['right', ...paths.map(() => 'right' as const)], indent: 2 })]),
  ]
}

/** The answer, its neighbours, the ends of what chance cannot tell from it, and the value of the scenario. */
function shownPoints(
  { answer, nearest, smaller, larger, interval, points }: SizeAnswer,
  { own }: Find,
): readonly SizedPoint[] {
  const shown = new Set(
    [answer, nearest, smaller, larger].flatMap((point) => (point === undefined ? [] : [point.value])),
  )
  for (const end of interval ?? []) shown.add(end)
  if (own !== undefined) shown.add(own)
  const [first, last] = [points[0], points.at(-1)]
  if (answer === undefined) for (const point of [first, last]) if (point !== undefined) shown.add(point.value)
  return points.filter(({ value }) => shown.has(value))
}

function verdict(
  { answer, direction, interval, atEdge, nearest, points, trials }: SizeAnswer,
  find: Find,
  show: (value: number) => string,
): readonly string[] {
  if (answer === undefined) return [`Cannot be met, because ${because(nearest, find, show)}.`]
  const word = direction === 'smallest' ? 'Smallest' : 'Largest'
  const edge =
    direction === 'smallest'
      ? `No smaller value of the range could be computed: the smallest may lie below ${show(answer.value)}.`
      : `No larger value of the range could be computed: the largest may lie above ${show(answer.value)}.`
  const sure = trials === 0 ? '' : `, with ${showCertainty(answer.certainty)} certainty by the trials`
  const again =
    direction === 'smallest'
      ? points.find(({ value, meets }) => value > answer.value && !meets)
      : points.findLast(({ value, meets }) => value < answer.value && !meets)
  const [low, high] = interval ?? [answer.value, answer.value]
  const open =
    trials === 0
      ? []
      : low === high
        ? ['No other value can be mistaken for it: those beside it are told with 95 % certainty or more.']
        : [`${show(low)} to ${show(high)} cannot be told apart by ${plural(trials, 'trial')}.`]
  return [
    `${word} ${find.path} that meets it: ${show(answer.value)}${sure} (--set '${find.path}=${find.written(answer.value)}').`,
    ...(atEdge ? [edge] : []),
    ...(again === undefined ? [] : [`It holds in a window: ${show(again.value)} fails it again.`]),
    ...open,
  ]
}

function because(nearest: SizedPoint | undefined, find: Find, show: (value: number) => string): string {
  const [low, high] = find.range
  if (nearest === undefined) return `nothing can be computed with any value from ${show(low)} to ${show(high)}`
  if (nearest.endless !== undefined) return `with every value the run never ends: ${nearest.endless}`
  const values = nearest.readings.map(({ path, value }) => `${path} is ${showNumber(path, value)}`).join(' and ')
  const miss =
    nearest.factor === Infinity
      ? 'no factor of these would do'
      : nearest.factor > 2
        ? `a factor of ${nearest.factor.toPrecision(3)} away from meeting it`
        : `${percent(nearest.factor - 1)} away from meeting it`
  return `from ${show(low)} to ${show(high)} no value meets it; at the nearest, ${find.path} ${show(nearest.value)}, ${values}: ${miss}`
}

/** Values that were skipped for one reason. */
export interface SkippedValues {
  readonly count: number
  /** The first of them that was met, and what is wrong with it. */
  readonly value: number
  readonly message: string
}

/** What was skipped by its reason, the most frequent first. */
export function skippedValues({ refused }: SizeAnswer): readonly SkippedValues[] {
  const kinds = new Map<string, SkippedValues>()
  for (const { value, message } of refused) {
    const kind = message.replace(/:.*/s, '').replace(/[\d.,]+/g, '#')
    const known = kinds.get(kind) ?? { value, message, count: 0 }
    kinds.set(kind, { ...known, count: known.count + 1 })
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count)
}

function skipped(answer: SizeAnswer, show: (value: number) => string): readonly string[] {
  const { refused } = answer
  if (refused.length === 0) return []
  return [
    `Skipped ${plural(refused.length, 'value')} that cannot be laid out or do not fit:`,
    ...skippedValues(answer)
      .slice(0, MOST_REASONS)
      .map(({ value, message, count }) => `${grouped(count)} such as ${show(value)}: ${message}`),
  ]
}

/** Chance is never all gone, unless there was none. */
function showCertainty(certainty: number): string {
  return certainty === 1 ? '100 %' : certainty > 0.9995 ? '>99.9 %' : percent(certainty)
}

function showValue({ path, unit }: Find, value: number): string {
  if (unit !== undefined) return grouped(value)
  if (path === 'cost.price') return `${Number((value * SECONDS_PER_HOUR).toPrecision(4))} USD/chip-hour`
  return path.endsWith('.tokens') ? formatQuantity(value, 'tokens', { digits: 5 }) : grouped(value, decimalsOf(value))
}

const UNITS: readonly (readonly [RegExp, keyof typeof unitOf])[] = [
  [/seconds/i, 'time'],
  [/usd/i, 'money'],
  [/joules/i, 'energy'],
  [/bytes/i, 'bytes'],
]

function unitOfPath(path: string, value: number) {
  const [, unit] = UNITS.find(([pattern]) => pattern.test(path)) ?? []
  return unit === undefined ? unitOf.count() : unitOf[unit](value)
}

function showNumber(path: string, value: number): string {
  const unit = unitOfPath(path, value)
  return `${unit.prefix}${grouped(value / unit.factor, decimalsOf(value / unit.factor))}${unit.suffix}`
}

function showReading({ path, value, error }: PathReading, sign: string): string {
  if (!(error > 0)) return showNumber(path, value)
  const unit = unitOfPath(path, value)
  return `${withError(value, error, unit, sign)}${unit.suffix}`
}

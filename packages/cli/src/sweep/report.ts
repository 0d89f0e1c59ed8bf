import { grouped, percent, plural } from '../report/format.ts'
import { bar } from '../terminal/charts.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { padEnd, padStart } from '../terminal/text.ts'
import type { Criteria } from './criteria.ts'
import type { Design } from './design.ts'
import { cell } from './format-row.ts'
import type { SweepOutcome } from './run-sweep.ts'
import type { Tracker } from './tracker.ts'

/** Bars of the chart; more values of a path share one. */
const MOST_BARS = 12
const BAR = 40

/** What a sweep came to: counts, the best point, and the objective along the first varied path. */
export function sweepReport(
  outcome: SweepOutcome,
  { points, axes }: Design,
  criteria: Criteria,
  tracker: Tracker,
  out: string | undefined,
  terminal: Terminal,
): readonly string[] {
  const { written, kept, tooLarge, failed, left, refused, interrupted } = outcome
  const where = out === undefined ? '' : ` written to ${out}`
  const also = [
    ...(tooLarge === 0 ? [] : [`${grouped(tooLarge)} of them too large for memory`]),
    ...(failed === 0 ? [] : [`${grouped(failed)} of them failed (column error)`]),
    ...(kept === 0 ? [] : [`${grouped(kept)} were there before`]),
  ].map((text) => `, ${text}`)
  const lines = [
    `${interrupted ? 'interrupted: ' : ''}${plural(written, 'row')}${where}${also.join('')}; ${plural(points, 'point')} in all`,
    ...[...refused].map(([reason, count]) => `  ${grouped(count)} refused: ${reason}`),
  ]
  if (left > 0) lines.push(`  ${grouped(left)} left out by --where ${criteria.where}`)
  if (interrupted && out !== undefined) lines.push('  the same command with --resume goes on')
  const { best } = tracker
  if (best === undefined) {
    return tooLarge > 0 ? [...lines, 'no point fits in memory: none is best'] : lines
  }
  const { objective } = criteria
  const at = axes.map(({ name }, a) => `${name}=${cell(best.values[a])}`).join(' ')
  lines.push(`best: ${objective.text} = ${figure(best.objective, objective.text)} at ${at}`)
  return [...lines, ...chart(tracker, axes[0]?.name ?? '', objective, terminal)]
}

function figure(value: number, text: string): string {
  if (/^step\.[mh]fu$/.test(text.trim())) return percent(value)
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
}

/** The best objective by values of the first varied path, in the order in which they come. */
function chart(
  tracker: Tracker,
  name: string,
  { text, highest }: Criteria['objective'],
  { glyphs, style }: Terminal,
): readonly string[] {
  const byValue = new Map<string, number>()
  const better = (a: number, b: number) => (highest ? Math.max(a, b) : Math.min(a, b))
  for (const { x, objective } of tracker.cells) {
    const key = cell(x)
    byValue.set(key, better(byValue.get(key) ?? objective, objective))
  }
  const all = [...byValue]
  if (all.length < 2) return []
  const size = Math.ceil(all.length / MOST_BARS)
  const groups = Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
  const bars = groups.map((group) => {
    const [from, to] = [group[0]?.[0] ?? '', group.at(-1)?.[0] ?? '']
    const value = group.reduce((best, [, one]) => better(best, one), group[0]?.[1] ?? 0)
    return { label: from === to ? from : `${from}..${to}`, value }
  })
  const most = Math.max(...bars.map(({ value }) => value), 0)
  const width = Math.min(Math.max(...bars.map(({ label }) => label.length)), 24)
  const figures = bars.map(({ value }) => figure(value, text))
  const right = Math.max(...figures.map((one) => one.length))
  return [
    style.dim(
      `${highest ? 'highest' : 'lowest'} ${text} by ${name}${tracker.overflown ? ', of the first combinations' : ''}`,
    ),
    ...bars.map(
      ({ label, value }, i) =>
        `  ${padEnd(label.slice(0, width), width)}  ${padStart(figures[i] ?? '', right)}  ${bar(most > 0 ? value / most : 0, BAR, glyphs)}`,
    ),
  ]
}

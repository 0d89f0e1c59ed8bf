import { formatQuantity } from '@walltime/hardware'
import type { Distribution, RunDistribution } from '@walltime/sim'
import { columns } from '../terminal/charts.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { beside } from '../terminal/text.ts'
import { decimalsOf, grouped, inUnit, percent, plural, type Unit, unitOf, withError, words } from './format.ts'

const LEFT = 44

/** What the trials say: quantiles, lost time by cause, where the spread comes from, a histogram. */
export function distributions(result: RunDistribution, terminal: Terminal): readonly string[] {
  return [
    terminal.style.bold(`MONTE CARLO, ${plural(result.trials, 'trial')}, seed ${result.seed}${stopped(result)}`),
    ...quantiles(result, terminal),
    '',
    ...beside(timeByCause(result, terminal), varianceShares(result, terminal), LEFT),
    '',
    ...histogram(result, terminal),
  ]
}

function stopped({ interrupted, requested }: RunDistribution): string {
  return interrupted ? ` (stopped; ${grouped(requested)} were asked for)` : ''
}

function quantiles(result: RunDistribution, { glyphs }: Terminal): readonly string[] {
  const row = (label: string, values: Distribution, unit: Unit): readonly string[] => {
    const decimals = decimalsOf(values.p50 / unit.factor)
    const at = (value: number) => inUnit(value, unit, decimals)
    const mean = withError(values.mean, values.standardError, unit, glyphs.plusMinus)
    const name = unit.suffix === '' ? label : `${label},${unit.suffix}`
    return [name, at(values.p5), at(values.p50), at(values.p95), mean]
  }
  const money = unitOf.money(result.costUsd.p50)
  const rows = [
    row('wall clock', result.wallClockSeconds, unitOf.time(result.wallClockSeconds.p50)),
    row('cost', result.costUsd, { ...money, suffix: ` USD ${money.suffix}`.trimEnd(), prefix: '' }),
    row('goodput', result.goodput, unitOf.share()),
    row('interruptions', result.interruptions, unitOf.count()),
    row('energy', result.energyJoules, unitOf.energy(result.energyJoules.p50)),
  ]
  const head = ['', 'P5', 'P50', 'P95', `mean ${glyphs.plusMinus} standard error`]
  return table(rows, { head, align: ['left', 'right', 'right', 'right', 'right'], indent: 2 })
}

function timeByCause(result: RunDistribution, { style }: Terminal): readonly string[] {
  const { productiveSeconds, badputSeconds, wallClockSeconds } = result
  const lost = Object.entries(badputSeconds).filter(([, seconds]) => seconds > 0)
  const rows = [['productive', productiveSeconds] as const, ...lost.sort((a, b) => b[1] - a[1])].map(
    ([cause, seconds]) => [words(cause), formatQuantity(seconds, 'time'), percent(seconds / wallClockSeconds.mean)],
  )
  return [style.bold('WHERE THE TIME GOES (mean)'), ...table(rows, { align: ['left', 'right', 'right'], indent: 2 })]
}

const SOURCES = [
  ['chance', 'chance of failures'],
  ['model', 'step model'],
  ['fleet', 'fleet and restart'],
  ['price', 'price'],
] as const

function varianceShares({ variance }: RunDistribution, { style }: Terminal): readonly string[] {
  const rows = SOURCES.map(([source, label]) => [
    label,
    percent(variance.wallClockSeconds[source], 0),
    percent(variance.costUsd[source], 0),
  ])
  return [
    style.bold('WHERE THE VARIANCE COMES FROM'),
    ...table(rows, { head: ['', 'time', 'cost'], align: ['left', 'right', 'right'], indent: 2 }),
  ]
}

const HEIGHT = 5

function histogram({ wallClockSeconds }: RunDistribution, { style, glyphs }: Terminal): readonly string[] {
  const { edges, counts } = wallClockSeconds.histogram
  const unit = unitOf.time(wallClockSeconds.p50)
  const wide = counts.flatMap((count) => [count, count])
  const at = (index: number) => {
    const value = edges[index] ?? Number.NaN
    return inUnit(value, unit, decimalsOf(wallClockSeconds.p50 / unit.factor))
  }
  const bins = counts.length
  const quarter = Math.floor(bins / 4) * 2
  const ticks = [0, 1, 2, 3].map((i) => at(Math.floor((i * bins) / 4)))
  const axis = bins < 4 ? at(0) : ticks.map((tick) => tick.padEnd(quarter)).join('') + at(bins)
  return [
    style.bold('WALL CLOCK'),
    ...columns(wide, HEIGHT, glyphs).map((line) => `  ${style.cyan(line.trimEnd())}`),
    `  ${glyphs.rule.repeat(wide.length)}`,
    `  ${axis}${unit.suffix}`,
  ]
}

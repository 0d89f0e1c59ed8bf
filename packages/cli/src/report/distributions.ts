import type { Distribution, RunDistribution } from '@walltime/sim'
import type { Finish } from '../run/finish.ts'
import type { Precision } from '../run/precision.ts'
import type { SimulateResult } from '../run/simulate-result.ts'
import { columns } from '../terminal/charts.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { beside, labelled, wrap } from '../terminal/text.ts'
import { decimalsOf, grouped, inUnit, percent, plural, type Unit, unitOf, withError, words } from './format.ts'

const LEFT = 47

/** What the trials say: quantiles, lost time by cause, where the spread comes from, a histogram. */
export function distributions(result: SimulateResult, terminal: Terminal): readonly string[] {
  const { finish, precision } = result
  return [
    terminal.style.bold(`MONTE CARLO, ${plural(result.trials, 'trial')}, seed ${result.seed}${stopped(result)}`),
    ...quantiles(result, terminal),
    ...(finish === undefined ? [] : ['', ...finishDates(finish, terminal)]),
    ...(precision === undefined ? [] : ['', ...reached(precision, terminal)]),
    '',
    ...beside(timeByCause(result, terminal), varianceShares(result, terminal), LEFT),
    '',
    ...histogram(result, terminal),
  ]
}

function stopped({ interrupted, requested }: RunDistribution): string {
  return interrupted ? ` (stopped; ${grouped(requested)} were asked for)` : ''
}

function quantiles(result: RunDistribution, { glyphs, width }: Terminal): readonly string[] {
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
    row('ETTR', result.ettr, unitOf.share()),
    row('interruptions', result.interruptions, unitOf.count()),
    row('energy', result.energyJoules, unitOf.energy(result.energyJoules.p50)),
    row('chip-hours paid', result.chipHoursPaid, unitOf.amount(result.chipHoursPaid.p50)),
    row('chip-hours used', result.chipHoursUsed, unitOf.amount(result.chipHoursPaid.p50)),
    ...(result.checkpointBytes.p95 > 0
      ? [row('checkpoints', result.checkpointBytes, unitOf.bytes(result.checkpointBytes.p50))]
      : []),
  ]
  const head = ['', 'P5', 'P50', 'P95', `mean ${glyphs.plusMinus} standard error`]
  return [
    ...table(rows, { head, align: ['left', 'right', 'right', 'right', 'right'], indent: 2 }),
    ...wrap(`Standard errors of P5, P50, P95: ${errorsOfQuantiles(result)}.`, width - 2).map((line) => `  ${line}`),
  ]
}

function errorsOfQuantiles({ wallClockSeconds, costUsd, trials }: RunDistribution): string {
  if (trials < 2) return 'unknown from one trial'
  const of = ({ p50, standardErrors: { p5, p50: middle, p95 } }: Distribution, unit: Unit) =>
    [p5, middle, p95].map((e) => inUnit(e, unit, Math.max(1, decimalsOf(p50 / unit.factor)))).join(', ') + unit.suffix
  const money = unitOf.money(costUsd.p50)
  const time = of(wallClockSeconds, unitOf.time(wallClockSeconds.p50))
  return `time ${time}; cost ${of(costUsd, { ...money, suffix: ` USD ${money.suffix}`.trimEnd(), prefix: '' })}`
}

/** When it is over, to the day where it takes many. */
function finishDates(finish: Finish, { style, width }: Terminal): readonly string[] {
  const long = Date.parse(finish.p95) - Date.parse(finish.p5) > 2 * 86_400_000
  const date = (iso: string) => (long ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' '))
  const dates = (['p5', 'p50', 'p90', 'p95'] as const).map((name) => `${name.toUpperCase()} ${date(finish[name])}`)
  return [style.bold('FINISH'), ...labelled('', `${dates.join(', ')}; begun ${date(finish.start)}, UTC`, width, 2)]
}

function reached({ target, reached: done, wallClockSeconds, costUsd }: Precision, { width, glyphs }: Terminal) {
  const of = ({ p50, p95 }: Precision['costUsd']) =>
    `P50 ${glyphs.plusMinus} ${percent(p50, 2)}, P95 ${glyphs.plusMinus} ${percent(p95, 2)}`
  const verdict = done ? 'reached' : 'not reached: more --trials would'
  return wrap(
    `Precision of ${percent(target, 2)} ${verdict}. Time: ${of(wallClockSeconds)}; cost: ${of(costUsd)}.`,
    width,
  )
}

function timeByCause(result: RunDistribution, { style, glyphs }: Terminal): readonly string[] {
  const { productiveSeconds, badputSeconds, standardErrors, wallClockSeconds } = result
  const lost = Object.entries(badputSeconds).filter(([, seconds]) => seconds > 0)
  const errors: Readonly<Record<string, number>> = standardErrors.badputSeconds
  const rows = [['productive', productiveSeconds] as const, ...lost.sort((a, b) => b[1] - a[1])].map(
    ([cause, seconds]) => {
      const unit = unitOf.time(seconds)
      const error = cause === 'productive' ? standardErrors.productiveSeconds : (errors[cause] ?? 0)
      const time = withError(seconds, error, unit, glyphs.plusMinus) + unit.suffix
      return [words(cause), time, percent(seconds / wallClockSeconds.mean)]
    },
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

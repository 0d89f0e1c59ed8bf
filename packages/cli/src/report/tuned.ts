import { formatQuantity } from '@walltime/hardware'
import type { TunePoint } from '@walltime/sim'
import { bar } from '../terminal/charts.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { wrap } from '../terminal/text.ts'
import type { TuneKind } from '../tune/read-tune.ts'
import type { TuneAnswer } from '../tune/tune-scenario.ts'
import { decimalsOf, grouped, percent, plural, unitOf, withError } from './format.ts'

const BAR = 20

/** The best value of a number, what stands beside it, and how much every other value costs more. */
export function tuned(answer: TuneAnswer, kind: TuneKind, terminal: Terminal): readonly string[] {
  const { style, width } = terminal
  const { path, by, trials, seed, best, interval, own, atEdge } = answer
  const show = (value: number) =>
    kind.of === 'interval'
      ? formatQuantity(value, 'time')
      : kind.of === 'spares'
        ? grouped(value)
        : grouped(value, decimalsOf(value))
  const good = interval[0] === interval[1] ? '' : `; ${show(interval[0])} to ${show(interval[1])} are as good`
  const means = `${withErrors(best, terminal)}`
  const lines = [
    `Best ${show(best.value)}${good}: ${means}.`,
    ...(own === undefined ? [] : [`The scenario's own ${show(own.value)} costs ${more(own, best, by, terminal)}.`]),
    ...(atEdge ? ['The best is at the end of what was tried: it may lie beyond.'] : []),
    ...closedForms(answer, show),
    ...answer.refused.slice(0, 3).map(({ value, message }) => `Refused ${show(value)}: ${message}.`),
  ]
  return [
    style.bold(`TUNE ${path} by ${by}, ${plural(trials, 'trial')} a value, seed ${seed}`),
    ...lines.flatMap((line) => wrap(line, width - 2, 2).map((l) => `  ${l}`)),
    '',
    ...chart(answer, show, terminal),
  ]
}

function withErrors({ costUsd, wallClockSeconds, standardErrors }: TunePoint, { glyphs }: Terminal): string {
  const money = unitOf.money(costUsd)
  const time = unitOf.time(wallClockSeconds)
  const cost = withError(costUsd, standardErrors.costUsd, money, glyphs.plusMinus)
  const long = withError(wallClockSeconds, standardErrors.wallClockSeconds, time, glyphs.plusMinus)
  return `mean cost ${cost}${money.suffix}, ${long}${time.suffix}`
}

/** `+0.31 % ± 0.02 %` of the best: difference of trials under the same luck. */
function more(point: TunePoint, best: TunePoint, by: TuneAnswer['by'], { glyphs }: Terminal): string {
  const of = by === 'cost' ? best.costUsd : best.wallClockSeconds
  const [share, error] = [point.difference / of, point.differenceError / of].map((s) => `${(100 * s).toFixed(2)} %`)
  return `${point.difference < 0 ? '' : '+'}${share} ${glyphs.plusMinus} ${error}`
}

function closedForms({ closedForms: forms }: TuneAnswer, show: (value: number) => string): readonly string[] {
  if (forms === undefined) return []
  if ('erlang' in forms) {
    const { nodesInRepair, poisson99, erlang } = forms
    return [
      `Closed forms: ${nodesInRepair.toPrecision(3)} nodes in repair on average; ${show(poisson99)} spares cover them 99 % of the time (Poisson), ${show(erlang)} cost least (Erlang B).`,
    ]
  }
  const { young, daly, optimal, twoLevel } = forms
  const levels =
    twoLevel === undefined
      ? ''
      : `; two levels: ${show(twoLevel.patternSeconds / twoLevel.firstLevelCheckpoints)} and ${show(twoLevel.patternSeconds)}`
  return [`Closed forms: Young ${show(young)}, Daly ${show(daly)}, exact ${show(optimal)}${levels}.`]
}

function chart(answer: TuneAnswer, show: (value: number) => string, terminal: Terminal): readonly string[] {
  const { best, points, by, interval } = answer
  const most = Math.max(...points.map((p) => p.difference), Number.MIN_VALUE)
  const rows = points.map((point) => {
    const inside = point.value >= interval[0] && point.value <= interval[1]
    const mark = point.value === best.value ? 'best' : inside ? 'as good' : ''
    return [
      show(point.value),
      formatQuantity(point.costUsd, 'money'),
      formatQuantity(point.wallClockSeconds, 'time'),
      point.value === best.value ? percent(0) : more(point, best, by, terminal),
      mark === '' ? bar(Math.max(0, point.difference) / most, BAR, terminal.glyphs) : mark,
    ]
  })
  const head = ['value', 'cost', 'time', 'more than the best', '']
  return table(rows, { head, align: ['right', 'right', 'right', 'right', 'left'], indent: 2 })
}

import { formatQuantity } from '@walltime/hardware'
import { decimalsOf, inUnit, percent, type Unit, unitOf } from '../report/format.ts'
import { table } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { labelled, wrap } from '../terminal/text.ts'
import type { Candidate } from './candidates.ts'
import { type Compared, METHOD, RATIOS, type Ratio } from './ratio.ts'

export type Row = Candidate & Compared & { readonly ratio: Ratio | null }

const NUMBERS = ['right', 'right', 'right', 'right', 'right'] as const

/** Scenarios side by side, then each over the first. */
export function compareReport(rows: readonly Row[], { width, style }: Terminal): readonly string[] {
  const key = (i: number) => (i === 0 ? 'base' : `(${i})`)
  const unit = unitOf.time(rows[0]?.simulate.wallClockSeconds.p50 ?? 0)
  const head = ['', 'step', 'MFU', 'memory', `wall clock,${unit.suffix}`, 'cost']
  const remarks = rows.flatMap((row, i) => [
    ...row.remarks.map((text) => `! ${key(i)} ${text}`),
    ...(row.estimate.memory.fits ? [] : [`! ${key(i)} ${lack(row)}`]),
    ...row.estimate.warnings.map(({ message }) => `! ${key(i)} ${message}`),
  ])
  return [
    ...rows.flatMap((row, i) => labelled(key(i), row.name, width, 6)),
    '',
    ...table(
      rows.map((row, i) => [key(i), ...absolute(row, unit)]),
      { head, align: ['left', ...NUMBERS] },
    ),
    '',
    style.bold('RATIO TO THE BASE'),
    ...table(
      rows.flatMap(({ ratio }, i) => (ratio === null ? [] : [[key(i), ...ratios(ratio)]])),
      { head: ['', 'step', 'wall clock', 'cost', 'tokens/USD'], align: ['left', ...NUMBERS] },
    ),
    '',
    ...wrap(METHOD, width).map(style.dim),
    ...remarks.flatMap((text) => wrap(text, width, 2)).map(style.yellow),
  ]
}

function lack({ estimate: { memory } }: Row): string {
  const excess = formatQuantity(memory.peakBytes - memory.capacityBytes, 'bytes')
  const [first] = memory.remedies
  return `does not fit in memory by ${excess}${first === undefined ? '' : `; it would with ${first.changes.join(' and ')}`}`
}

function absolute({ estimate: { step, memory }, simulate }: Row, unit: Unit): readonly string[] {
  const { wallClockSeconds: time, costUsd: cost } = simulate
  const days = (value: number) => inUnit(value, unit, decimalsOf(time.p50 / unit.factor))
  const usd = (value: number) => formatQuantity(value, 'money')
  return [
    formatQuantity(step.seconds, 'time'),
    percent(step.mfu),
    `${percent(memory.peakBytes / memory.capacityBytes, 0)}${memory.fits ? '' : '!'}`,
    `${days(time.p50)} (${days(time.p5)} to ${days(time.p95)})`,
    `${usd(cost.p50)} (${usd(cost.p5)} to ${usd(cost.p95)})`,
  ]
}

function ratios(ratio: Ratio): readonly string[] {
  return RATIOS.map((name) => {
    const [low, high] = ratio.interval90[name]
    const decimals = Math.min(decimalsOf(ratio[name]), 2)
    const value = ratio[name].toFixed(decimals)
    // Tokens per dollar have the interval of the cost, turned round.
    return name === 'tokensPerDollar' ? value : `${value} (${low.toFixed(decimals)} to ${high.toFixed(decimals)})`
  })
}

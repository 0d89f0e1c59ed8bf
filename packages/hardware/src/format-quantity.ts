/** Quantities as a reader wants them; what is printed can be parsed again. */

import type { Dimension } from './dimension.ts'

export interface FormatOptions {
  /** Significant digits; 3 unless given. */
  readonly digits?: number
}

type Step = readonly [factor: number, unit: string]

const DECIMAL: readonly Step[] = [
  [1e18, 'E'],
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [1, ''],
]
const BINARY: readonly Step[] = [
  [2 ** 50, 'PiB'],
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [1, 'B'],
]
const SHORT: readonly Step[] = [
  [1e12, 'T'],
  [1e9, 'B'],
  [1e6, 'M'],
  [1e3, 'K'],
  [1, ''],
]
const HOUR = 3600
const DAY = 24 * HOUR
const YEAR = 365.25 * DAY

const TIME: readonly Step[] = [
  [YEAR, 'years'],
  [DAY, 'days'],
  [HOUR, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'us'],
  [1e-9, 'ns'],
]
/** Size from which a time is told in each unit of `TIME`: a day and a half is 36 h, a year and a half 548 days. */
const TIME_FROM = [2 * YEAR, 2 * DAY, HOUR, 60, 1, 1e-3, 1e-6, 0]

/** A number with so many significant digits and no exponent. */
function significant(value: number, digits: number): string {
  if (value === 0) return '0'
  const rounded = Number(value.toPrecision(digits))
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(rounded)))
  return decimals >= 0 && decimals <= 100 ? rounded.toFixed(decimals) : String(rounded)
}

/** The step that leaves a number of at least 1; the rounding comes first, so that 999.9 k is 1.00 M. */
function pick(value: number, digits: number, steps: readonly Step[]): Step {
  const size = Math.abs(Number(value.toPrecision(digits)))
  return steps.find(([factor]) => size >= factor) ?? steps.at(-1) ?? [1, '']
}

function scaled(value: number, digits: number, steps: readonly Step[], gap: string, unit: string): string {
  if (value === 0) return `0${gap}${steps.at(-1)?.[1] ?? ''}${unit}`.trim()
  const [factor, prefix] = pick(value, digits, steps)
  return `${significant(value / factor, digits)}${gap}${prefix}${unit}`.trim()
}

function formatTime(value: number, digits: number): string {
  if (value === 0) return '0 s'
  const size = Math.abs(Number(value.toPrecision(digits)))
  const [factor, unit] = TIME[TIME_FROM.findIndex((from) => size >= from)] ?? [1, 's']
  return `${significant(value / factor, digits)} ${unit}`
}

function formatRate(value: number, digits: number): string {
  if (value === 0) return '0/s'
  const size = Math.abs(value)
  if (size >= 1) return `${significant(value, digits)}/s`
  if (size * HOUR >= 1) return `${significant(value * HOUR, digits)}/h`
  if (size * DAY >= 0.1) return `${significant(value * DAY, digits)}/day`
  return `${significant(value * YEAR, digits)}/year`
}

function formatMoney(value: number, digits: number): string {
  const amount = scaled(Math.abs(value), digits, SHORT, '', '')
  return `${value < 0 ? '-' : ''}$${amount}`
}

function formatFlop(value: number, digits: number): string {
  if (Math.abs(value) < 1e21) return scaled(value, digits, DECIMAL, ' ', 'FLOP')
  return `${value.toExponential(digits - 1).replace('e+', 'e')} FLOP`
}

function formatCount(value: number, digits: number): string {
  if (Math.abs(value) >= 1e6) return scaled(value, digits, SHORT, '', '')
  return Number.isInteger(value) ? String(value) : significant(value, digits)
}

/**
 * A quantity in the base unit of its dimension, printed with the unit a reader expects (`6.48 s`, `74.3 GiB`, `450 GB/s`,
 * `$12.3M`). NaN and infinities print as such, without a unit.
 */
export function formatQuantity(value: number, dimension: Dimension, options: FormatOptions = {}): string {
  const { digits = 3 } = options
  if (!Number.isFinite(value)) return String(value)
  switch (dimension) {
    case 'time':
      return formatTime(value, digits)
    case 'bytes':
      return scaled(value, digits, BINARY, ' ', '')
    case 'bandwidth':
      return scaled(value, digits, DECIMAL, ' ', 'B/s')
    case 'flop':
      return formatFlop(value, digits)
    case 'flopRate':
      return scaled(value, digits, DECIMAL, ' ', 'FLOP/s')
    case 'power':
      return scaled(value, digits, DECIMAL, ' ', 'W')
    case 'energy':
      return Math.abs(value) < 3600
        ? scaled(value, digits, DECIMAL, ' ', 'J')
        : scaled(value / 3600, digits, DECIMAL, ' ', 'Wh')
    case 'money':
      return formatMoney(value, digits)
    case 'price':
      return `${significant(value * HOUR, digits)} USD/chip-hour`
    case 'energyPrice':
      return `${significant(value * 3.6e6, digits)} USD/kWh`
    case 'rate':
      return formatRate(value, digits)
    case 'count':
      return formatCount(value, digits)
    case 'tokens':
      return `${scaled(value, digits, SHORT, '', '')} tokens`
    case 'fraction':
      return `${significant(value * 100, digits)} %`
    case 'frequency':
      return scaled(value, digits, DECIMAL, ' ', 'Hz')
  }
}

/** Numbers as a report prints them, aligned in columns of one unit. */

/** A unit in which a whole column of numbers is printed. */
export interface Unit {
  /** Of the base unit. */
  readonly factor: number
  readonly prefix: string
  readonly suffix: string
}

type Step = readonly [from: number, factor: number, suffix: string]

const TIME: readonly Step[] = [
  [2 * 86400, 86400, ' days'],
  [2 * 3600, 3600, ' h'],
  [120, 60, ' min'],
  [0, 1, ' s'],
]
const MONEY: readonly Step[] = [
  [1e9, 1e9, 'B'],
  [1e6, 1e6, 'M'],
  [1e4, 1e3, 'K'],
  [0, 1, ''],
]
const WATT_HOUR = 3600
const ENERGY: readonly Step[] = [
  [1e9 * WATT_HOUR, 1e9 * WATT_HOUR, ' GWh'],
  [1e6 * WATT_HOUR, 1e6 * WATT_HOUR, ' MWh'],
  [0, 1e3 * WATT_HOUR, ' kWh'],
]

const AMOUNT: readonly Step[] = [
  [1e7, 1e6, ' M'],
  [1e5, 1e3, ' K'],
  [0, 1, ''],
]
const BYTES: readonly Step[] = [
  [1e18, 1e18, ' EB'],
  [1e15, 1e15, ' PB'],
  [1e12, 1e12, ' TB'],
  [0, 1e9, ' GB'],
]

function pick(value: number, steps: readonly Step[], prefix = ''): Unit {
  const [, factor, suffix] = steps.find(([from]) => Math.abs(value) >= from) ?? [0, 1, '']
  return { factor, prefix, suffix }
}

/** The unit in which a number of about this size reads well. */
export const unitOf = {
  time: (seconds: number) => pick(seconds, TIME),
  money: (usd: number) => pick(usd, MONEY, '$'),
  energy: (joules: number) => pick(joules, ENERGY),
  amount: (value: number) => pick(value, AMOUNT),
  bytes: (bytes: number) => pick(bytes, BYTES),
  share: (): Unit => ({ factor: 0.01, prefix: '', suffix: ' %' }),
  count: (): Unit => ({ factor: 1, prefix: '', suffix: '' }),
}

/** Decimals that leave about three significant digits of a number. */
export function decimalsOf(value: number): number {
  const size = Math.abs(value)
  return size === 0 || !Number.isFinite(size) ? 0 : Math.min(Math.max(2 - Math.floor(Math.log10(size)), 0), 6)
}

export function grouped(value: number, decimals = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** A number in a unit, without the unit's name. */
export function inUnit(value: number, unit: Unit, decimals: number): string {
  return `${unit.prefix}${grouped(value / unit.factor, decimals)}`
}

/** A number with its standard error, both to the error's first digit: `71.20 ± 0.07`. */
export function withError(value: number, error: number, unit: Unit, sign: string): string {
  if (!(error > 0)) return inUnit(value, unit, decimalsOf(value / unit.factor))
  const decimals = Math.min(Math.max(-Math.floor(Math.log10(error / unit.factor)), 0), 6)
  return `${inUnit(value, unit, decimals)} ${sign} ${inUnit(error, unit, decimals)}`
}

/** `4.3 %`; what would round to nothing says so. */
export function percent(share: number, decimals = 1): string {
  if (share !== 0 && Math.abs(share) * 100 < 0.5 * 10 ** -decimals) return `<${10 ** -decimals} %`
  return `${(share * 100).toFixed(decimals)} %`
}

/** `lostWork` as words: `lost work`. */
export function words(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

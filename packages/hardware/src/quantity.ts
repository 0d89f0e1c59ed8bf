/**
 * Quantities as a user writes them: `3.35 TB/s`, `15.6T tokens`, `2.10 USD/h`, `1/(16.4 years)`, or a plain number in the
 * base unit. K, M, B and T are decimal (8K is 8000), Ki, Mi and Gi binary; GB is 1e9 bytes and GiB 2^30; a year has 365.25 days.
 */

import { DIMENSIONS, type Dimension, type DimensionInfo } from './dimension.ts'
import { didYouMean } from './suggest.ts'
import { conversion } from './unit-engine.ts'

export type QuantityErrorCode = 'quantity.syntax' | 'quantity.unit' | 'quantity.dimension' | 'quantity.number'

/** What is wrong with a quantity, in words for its writer. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError'
  readonly code: QuantityErrorCode

  constructor(code: QuantityErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What a rate, a price or an amount of money may be stated for. */
export type PerUnit = 'chip' | 'node' | 'rack' | 'domain' | 'switch' | 'link' | 'nic' | 'disk' | 'job' | 'cluster'

/** A quantity and what it was stated for (`0.0065/node-day`: node). */
export interface QuantityPer {
  readonly value: number
  readonly per?: PerUnit
}

const PER_WORDS: Readonly<Record<string, PerUnit>> = {
  chip: 'chip',
  gpu: 'chip',
  tpu: 'chip',
  accelerator: 'chip',
  device: 'chip',
  node: 'node',
  server: 'node',
  host: 'node',
  instance: 'node',
  rack: 'rack',
  domain: 'domain',
  switch: 'switch',
  link: 'link',
  nic: 'nic',
  port: 'nic',
  disk: 'disk',
  job: 'job',
  cluster: 'cluster',
}

const SCALES: Readonly<Record<string, number>> = {
  k: 1e3,
  K: 1e3,
  M: 1e6,
  B: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
}

/** Spellings that mathjs does not know. */
const SPELLINGS: Readonly<Record<string, string>> = {
  d: 'day',
  y: 'year',
  yr: 'year',
  yrs: 'year',
  wk: 'week',
  mo: 'month',
  KB: 'kB',
  Kb: 'kb',
}

const LONGEST = 100
const perPattern = `(${Object.keys(PER_WORDS).join('|')})(?:es|s)?`
const NUMBER = /^[+-]?(?:\d+(?:_\d+)*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/
const SCALE = /^\s*(Ki|Mi|Gi|thousand|million|billion|trillion|[kKMBT])(?![A-Za-z])/
const PER_BEFORE_TIME = new RegExp(`\\b${perPattern}[-\\s*·]+(?=[A-Za-z])`, 'i')
const PER_ALONE = new RegExp(`/\\s*${perPattern}\\s*(?=/|$)`, 'i')
const PER_ONLY = new RegExp(`^${perPattern}$`, 'i')
/** What the unit engine is given: units, `*`, `/`, powers and parentheses. */
const EXPRESSION = /^[A-Za-z(][A-Za-z0-9 */^().-]*$/
const EVENTS = /^\s*(?:failures?|events?|interruptions?|times)(?![A-Za-z])/i

function shown(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 40)}…"` : `"${text}"`
}

function lookUp<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function example(info: DimensionInfo): string {
  return `write for example "${info.examples[0]}"`
}

function notANumber(text: string, info: DimensionInfo): QuantityError {
  const start = text.length === 0 ? 'nothing is given' : `${shown(text)} does not start with a number`
  return new QuantityError('quantity.syntax', `${start}: ${info.label} is wanted, ${example(info)}`)
}

function nearestUnit(unit: string, info: DimensionInfo): string | undefined {
  const prefix = /^([kmgtp]i?)b$/i.exec(unit)?.[1]?.replace(/^[mgtp]/, (letter) => letter.toUpperCase())
  if (prefix !== undefined && info.units.includes('GB')) return `"${prefix}B" is bytes and "${prefix}b" bits`
  const near = didYouMean(unit, info.units)
  return near === undefined ? undefined : `did you mean "${near}"?`
}

function unknownUnit(text: string, unit: string, info: DimensionInfo): QuantityError {
  const hint = nearestUnit(unit, info) ?? `${info.label} is wanted, ${example(info)}`
  return new QuantityError('quantity.unit', `unknown unit "${unit}" in ${shown(text)}: ${hint}`)
}

function wrongDimension(text: string, unit: string, info: DimensionInfo): QuantityError {
  const other = Object.values(DIMENSIONS).find(({ base }) => base !== '' && conversion(unit, base).ok)
  const metres = unit === 'm' ? ' ("m" is metres; minutes are "min")' : ''
  const what = other === undefined ? `is not ${info.label}` : `is ${other.label}, not ${info.label}`
  return new QuantityError('quantity.dimension', `${shown(text)} ${what}${metres}: ${example(info)}`)
}

function malformed(text: string, info: DimensionInfo): QuantityError {
  return new QuantityError('quantity.syntax', `${shown(text)} cannot be read as ${info.label}: ${example(info)}`)
}

function finite(value: number, text: string): number {
  if (Number.isFinite(value)) return value
  throw new QuantityError('quantity.number', `${shown(text)} is not a finite number`)
}

/** Splits the number off the front. */
function splitNumber(text: string, info: DimensionInfo): { readonly number: number; readonly rest: string } {
  const match = NUMBER.exec(text)
  if (match === null) throw notANumber(text, info)
  const rest = text.slice(match[0].length)
  if (/^[\d.,_]/.test(rest)) {
    throw new QuantityError(
      'quantity.syntax',
      `${shown(text)} is not a number that can be read: write 16384 or 16_384, and 1.5 with a point`,
    )
  }
  return { number: finite(Number(match[0].replaceAll('_', '')), text), rest }
}

/** Takes K, M, B, T and their like off the front of what follows the number. */
function splitScale(rest: string): { readonly scale: number; readonly rest: string } {
  const match = SCALE.exec(rest)
  const scale = match?.[1] === undefined ? undefined : lookUp(SCALES, match[1])
  return scale === undefined || match === null ? { scale: 1, rest } : { scale, rest: rest.slice(match[0].length) }
}

/** Takes `chip-`, `/GPU` and their like out of a unit. */
function splitPer(unit: string): { readonly unit: string; readonly per?: PerUnit } {
  const match = PER_BEFORE_TIME.exec(unit) ?? PER_ALONE.exec(unit)
  const per = match?.[1] === undefined ? undefined : lookUp(PER_WORDS, match[1].toLowerCase())
  if (match === null || per === undefined) return { unit }
  return { unit: unit.slice(0, match.index) + unit.slice(match.index + match[0].length), per }
}

/** `Gbit` as `Gb`, `Gbps` as `(Gb/s)`, `TFLOPS` as `(TFLOP/s)`. */
function expanded(word: string): string {
  return word
    .replace(/^([kMGTP]i?)?bits?$/, '$1b')
    .replace(/^([kMGTP]i?)?([bB])ps$/, '($1$2/s)')
    .replace(/^([kMGTPEZ])?FLOPS$/, '($1FLOP/s)')
}

/** Spells a unit as the engine wants it: `kW-h` as `(kW h)`, `Gbit` as `Gb`. */
function spelled(unit: string): string {
  return unit
    .trim()
    .replaceAll('µ', 'u')
    .replaceAll('·', '*')
    .replace(/([A-Za-z]+)-([A-Za-z]+)/g, '($1 $2)')
    .replace(/[A-Za-z]+/g, (word) => lookUp(SPELLINGS, word) ?? expanded(word))
}

function scaleByUnit(number: number, unit: string, text: string, info: DimensionInfo): number {
  const expression = spelled(unit)
  if (expression === '') return number
  if (!EXPRESSION.test(expression)) throw malformed(text, info)
  const found = conversion(expression, info.base)
  if (found.ok) {
    const inverse = Math.round(1 / found.factor)
    // Dividing by a whole number is exact where multiplying by its rounded inverse is not: 16.4 us is 16.4 / 1e6.
    return found.factor < 1 && found.factor === 1 / inverse ? number / inverse : number * found.factor
  }
  if (found.reason === 'unknown') throw unknownUnit(text, found.unit, info)
  if (found.reason === 'dimension') throw wrongDimension(text, expression, info)
  throw malformed(text, info)
}

/** True for a unit of anything (`GB`, `GB/s`, `kW h`). */
function isUnit(text: string): boolean {
  const expression = spelled(text)
  if (!EXPRESSION.test(expression)) return false
  const found = conversion(expression, 's')
  return found.ok || found.reason === 'dimension'
}

function unscaled(number: number, rest: string, text: string, info: DimensionInfo, words: RegExp): number {
  const { scale, rest: after } = splitScale(rest)
  const unit = after.trim()
  if (unit === '' || words.test(unit)) return number * scale
  if (isUnit(unit)) throw wrongDimension(text, spelled(unit), info)
  throw /^[A-Za-z]+$/.test(unit) ? unknownUnit(text, unit, info) : malformed(text, info)
}

function parseFraction(number: number, rest: string, text: string, info: DimensionInfo): number {
  const unit = rest.trim()
  if (unit === '') return number
  if (unit === '%' || unit === 'percent') return number / 100
  if (/^[A-Za-z]+$/.test(unit)) throw unknownUnit(text, unit, info)
  throw malformed(text, info)
}

function parseMoney(number: number, rest: string, text: string, info: DimensionInfo): QuantityPer {
  const { unit, per } = splitPer(rest)
  const value = unscaled(number, unit.replace(/\s*(USD|dollars?)\s*$/, ''), text, info, /^$/)
  return per === undefined ? { value } : { value, per }
}

function parsePrice(number: number, rest: string, text: string, info: DimensionInfo): QuantityPer {
  const { unit, per } = splitPer(rest)
  const value = scaleByUnit(number, unit, text, info)
  return per === undefined ? { value } : { value, per }
}

function parseRate(number: number, rest: string, text: string, info: DimensionInfo): QuantityPer {
  const percent = /^\s*%/.exec(rest)
  const events = percent === null ? number : number / 100
  const { unit, per } = splitPer(rest.slice(percent?.[0].length ?? 0).replace(EVENTS, ''))
  const over = unit.trim()
  if (over === '' && percent !== null) {
    throw new QuantityError('quantity.dimension', `${shown(text)} is a share, not ${info.label}: ${example(info)}`)
  }
  let value: number
  if (over.startsWith('/')) {
    const period = over
      .slice(1)
      .replace(/^\s*\((.*)\)\s*$/, '$1')
      .trim()
    if (period === '') throw malformed(text, info)
    const inner = NUMBER.exec(period)
    const seconds = scaleByUnit(
      inner === null ? 1 : Number(inner[0].replaceAll('_', '')),
      inner === null ? period : period.slice(inner[0].length),
      text,
      { ...DIMENSIONS.time, label: info.label, examples: info.examples },
    )
    value = events / seconds
  } else {
    value = scaleByUnit(events, over, text, info)
  }
  return per === undefined ? { value } : { value, per }
}

function parseText(input: string, info: DimensionInfo): QuantityPer {
  if (input.length > LONGEST) {
    throw new QuantityError('quantity.syntax', `${shown(input)} is too long for ${info.label}: ${example(info)}`)
  }
  const trimmed = input.trim().replace(/\s+per\s+/gi, '/')
  const dollars = /^([+-]?)(?:\$|USD\s)\s*(.*)$/.exec(trimmed)
  if (dollars !== null && info.kind !== 'money' && !info.base.startsWith('USD'))
    throw wrongDimension(input, 'USD', info)
  const { number, rest } = splitNumber(
    dollars === null ? trimmed.replace('$', 'USD') : `${dollars[1]}${dollars[2]}`,
    info,
  )
  switch (info.kind) {
    case 'fraction':
      return { value: parseFraction(number, rest, input, info) }
    case 'count':
      return { value: unscaled(number, rest, input, info, PER_ONLY) }
    case 'tokens':
      return { value: unscaled(number, rest, input, info, /^tokens?$/) }
    case 'money':
      return parseMoney(number, rest, input, info)
    case 'price':
      return parsePrice(number, dollars === null ? rest : `USD${rest}`, input, info)
    case 'rate':
      return parseRate(number, rest, input, info)
    case 'unit':
      return { value: scaleByUnit(number, dollars === null ? rest : `USD${rest}`, input, info) }
  }
}

/**
 * A quantity in the base unit of its dimension, with what it was stated for. A plain number (or a string of one) is taken
 * in the base unit.
 * @throws {QuantityError} where the input is not such a quantity.
 */
export function parseQuantityPer(input: string | number, dimension: Dimension): QuantityPer {
  const info = DIMENSIONS[dimension]
  if (typeof input === 'number') return { value: finite(input, String(input)) }
  if (typeof input !== 'string') {
    throw new QuantityError('quantity.syntax', `${info.label} is wanted as a text or a number, ${example(info)}`)
  }
  const parsed = parseText(input, info)
  finite(parsed.value, input)
  return parsed
}

/**
 * A quantity in the base unit of its dimension (`parseQuantity('400 Gb/s', 'bandwidth')` is 5e10). A price or an amount of
 * money may be stated per chip, not per node; what a rate is stated for is left to `parseQuantityPer`.
 * @throws {QuantityError} where the input is not such a quantity.
 */
export function parseQuantity(input: string | number, dimension: Dimension): number {
  const { value, per } = parseQuantityPer(input, dimension)
  if (per !== undefined && per !== 'chip' && dimension !== 'rate') {
    const message = `${shown(String(input))} is per ${per}; give it per chip, ${example(DIMENSIONS[dimension])}`
    throw new QuantityError('quantity.dimension', message)
  }
  return value
}

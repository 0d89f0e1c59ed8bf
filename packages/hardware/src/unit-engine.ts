/**
 * The units of mathjs and those it lacks. The only file that imports mathjs: the build replaces it by a bundle of what it
 * uses, because importing all of mathjs takes a second.
 */

import { type MathJsInstance, UnitDependencies } from 'mathjs'

type Conversion =
  | { readonly ok: true; readonly factor: number }
  | { readonly ok: false; readonly reason: 'unknown'; readonly unit: string }
  | { readonly ok: false; readonly reason: 'syntax' | 'dimension' }

type Units = MathJsInstance['Unit']

/** Stands for the number types of mathjs that no quantity here is made of; temperatures and reactive power want them. */
class Unused {}

/** Plain arithmetic: the general one, over big numbers, fractions and complex ones, takes 150 ms to set up. */
const arithmetic = {
  config: { number: 'number', predictable: false },
  addScalar: (a: number, b: number) => a + b,
  subtractScalar: (a: number, b: number) => a - b,
  multiplyScalar: (a: number, b: number) => a * b,
  divideScalar: (a: number, b: number) => a / b,
  pow: (a: number, b: number) => a ** b,
  abs: Math.abs,
  fix: Math.trunc,
  round: Math.round,
  equal: (a: number, b: number) => a === b,
  isNumeric: (value: unknown) => typeof value === 'number',
  format: String,
  number: Number,
  BigNumber: Unused,
  Complex: { I: Number.NaN },
  Fraction: Unused,
}

let units: Units | undefined

function start(): Units {
  const createUnitClass = UnitDependencies?.createUnitClass as (scope: typeof arithmetic) => Units
  const Unit = createUnitClass(arithmetic)
  Unit.createUnit({ FLOP: { prefixes: 'short', aliases: ['FLOPs'] }, USD: { prefixes: 'none' } })
  return Unit
}

const known = new Map<string, Conversion>()
const MOST_KNOWN = 1000

/** A factor without the noise of its computation; the inverse of a whole number exactly so. */
function tidy(factor: number): number {
  const inverse = Math.round(1 / factor)
  const isInverse = inverse > 1 && Math.abs(inverse * factor - 1) < 1e-13
  return isInverse ? 1 / inverse : Number(factor.toPrecision(15))
}

function compute(expression: string, base: string): Conversion {
  units ??= start()
  for (const word of expression.match(/[A-Za-z]+/g) ?? []) {
    if (!units.isValuelessUnit(word)) return { ok: false, reason: 'unknown', unit: word }
  }
  try {
    const unit = units.parse(expression)
    if (!unit.equalBase(units.parse(base))) return { ok: false, reason: 'dimension' }
    const factor = unit.toNumber(base)
    return Number.isFinite(factor) ? { ok: true, factor: tidy(factor) } : { ok: false, reason: 'dimension' }
  } catch {
    return { ok: false, reason: 'syntax' }
  }
}

/**
 * What one `expression` (`GB/s`, `USD/(kW h)`) is in `base`. The expression holds words, `*`, `/`, `^`, parentheses and
 * digits only; the caller sees to that and to its length.
 */
export function conversion(expression: string, base: string): Conversion {
  const key = `${expression}|${base}`
  let result = known.get(key)
  if (result === undefined) {
    if (known.size >= MOST_KNOWN) known.clear()
    result = compute(expression, base)
    known.set(key, result)
  }
  return result
}

/**
 * The units of mathjs and those it lacks. The only file that imports mathjs: the build replaces it by a bundle of what it
 * uses, because importing all of mathjs takes a second.
 */

import { create, type MathJsInstance, UnitDependencies } from 'mathjs'

type Conversion =
  | { readonly ok: true; readonly factor: number }
  | { readonly ok: false; readonly reason: 'unknown'; readonly unit: string }
  | { readonly ok: false; readonly reason: 'syntax' | 'dimension' }

type Units = MathJsInstance['Unit']

let units: Units | undefined

function start(): Units {
  const { Unit } = create({ ...UnitDependencies })
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
    return { ok: true, factor: tidy(unit.toNumber(base)) }
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

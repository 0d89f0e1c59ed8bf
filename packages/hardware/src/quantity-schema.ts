/** Zod schemas of quantities: text with a unit or a plain number in, SI out. */

import * as z from 'zod'
import { DIMENSIONS, type Dimension } from './dimension.ts'
import { formatQuantity } from './format-quantity.ts'
import { isRecord } from './issues.ts'
import { parseQuantity, QuantityError } from './quantity.ts'
import { certain, type Uncertain } from './uncertain.ts'

/** Bounds in the base unit, and what the quantity is for (shown in editors). */
export interface QuantityOptions {
  readonly min?: number
  readonly max?: number
  readonly exclusiveMin?: number
  readonly describe?: string
}

/** A spread as a user writes it. */
export interface SpreadInput {
  readonly p5: string | number
  readonly p50: string | number
  readonly p95: string | number
  readonly law?: 'normal' | 'lognormal'
}

interface Failure {
  readonly code: string
  readonly message: string
}

function outOfBounds(value: number, dimension: Dimension, options: QuantityOptions): Failure | undefined {
  const { min, max, exclusiveMin } = options
  const say = (bound: number): string => formatQuantity(bound, dimension)
  const refuse = (what: string): Failure => ({ code: 'quantity.range', message: `${say(value)} is ${what}` })
  if (exclusiveMin !== undefined && value <= exclusiveMin) return refuse(`not above ${say(exclusiveMin)}`)
  if (min !== undefined && value < min) return refuse(`below ${say(min)}, the least allowed`)
  if (max !== undefined && value > max) return refuse(`above ${say(max)}, the most allowed`)
  return undefined
}

function read(input: unknown, dimension: Dimension, options: QuantityOptions): number | Failure {
  if (input === undefined) {
    const { label, examples } = DIMENSIONS[dimension]
    return { code: 'quantity.missing', message: `missing; ${label} is wanted, write for example "${examples[0]}"` }
  }
  try {
    const value = parseQuantity(input as string | number, dimension)
    return outOfBounds(value, dimension, options) ?? value
  } catch (error) {
    if (error instanceof QuantityError) return { code: error.code, message: error.message }
    throw error
  }
}

function described(dimension: Dimension, options: QuantityOptions): string {
  const { label, base } = DIMENSIONS[dimension]
  const plain = base === '' ? '' : `; a plain number is in ${base}`
  return options.describe === undefined ? `${label}${plain}` : `${options.describe} (${label}${plain})`
}

/**
 * Schema of a quantity. Failures are custom issues whose `params.code` is that of the `QuantityError`, or
 * `quantity.range` outside the bounds.
 */
export function quantity(dimension: Dimension, options: QuantityOptions = {}): z.ZodType<number, string | number> {
  const schema = z.unknown().meta({
    type: ['string', 'number'],
    description: described(dimension, options),
    examples: [...DIMENSIONS[dimension].examples],
  })
  return schema.transform((input, context) => {
    const result = read(input, dimension, options)
    if (typeof result === 'number') return result
    context.addIssue({ code: 'custom', message: result.message, params: { code: result.code } })
    return z.NEVER
  }) as z.ZodType<number, string | number>
}

const QUANTILES = ['p5', 'p50', 'p95'] as const
const LAWS: readonly unknown[] = ['normal', 'lognormal']
const SPREAD_KEYS: readonly string[] = [...QUANTILES, 'law']

type Report = (path: readonly string[], failure: Failure) => void

function readSpread(
  input: Readonly<Record<string, unknown>>,
  dimension: Dimension,
  options: QuantityOptions,
  report: Report,
): Uncertain | undefined {
  let sound = true
  const fail = (path: readonly string[], code: string, message: string): void => {
    sound = false
    report(path, { code, message })
  }
  for (const key of Object.keys(input)) {
    if (!SPREAD_KEYS.includes(key))
      fail([key], 'spread.key', `a spread has p5, p50, p95 and law, not "${key.slice(0, 40)}"`)
  }
  const law = input.law ?? 'lognormal'
  if (!LAWS.includes(law)) fail(['law'], 'spread.law', 'the law of a spread is "lognormal" (unless given) or "normal"')
  const [p5, p50, p95] = QUANTILES.map((name) => {
    const result = read(input[name], dimension, options)
    if (typeof result === 'number') return result
    const missing = input[name] === undefined
    fail([name], missing ? 'spread.missing' : result.code, missing ? `a spread needs ${name}` : result.message)
    return Number.NaN
  }) as [number, number, number]
  if (sound && !(p5 <= p50 && p50 <= p95))
    fail([], 'spread.order', 'the quantiles of a spread must not fall: p5 ≤ p50 ≤ p95')
  if (sound && law === 'lognormal' && p5 <= 0) {
    fail(['p5'], 'spread.positive', 'a lognormal spread is above zero: give a p5 above zero, or law: normal')
  }
  if (!sound) return undefined
  return p5 === p95 ? certain(p50) : { p5, p50, p95, law: law as 'normal' | 'lognormal' }
}

/**
 * Schema of a number that may be uncertain: a quantity, or its 5 %, 50 % and 95 % quantiles with a law (lognormal unless
 * given). Quantiles must not fall; those of a lognormal must be above zero.
 */
export function uncertain(
  dimension: Dimension,
  options: QuantityOptions = {},
): z.ZodType<Uncertain, string | number | SpreadInput> {
  const examples = [...DIMENSIONS[dimension].examples]
  const one = { type: ['string', 'number'], examples }
  const schema = z.unknown().meta({
    description: `${described(dimension, options)}, or its quantiles`,
    examples,
    anyOf: [
      one,
      {
        type: 'object',
        properties: { p5: one, p50: one, p95: one, law: { enum: [...LAWS] } },
        required: [...QUANTILES],
        additionalProperties: false,
      },
    ],
  })
  return schema.transform((input, context) => {
    if (!isRecord(input)) {
      const result = read(input, dimension, options)
      if (typeof result === 'number') return certain(result)
      context.addIssue({ code: 'custom', message: result.message, params: { code: result.code } })
      return z.NEVER
    }
    const spread = readSpread(input, dimension, options, (path, { code, message }) => {
      context.addIssue({ code: 'custom', message, params: { code }, path: [...path] })
    })
    return spread ?? z.NEVER
  }) as z.ZodType<Uncertain, string | number | SpreadInput>
}

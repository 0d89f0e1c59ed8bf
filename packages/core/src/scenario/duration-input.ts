/** Times as a user writes them where they differ from one time to the next, or count in steps. */

import { didYouMean, isRecord, quantity, uncertain } from '@walltime/hardware'
import * as z from 'zod'
import { object, unknownName } from './object-schema.ts'
import { type CheckpointInterval, type Duration, INTERVAL_RULES, type SecondsOrSteps } from './reliability.ts'

/** Longest time that anything in a run takes: a year. */
const LONGEST = 3.2e7

/** A plain time of at most a year. */
export const seconds = (describe: string) => quantity('time', { min: 0, max: LONGEST, describe })

const LAWS = {
  exponential: object({ mean: seconds('mean') }),
  uniform: object({ from: seconds('shortest'), to: seconds('longest') }).refine(({ from, to }) => from <= to, {
    error: 'must have from ≤ to',
  }),
  weibull: object({
    mean: seconds('mean'),
    shape: z.number().min(0.1).max(100).meta({ description: 'below 1: many short and a few very long' }),
  }),
} as const
type LawName = keyof typeof LAWS

const LAW_NAMES = Object.keys(LAWS) as LawName[]
const SPREAD_NAMES = ['p5', 'p50', 'p95', 'law']

/** JSON Schema of what a user writes, to stand inside another. */
export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}

const LAW_SCHEMAS = LAW_NAMES.map((name) => ({
  type: 'object',
  properties: { [name]: jsonSchemaOf(LAWS[name]) },
  required: [name],
  additionalProperties: false,
}))

/** Passes the issues of an inner schema on. */
export function forward(context: z.RefinementCtx, error: z.ZodError, prefix: readonly PropertyKey[] = []): void {
  for (const issue of error.issues) {
    context.addIssue({ ...issue, path: [...prefix, ...issue.path] } as Parameters<typeof context.addIssue>[0])
  }
}

/** A time, its quantiles, or its law: `{exponential: {mean: 2 h}}`, `{uniform: {from, to}}`, `{weibull: {mean, shape}}`. */
export function duration(describe: string): z.ZodType<Duration, unknown> {
  const plain = uncertain('time', { min: 0, max: LONGEST, describe })
  const { description, anyOf } = jsonSchemaOf(plain) as { description: string; anyOf: readonly object[] }
  const schema = z.unknown().meta({ description: `${description}, or a law`, anyOf: [...anyOf, ...LAW_SCHEMAS] })
  return schema.transform((input, context): Duration => {
    const law = isRecord(input) ? LAW_NAMES.find((name) => Object.hasOwn(input, name)) : undefined
    if (law !== undefined && isRecord(input) && Object.keys(input).length === 1) {
      const result = LAWS[law].safeParse(input[law])
      if (result.success) return { [law]: result.data } as Duration
      forward(context, result.error, [law])
      return z.NEVER
    }
    const strange = isRecord(input) ? Object.keys(input).find((key) => !SPREAD_NAMES.includes(key)) : undefined
    if (strange !== undefined) {
      const message = law
        ? `a time has one law; ${law} stands beside ${Object.keys(input as object).find((key) => key !== law)}`
        : unknownName('law of a time', strange, [...LAW_NAMES, ...SPREAD_NAMES])
      context.addIssue({ code: 'custom', message, params: { code: 'duration.law' } })
      return z.NEVER
    }
    const result = plain.safeParse(input)
    if (!result.success) {
      forward(context, result.error)
      return z.NEVER
    }
    return result.data.law === 'fixed' ? result.data.p50 : result.data
  })
}

const STEPS = /^\s*(\d+(?:\.\d+)?)\s*steps?\s*$/

/** "100 steps", or undefined where it is not told in steps. */
function readSteps(input: unknown): { readonly steps: number } | undefined {
  const count = typeof input === 'string' ? STEPS.exec(input)?.[1] : undefined
  return count === undefined ? undefined : { steps: Number(count) }
}

/** A time, or "100 steps"; above 0. */
export function secondsOrSteps(describe: string, longest = LONGEST): z.ZodType<SecondsOrSteps, unknown> {
  const time = quantity('time', { exclusiveMin: 0, max: longest, describe })
  return z
    .unknown()
    .meta({ ...jsonSchemaOf(time), description: `${describe}: a time, or "100 steps"` })
    .transform((input, context): SecondsOrSteps => {
      const steps = readSteps(input)
      if (steps !== undefined) {
        if (steps.steps > 0 && steps.steps <= 1e9) return steps
        context.addIssue({ code: 'custom', message: 'must be from 1 to 1e9 steps' })
        return z.NEVER
      }
      const result = time.safeParse(input)
      if (result.success) return result.data
      forward(context, result.error)
      return z.NEVER
    })
}

/** A rule, a time, or "100 steps". */
export function checkpointInterval(describe: string): z.ZodType<CheckpointInterval, unknown> {
  const given = secondsOrSteps(describe)
  return z
    .unknown()
    .meta({
      description: `${describe}: ${INTERVAL_RULES.join(', ')}, a time such as "30 min", or "100 steps"`,
      anyOf: [{ enum: [...INTERVAL_RULES] }, { type: ['string', 'number'] }],
    })
    .transform((input, context): CheckpointInterval => {
      const rule = INTERVAL_RULES.find((name) => name === input)
      if (rule !== undefined) return rule
      if (typeof input === 'string' && /^[a-z][a-z-]*$/i.test(input) && didYouMean(input, INTERVAL_RULES)) {
        const message = unknownName('interval', input, INTERVAL_RULES)
        context.addIssue({ code: 'custom', message })
        return z.NEVER
      }
      const result = given.safeParse(input)
      if (result.success) return result.data
      forward(context, result.error)
      return z.NEVER
    })
}

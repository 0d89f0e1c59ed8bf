import { didYouMean, type Issue } from '@walltime/hardware'
import * as z from 'zod'
import type { Path } from './document.ts'

/** An object with exactly these keys: an unknown one is answered with the nearest valid name. */
export function object<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const names = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined
      return issue.keys.map((key) => unknownName('key', key, names)).join('; ')
    },
  })
}

/** "unknown WHAT "x"; did you mean "y"?" or the valid names. */
export function unknownName(what: string, name: string, valid: readonly string[]): string {
  const near = didYouMean(name, valid)
  const shown = JSON.stringify(name.slice(0, 60))
  const hint = near === undefined ? `valid: ${valid.slice(0, 30).join(', ')}` : `did you mean ${JSON.stringify(near)}?`
  return `unknown ${what} ${shown}; ${hint}`
}

/** Whole number within bounds. */
export function integer(min: number, max: number, describe: string) {
  return z
    .number({
      error: (issue) => (issue.input === undefined ? undefined : `must be a whole number, not ${show(issue.input)}`),
    })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, {
      error: (issue) => `must be a whole number from ${min} to ${max}, not ${show(issue.input)}`,
    })
    .meta({ type: 'integer', minimum: min, maximum: max, description: describe })
}

/** One of a few words, answered with the nearest where it is none of them. */
export function oneOf<const Values extends readonly [string, ...string[]]>(values: Values, describe: string) {
  return z
    .enum(values, {
      error: (issue) =>
        typeof issue.input === 'string'
          ? unknownName('value', issue.input, values)
          : issue.input === undefined
            ? undefined
            : `must be one of ${values.join(', ')}, not ${show(issue.input)}`,
    })
    .meta({ description: describe })
}

/** A value as a user would recognise it, cut to one short line. */
export function show(value: unknown): string {
  const text =
    typeof value === 'number' || typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: 'a map of keys and values',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
}

/** Zod's issues as a user's: one for each unknown key, at the key. */
export function toIssues(error: z.ZodError, prefix: Path = []): readonly Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const path = [...prefix, ...issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))]
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('; unknown key ').map((text, i) => (i === 0 ? text : `unknown key ${text}`))
      return issue.keys.map((key, i) => ({
        code: 'scenario.key',
        path: [...path, key],
        message: messages[i] ?? issue.message,
      }))
    }
    if (issue.code === 'invalid_type') {
      const expected = TYPE_NAMES[issue.expected]
      const missing = issue.message.includes('undefined')
      const message = missing
        ? expected === undefined
          ? 'missing'
          : `missing; it must be ${expected}`
        : issue.message.startsWith('Invalid input')
          ? `must be ${expected ?? issue.expected}`
          : issue.message
      return [{ code: missing ? 'scenario.missing' : 'scenario.type', path, message }]
    }
    const code = issue.code === 'custom' ? String(issue.params?.['code'] ?? 'scenario.value') : 'scenario.value'
    return [{ code, path, message: issue.message }]
  })
}

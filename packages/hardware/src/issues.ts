/** A user's mistakes as data. */

import * as z from 'zod'
import { didYouMean } from './suggest.ts'

/** What is wrong, where, in words that say what would be right. */
export interface Issue {
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** A value, or what stands in its way. */
export type Resolved<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly Issue[] }

export const success = <T>(value: T): Resolved<T> => ({ ok: true, value })
export const failure = (...issues: readonly Issue[]): Resolved<never> => ({ ok: false, issues })

export type Path = readonly (string | number)[]

export function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input)
}

/** Names longer than this are cut in messages. */
const LONGEST_SHOWN = 60

/** A name of the user's in quotes, cut where long. */
export function quoted(name: string): string {
  return name.length > LONGEST_SHOWN ? `"${name.slice(0, LONGEST_SHOWN)}…"` : `"${name}"`
}

/** `unknown chip "h100": did you mean "h100-sxm"?` */
export function unknownName(what: string, name: string, candidates: readonly string[]): string {
  const near = didYouMean(name, candidates)
  const hint =
    near === undefined
      ? `valid are ${candidates.slice(0, 12).join(', ')}${candidates.length > 12 ? ', …' : ''}`
      : `did you mean "${near}"?`
  return `unknown ${what} ${quoted(name)}: ${hint}`
}

function valueAtPath(input: unknown, path: Path): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string | number, unknown>>)[key]
  }
  return value
}

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema
}

/** The keys that an object schema allows at a path. */
function keysAt(schema: z.ZodObject, path: Path): string[] {
  let at: unknown = schema
  for (const key of path) {
    if (at instanceof z.ZodArray) at = unwrapped(at.element)
    else if (at instanceof z.ZodObject) at = unwrapped(at.shape[String(key)])
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

const plainPath = (path: readonly PropertyKey[]): Path =>
  path.map((key) => (typeof key === 'symbol' ? key.toString() : key))

/** A value as its writer would know it. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'a map' : quoted(String(value))
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
}

/** The issues of zod for `input`, below `prefix`, with the nearest valid name for each unknown key and value. */
export function issuesOf(error: z.ZodError, input: unknown, shape: z.ZodObject, prefix: Path): Issue[] {
  return error.issues.flatMap((issue): Issue[] => {
    const inner = plainPath(issue.path)
    const path = [...prefix, ...inner]
    if (issue.code === 'unrecognized_keys') {
      const valid = keysAt(shape, inner)
      return issue.keys.map((key) => ({
        code: 'profile.key',
        path: [...path, key],
        message: unknownName('key', key, valid),
      }))
    }
    const given = valueAtPath(input, inner)
    const code: unknown = issue.code === 'custom' ? issue.params?.code : undefined
    if (typeof code === 'string' && code.startsWith('profile.')) return [{ code, path, message: issue.message }]
    if (given === undefined) {
      return [
        {
          code: 'profile.missing',
          path,
          message: `${inner.join('.')} is missing; give it, or extend a profile that has it`,
        },
      ]
    }
    if (issue.code === 'custom')
      return [{ code: typeof code === 'string' ? code : 'profile.value', path, message: issue.message }]
    if (issue.code === 'invalid_value') {
      return [
        {
          code: 'profile.value',
          path,
          message: unknownName('value', typeof given === 'string' ? given : typeof given, issue.values.map(String)),
        },
      ]
    }
    const field = inner.at(-1) ?? 'it'
    const outside = (bound: string) => [
      { code: 'profile.range', path, message: `${field} must be ${bound}, not ${shown(given)}` },
    ]
    if (issue.code === 'too_small') return outside(`at least ${issue.minimum}`)
    if (issue.code === 'too_big') return outside(`at most ${issue.maximum}`)
    const wanted = issue.code === 'invalid_type' ? (TYPES[issue.expected] ?? issue.expected) : 'of another form'
    return [{ code: 'profile.type', path, message: `${field} must be ${wanted}, not ${shown(given)}` }]
  })
}

import type { Path } from '@walltime/core'
import { parseQuantity, QuantityError } from '@walltime/hardware'
import type { TuneRange } from '@walltime/sim'
import { readPath } from '../input/settings.ts'
import { splitList } from '../input/split-list.ts'
import { UserError } from '../user-error.ts'

/** One `--tune PATH[=values|lo..hi]`. */
export interface TuneRequest {
  /** The path as written. */
  readonly name: string
  /** Into the scenario file. */
  readonly path: Path
  readonly kind: TuneKind
  /** Absent where only the path is given. */
  readonly range?: TuneRange
  /** The option as written, for messages. */
  readonly text: string
}

export type TuneKind =
  | { readonly of: 'interval'; readonly tier: number }
  | { readonly of: 'spares' }
  | { readonly of: 'number' }

/** What a scenario file has at its top; any other path begins under `reliability`. */
const TOP = new Set([
  'model',
  'cluster',
  'training',
  'parallelism',
  'software',
  'override',
  'reliability',
  'phases',
  'cost',
])

export function readTune(text: string): TuneRequest {
  const equals = text.indexOf('=')
  const name = (equals < 0 ? text : text.slice(0, equals)).trim()
  const written = readPath('--tune', text, name)
  const inside: Path = TOP.has(String(written[0])) ? written : ['reliability', ...written]
  const path: Path = inside.join('.') === 'reliability.spares' ? [...inside, 'nodes'] : inside
  const kind = kindOf(path)
  const base = { name, path, kind, text }
  return equals < 0 ? base : { ...base, range: readRange(text, text.slice(equals + 1).trim(), kind) }
}

function kindOf(path: Path): TuneKind {
  const [tier] = /^reliability\.checkpoint\.tiers\.(\d+)\.interval$/.exec(path.join('.'))?.slice(1) ?? []
  if (tier !== undefined) return { of: 'interval', tier: Number(tier) + 1 }
  if (path.join('.') === 'reliability.checkpoint.interval') return { of: 'interval', tier: 0 }
  return path.join('.') === 'reliability.spares.nodes' ? { of: 'spares' } : { of: 'number' }
}

function readRange(text: string, values: string, kind: TuneKind): TuneRange {
  const [low, high, ...more] = values.split('..')
  if (low === undefined || low === '') throw refuse(text, 'the values are missing; write PATH=lo..hi or PATH=a,b,c')
  if (high === undefined) return { values: splitList(values).map((item) => readNumber(text, item)) }
  if (more.length > 0) throw refuse(text, 'not a range; write PATH=lo..hi')
  const range = { low: readNumber(text, low), high: readNumber(text, high) }
  if (!(range.low < range.high)) throw refuse(text, `the range ends at ${high}, not above its start ${low}`)
  return kind.of === 'spares' ? { ...range, whole: true } : range
}

/** A number, or a time in seconds: what a scenario takes as a plain number. */
function readNumber(text: string, item: string): number {
  const plain = Number(item)
  if (item.trim() !== '' && Number.isFinite(plain)) return plain
  try {
    return parseQuantity(item, 'time')
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error
    throw refuse(text, `${JSON.stringify(item)} is neither a number nor a time: ${error.message}`)
  }
}

export function refuse(text: string, message: string): UserError {
  return new UserError([{ code: 'option.tune', option: `--tune ${text}`, message }])
}

import type { Path } from '@walltime/core'
import { readPath, readValue } from '../input/settings.ts'
import { splitList } from '../input/split-list.ts'
import { UserError } from '../user-error.ts'

/** Most points of one sweep. */
export const MAX_POINTS = 1_000_000

/** One `--vary PATH=…`: the values that a path takes. */
export interface Axis {
  /** The path as written: the name of its column. */
  readonly name: string
  readonly path: Path
  readonly values: readonly unknown[]
  /** The option as written, for messages. */
  readonly text: string
}

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})([+x])(${NUMBER})$`, 'i')

/** Reads `PATH=a,b,c`, `PATH=lo..hi+step` or `PATH=lo..hixfactor`. */
export function readAxis(text: string): Axis {
  const refuse = (message: string) => new UserError([{ code: 'option.vary', option: `--vary ${text}`, message }])
  const equals = text.indexOf('=')
  if (equals < 0) throw refuse('no "="; write PATH=1,2,4 or PATH=1..8x2 or PATH=1024..4096+1024')
  const name = text.slice(0, equals).trim()
  const path = readPath('--vary', text, name)
  const right = text.slice(equals + 1).trim()
  const range = RANGE.exec(right)
  if (range === null && /^[^,[{"]*\.\./.test(right)) {
    throw refuse('not a range; write lo..hi+step or lo..hixfactor, in plain numbers')
  }
  const values =
    range === null ? splitList(right).map((item) => readValue('--vary', text, item)) : rangeValues(range, refuse)
  if (values.length > MAX_POINTS) throw refuse(`${values.length} values; at most ${MAX_POINTS} points are computed`)
  return { name, path, values, text: `--vary ${text}` }
}

function rangeValues(range: RegExpExecArray, refuse: (message: string) => UserError): readonly number[] {
  const [from, to, by] = [range[1], range[2], range[4]].map(Number) as [number, number, number]
  const geometric = range[3]?.toLowerCase() === 'x'
  if (to < from) throw refuse(`the range ends at ${to}, below its start ${from}`)
  if (geometric && !(from > 0 && by > 1)) throw refuse('lo..hixfactor needs a start above 0 and a factor above 1')
  if (!geometric && !(by > 0)) throw refuse('lo..hi+step needs a step above 0')
  const count = 1 + Math.floor((geometric ? Math.log(to / from) / Math.log(by) : (to - from) / by) + 1e-9)
  if (count > MAX_POINTS) throw refuse(`${count} values; at most ${MAX_POINTS} points are computed`)
  // Rounded to 12 digits, so that 0.1 + 0.2 is the 0.3 that was meant.
  return Array.from({ length: count }, (_, i) => Number((geometric ? from * by ** i : from + by * i).toPrecision(12)))
}

/** Points of the grid that the axes span. */
export function countPoints(axes: readonly Axis[]): number {
  return axes.reduce((product, axis) => product * axis.values.length, 1)
}

/** The values of the point at an index, the last axis fastest. */
export function pointAt(axes: readonly Axis[], index: number): readonly unknown[] {
  const values = new Array<unknown>(axes.length)
  let rest = index
  for (let a = axes.length - 1; a >= 0; a--) {
    const all = axes[a]?.values ?? []
    values[a] = all[rest % all.length]
    rest = Math.floor(rest / all.length)
  }
  return values
}

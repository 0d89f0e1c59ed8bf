import type { Path } from '@walltime/core'
import { readPath, readValue } from '../input/settings.ts'
import { splitList } from '../input/split-list.ts'
import { MAX_SWEEP_POINTS } from '../limits.ts'
import { grouped } from '../report/format.ts'
import { UserError } from '../user-error.ts'

/** One `--vary PATH=…`: the values that a path takes. */
export interface Axis {
  /** The path as written: the name of its column. */
  readonly name: string
  readonly path: Path
  /** How many values; 0 for a stretch of numbers, from which a sample draws. */
  readonly count: number
  readonly at: (index: number) => unknown
  /** The value at a share (0 to 1) of the way through. */
  readonly draw: (share: number) => unknown
  /** What it holds, for the type of its column. */
  readonly type: 'number' | 'condition' | 'text'
  /** The option as written, for messages. */
  readonly text: string
}

type Values = Pick<Axis, 'count' | 'at' | 'draw' | 'type'>

const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`
const RANGE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})(?:([+x]|log)(${NUMBER})?)?$`, 'i')
const FORMS = 'lo..hi+step, lo..hixfactor or lo..hilogN, in plain numbers (lo..hi and lo..hilog where a sample draws)'

/** A mistake in one `--vary`. */
function refusal(text: string, message: string): UserError {
  return new UserError([{ code: 'option.vary', option: `--vary ${text}`, message }])
}

/** Reads `PATH=a,b,c` or `PATH=` and a range. */
export function readAxis(text: string): Axis {
  const equals = text.indexOf('=')
  if (equals < 0) throw refusal(text, 'no "="; write PATH=1,2,4 or PATH=1..8x2 or PATH=1024..4096+1024')
  return axisOf(text.slice(0, equals).trim(), text.slice(equals + 1).trim(), text)
}

/** An axis from its path and its values as text. */
export function axisOf(name: string, values: string, text: string): Axis {
  const path = readPath('--vary', text, name)
  const range = RANGE.exec(values)
  if (range === null && /^[^,[{"]*\.\./.test(values)) throw refusal(text, `not a range; write ${FORMS}`)
  const read =
    range === null
      ? listValues(splitList(values).map((item) => readValue('--vary', text, item)))
      : rangeValues(range, text)
  return { name, path, ...read, text: `--vary ${text}` }
}

/** The values of a list in their order. */
export function listValues(values: readonly unknown[]): Values {
  const at = (index: number) => values[index]
  const type = (name: string) => values.every((value) => typeof value === name)
  return {
    count: values.length,
    at,
    draw: (share) => at(Math.min(Math.floor(share * values.length), values.length - 1)),
    type: type('number') ? 'number' : type('boolean') ? 'condition' : 'text',
  }
}

/** 12 digits, so that 0.1 + 0.2 is the 0.3 that was meant. */
const rounded = (value: number) => Number(value.toPrecision(12))

function rangeValues(range: RegExpExecArray, text: string): Values {
  const [from, to] = [Number(range[1]), Number(range[2])]
  const sign = range[3]?.toLowerCase()
  const by = range[4] === undefined ? undefined : Number(range[4])
  if (to < from) throw refusal(text, `the range ends at ${to}, below its start ${from}`)
  if ((sign === 'log' || sign === 'x') && !(from > 0)) throw refusal(text, `lo..hi${sign} needs a start above 0`)
  if (sign === 'x' && !(by !== undefined && by > 1)) {
    throw refusal(text, 'lo..hixfactor needs a start above 0 and a factor above 1')
  }
  if (sign === '+' && !(by !== undefined && by > 0)) throw refusal(text, 'lo..hi+step needs a step above 0')
  if (sign === undefined || by === undefined) {
    const value = (share: number) => (sign === 'log' ? from * (to / from) ** share : from + (to - from) * share)
    return { count: 0, at: () => undefined, draw: (share) => rounded(value(share)), type: 'number' }
  }
  if (sign === 'log') {
    if (!Number.isInteger(by) || by < 2) throw refusal(text, 'lo..hilogN needs a whole number N of values, 2 or more')
    return stepped(by, (i) => from * (to / from) ** (i / (by - 1)), text)
  }
  const steps = sign === 'x' ? Math.log(to / from) / Math.log(by) : (to - from) / by
  return stepped(1 + Math.floor(steps + 1e-9), (i) => (sign === 'x' ? from * by ** i : from + by * i), text)
}

function stepped(count: number, value: (index: number) => number, text: string): Values {
  if (count > MAX_SWEEP_POINTS) {
    throw refusal(text, `${grouped(count)} values; at most ${grouped(MAX_SWEEP_POINTS)} points are computed`)
  }
  const at = (index: number) => rounded(value(index))
  return { count, at, draw: (share) => at(Math.min(Math.floor(share * count), count - 1)), type: 'number' }
}

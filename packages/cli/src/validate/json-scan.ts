/** Places in JSON text: where its grammar breaks, and where the value at a path stands. */

type Path = readonly (string | number)[]

export interface Place {
  readonly line: number
  readonly column: number
}

const SPACE = /[ \t\r\n]*/y
const TOKEN =
  /[{}[\],:]|"[^"\\\p{Cc}]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\p{Cc}]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/uy

interface Frame {
  readonly list: boolean
  index: number
  key: string
}

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end' | 'nothing'

/** Line and column (from 1) of an offset. */
export function placeAt(text: string, offset: number): Place {
  const before = text.slice(0, offset)
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') }
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** Walks the text; `visit` sees every value's offset and the frames around it, and ends the walk with true. */
function walk(text: string, visit: (offset: number, frames: readonly Frame[]) => boolean): number | null {
  const frames: Frame[] = []
  let wanted: Wanted = 'value'
  let at = 0
  for (;;) {
    at += match(SPACE, text, at).length
    if (at >= text.length) return wanted === 'nothing' ? null : at
    const token = match(TOKEN, text, at)
    if (token === '') return at
    const frame = frames.at(-1)
    const closes = token === '}' || token === ']'
    if (closes) {
      const empty = token === ']' ? 'value or ]' : 'key or }'
      if (frame === undefined || frame.list !== (token === ']') || (wanted !== ', or end' && wanted !== empty))
        return at
      frames.pop()
      wanted = frames.length === 0 ? 'nothing' : ', or end'
    } else if (wanted === ', or end') {
      if (token !== ',' || frame === undefined) return at
      frame.index++
      wanted = frame.list ? 'value' : 'key'
    } else if (wanted === ':') {
      if (token !== ':') return at
      wanted = 'value'
    } else if (wanted === 'key' || wanted === 'key or }') {
      if (!token.startsWith('"') || frame === undefined) return at
      frame.key = token
      wanted = ':'
    } else {
      if (wanted === 'nothing' || token === ',' || token === ':') return at
      if (visit(at, frames)) return null
      const opens = token === '{' || token === '['
      if (opens) frames.push({ list: token === '[', index: 0, key: '' })
      wanted = opens ? (token === '[' ? 'value or ]' : 'key or }') : frames.length === 0 ? 'nothing' : ', or end'
    }
    at += token.length
  }
}

/** Where the text stops being JSON; null where it is JSON throughout. */
export function jsonFault(text: string): Place | null {
  const offset = walk(text, () => false)
  return offset === null ? null : placeAt(text, offset)
}

/** Where the value at a path of JSON text stands; its nearest parent's place where there is none. */
export function jsonPlace(text: string, path: Path): Place {
  const steps = path.map((step) => (typeof step === 'number' ? step : JSON.stringify(step)))
  let found = 0
  let depth = -1
  walk(text, (offset, frames) => {
    if (frames.length <= depth || frames.length > steps.length) return false
    const leads = frames.every((frame, i) => (frame.list ? frame.index : frame.key) === steps[i])
    if (leads) {
      found = offset
      depth = frames.length
    }
    return depth === steps.length
  })
  return placeAt(text, found)
}

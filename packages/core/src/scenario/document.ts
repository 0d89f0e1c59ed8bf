/** YAML and JSON text as data with positions. Hostile text is refused before it costs time or memory. */

import type { Issue } from '@walltime/hardware'
import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  YAMLParseError,
} from 'yaml'

/** Longest text that is read: a scenario of every preset written out takes a few ten kilobytes. */
export const MAX_TEXT_BYTES = 250_000
const MAX_DEPTH = 40
const MAX_ALIASES = 100

export type Path = readonly (string | number)[]

/** `phases[0].training.tokens`. */
export function formatPath(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  )
}

export interface Position {
  /** From 1. */
  readonly line: number
  readonly column: number
}

export interface ParsedText {
  readonly data: unknown
  /** Where the value (or, with `atKey`, the key) at a path stands; the nearest parent's place where it does not exist. */
  readonly position: (path: Path, atKey?: boolean) => Position
}

export type TextResult =
  | { readonly ok: true; readonly parsed: ParsedText }
  | { readonly ok: false; readonly issue: Issue; readonly position: Position }

const START: Position = { line: 1, column: 1 }

function refuse(code: string, message: string, position: Position = START): TextResult {
  return { ok: false, issue: { code, path: [], message }, position }
}

/**
 * True where brackets open or block lists nest deeper than a scenario ever does: checked on the text, because the
 * parser itself recurses.
 */
function nestsTooDeeply(text: string): boolean {
  let depth = 0
  let comment = false
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i)
    if (c === '\n') comment = false
    else if (c === '#' && (i === 0 || /\s/.test(text.charAt(i - 1)))) comment = true
    else if (comment) continue
    else if (c === '[' || c === '{') {
      if (++depth > MAX_DEPTH) return true
    } else if (c === ']' || c === '}') depth = Math.max(0, depth - 1)
  }
  return /^[ \t]*(?:[-?:][ \t]+){40}/m.test(text) || /^ {400}/m.test(text)
}

function positionAt(counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** Reads YAML (and with it JSON) text. One document, no anchors beyond a few, no tags, no duplicate keys. */
export function readText(text: string): TextResult {
  if (text.length > MAX_TEXT_BYTES) {
    return refuse('yaml.size', `the text has ${text.length} characters; at most ${MAX_TEXT_BYTES} are read`)
  }
  if (nestsTooDeeply(text)) return refuse('yaml.depth', `values are nested more than ${MAX_DEPTH} deep`)
  const counter = new LineCounter()
  try {
    const document = parseDocument(text, {
      lineCounter: counter,
      strict: true,
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'error',
    })
    const error = document.errors[0] ?? document.warnings[0]
    if (error !== undefined) return refuse('yaml.syntax', syntaxMessage(error), positionAt(counter, error.pos[0]))
    const { contents } = document
    if (contents === null) return refuse('yaml.empty', 'the text is empty')
    const fault = findFault(contents)
    if (fault !== undefined) return refuse(fault.code, fault.message, positionAt(counter, fault.offset))
    const data: unknown = document.toJS({ maxAliasCount: MAX_ALIASES })
    return { ok: true, parsed: { data, position: (path, atKey) => locate(contents, counter, path, atKey ?? false) } }
  } catch (error) {
    if (error instanceof RangeError) return refuse('yaml.depth', 'values are nested too deeply')
    if (error instanceof ReferenceError) return refuse('yaml.aliases', 'aliases expand to too much data')
    if (error instanceof YAMLParseError) return refuse('yaml.syntax', error.message)
    throw error
  }
}

interface Fault {
  readonly code: string
  readonly message: string
  readonly offset: number
}

/** What YAML allows and a scenario does not: the same key twice, keys that are no text, aliases in a circle or more than a few. */
function findFault(contents: Node): Fault | undefined {
  let fault: Fault | undefined
  let aliases = 0
  const found = (code: string, message: string, node: unknown) => {
    fault = { code, message, offset: rangeStart(node) ?? 0 }
    return visit.BREAK
  }
  visit(contents, {
    Alias: (_, node, ancestors) => {
      aliases++
      if (aliases > MAX_ALIASES) return found('yaml.aliases', `more than ${MAX_ALIASES} aliases`, node)
      const inside = ancestors.some((above) => (isMap(above) || isSeq(above)) && above.anchor === node.source)
      return inside ? found('yaml.aliases', `the alias *${node.source} stands inside what it names`, node) : undefined
    },
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const { key } of map.items) {
        if (!isScalar(key)) return found('yaml.key', 'a key must be a word, not a list or a map', key)
        const text = keyText(key)
        if (seen.has(text)) return found('yaml.syntax', 'this key stands twice in the same map', key)
        seen.add(text)
      }
      return undefined
    },
  })
  return fault
}

function syntaxMessage(error: { readonly code: string; readonly message: string }): string {
  if (error.code === 'MULTIPLE_DOCS') return 'more than one document; give one scenario a file'
  return error.message.split('\n')[0] ?? error.message
}

function locate(root: Node, counter: LineCounter, path: Path, atKey: boolean): Position {
  let node: unknown = root
  let offset = root.range?.[0] ?? 0
  for (const [i, step] of path.entries()) {
    if (isAlias(node)) break
    let next: unknown
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step))
      if (pair === undefined) break
      const last = i === path.length - 1
      offset = rangeStart(last && atKey ? pair.key : (pair.value ?? pair.key)) ?? rangeStart(pair.key) ?? offset
      next = pair.value
    } else if (isSeq(node)) {
      next = node.items[Number(step)]
      offset = rangeStart(next) ?? offset
    }
    if (next === undefined || next === null) break
    node = next
  }
  return positionAt(counter, offset)
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key)
}

function rangeStart(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node
    ? (node.range as readonly number[] | null | undefined)?.[0]
    : undefined
}

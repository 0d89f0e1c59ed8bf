import type { Environment } from './style.ts'

/** What bars and rules are drawn with. */
export interface Glyphs {
  /** Parts of a cell filled from the left, from a little to all of it. */
  readonly across: readonly string[]
  /** Parts of a cell filled from below. */
  readonly up: readonly string[]
  readonly rule: string
  readonly plusMinus: string
  readonly times: string
}

const UNICODE: Glyphs = {
  across: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  up: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  rule: '─',
  plusMinus: '±',
  times: '×',
}
const ASCII: Glyphs = { across: ['#'], up: ['#'], rule: '-', plusMinus: '+-', times: 'x' }

/** Blocks, unless the locale says that the terminal shows nothing beyond ASCII. */
export function glyphs(env: Environment): Glyphs {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '')
  return locale === undefined || /utf-?8/i.test(locale) ? UNICODE : ASCII
}

import { type Glyphs, glyphs } from './glyphs.ts'
import { type Style, style, wantsColour } from './style.ts'

/** What a report is written for. */
export interface Terminal {
  /** Longest line. */
  readonly width: number
  readonly style: Style
  readonly glyphs: Glyphs
}

const NARROWEST = 80
const WIDEST = 100

/** The terminal at standard output; 80 columns and no colour where it is a file or a pipe. */
export function standardOutput(colour: boolean): Terminal {
  const { stdout, env } = process
  const columns = stdout.isTTY ? stdout.columns : NARROWEST
  return {
    width: Math.min(Math.max(columns, NARROWEST), WIDEST),
    style: style(wantsColour(colour, stdout.isTTY, env)),
    glyphs: glyphs(env),
  }
}

/** Colour of text. One that is off leaves the text as it is. */

export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly green: (text: string) => string
  readonly cyan: (text: string) => string
}

const code = (open: number, close: number) => (text: string) =>
  text === '' ? '' : `\u001b[${open}m${text}\u001b[${close}m`
const plain = (text: string) => text

const COLOURED: Style = {
  bold: code(1, 22),
  dim: code(2, 22),
  red: code(31, 39),
  yellow: code(33, 39),
  green: code(32, 39),
  cyan: code(36, 39),
}
const PLAIN: Style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, cyan: plain }

export type Environment = Readonly<Record<string, string | undefined>>

/** Whether to colour: `--no-color` and NO_COLOR say no, FORCE_COLOR yes, else only a terminal is coloured. */
export function wantsColour(option: boolean, isTerminal: boolean, env: Environment): boolean {
  if (!option || (env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

export function style(coloured: boolean): Style {
  return coloured ? COLOURED : PLAIN
}

/** Rows as lines of a file. */

export type TextFormat = 'csv' | 'ndjson'

/** A value as a cell of one line: text as it is, nothing where there is none, all else (and text of several lines) as JSON. */
export function cell(value: unknown): string {
  if (value === null) return ''
  return typeof value === 'string' && !/[\n\r]/.test(value) ? value : (JSON.stringify(value) ?? '')
}

function quoted(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export function csvLine(values: readonly unknown[]): string {
  return values.map((value) => quoted(cell(value))).join(',')
}

/** Splits a line that `csvLine` wrote. */
export function parseCsvLine(line: string): readonly string[] {
  const cells = [...`${line},`.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*)),/g)]
  return cells.map(([, inQuotes, bare]) => (inQuotes === undefined ? (bare ?? '') : inQuotes.replaceAll('""', '"')))
}

export function ndjsonLine(names: readonly string[], values: readonly unknown[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name, i) => [name, values[i]])))
}

/** The cells of a line of NDJSON in the order of `names`; null where the line is none. */
export function parseNdjsonLine(line: string, names: readonly string[]): readonly string[] | null {
  try {
    const row: unknown = JSON.parse(line)
    if (typeof row !== 'object' || row === null) return null
    const keys = Object.keys(row)
    if (keys.length !== names.length || names.some((name) => !Object.hasOwn(row, name))) return null
    return names.map((name) => cell((row as Readonly<Record<string, unknown>>)[name]))
  } catch {
    return null
  }
}

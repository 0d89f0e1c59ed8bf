import Table from 'cli-table3'

export type Align = 'left' | 'right'

export interface TableOptions {
  readonly head?: readonly string[]
  /** By column; left unless given. */
  readonly align?: readonly Align[]
  /** Width of columns whose text is to be wrapped, padding included; the others take what they need. */
  readonly widths?: readonly (number | null)[]
  readonly indent?: number
}

const BORDERLESS = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
  ].map((part) => [part, '']),
)

/** Columns without borders: it pastes into a document as it stands. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): readonly string[] {
  const { head, align = [], widths, indent = 0 } = options
  const drawn = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    colAligns: [...align],
    wordWrap: true,
    wrapOnWordBoundary: true,
    ...(head === undefined ? {} : { head: [...head] }),
    ...(widths === undefined ? {} : { colWidths: [...widths] }),
  })
  for (const row of rows) drawn.push([...row])
  return drawn
    .toString()
    .split('\n')
    .map((line) => (' '.repeat(indent) + line).trimEnd())
}

/** Lines of text: measured, cut and put beside each other by what a reader sees. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with one.
const COLOUR = /\u001b\[\d+m/g

export function visibleLength(text: string): number {
  return [...text.replace(COLOUR, '')].length
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleLength(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - visibleLength(text))) + text
}

/** Cuts a long text and says so. */
export function clip(text: string, width: number): string {
  const letters = [...text]
  return letters.length <= width ? text : `${letters.slice(0, Math.max(1, width - 3)).join('')}...`
}

/** Breaks a text into lines at spaces; a word longer than a line is broken inside. Further lines are indented. */
export function wrap(text: string, width: number, indent = 0): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text
    .split(/\s+/)
    .filter((w) => w !== '')
    .flatMap((w) => pieces(w, width - indent))) {
    const longer = line === '' ? word : `${line} ${word}`
    const room = lines.length === 0 ? width : width - indent
    if (visibleLength(longer) <= room) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  lines.push(line)
  return lines.map((l, i) => (i === 0 ? l : ' '.repeat(indent) + l))
}

function pieces(word: string, width: number): readonly string[] {
  const letters = [...word]
  if (letters.length <= width) return [word]
  return Array.from({ length: Math.ceil(letters.length / width) }, (_, i) =>
    letters.slice(i * width, (i + 1) * width).join(''),
  )
}

/** `label` in a column of its own, the text wrapped beside it. */
export function labelled(label: string, text: string, width: number, column = 11): readonly string[] {
  return wrap(text, width - column).map((line, i) => padEnd(i === 0 ? label : '', column) + line)
}

/** Two blocks of lines side by side. */
export function beside(left: readonly string[], right: readonly string[], leftWidth: number): readonly string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    (padEnd(left[i] ?? '', leftWidth) + (right[i] ?? '')).trimEnd(),
  )
}

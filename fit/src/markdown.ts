/** Parts of the documents that the fit writes. */

/** Percent to a decimal; a dash where there is nothing. */
export const percent = (value: number | null | undefined): string =>
  value == null || !Number.isFinite(value) ? '–' : (100 * value).toFixed(1)

/** A table, and an empty line after it; the first `texts` columns stand left, the others right. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[], texts = 1): string[] => [
  `| ${head.join(' | ')} |`,
  `| ${head.map((_, i) => (i < texts ? '---' : '--:')).join(' | ')} |`,
  ...rows.map((row) => `| ${row.join(' | ')} |`),
  '',
]

/** Nearest valid name for a mistyped one. */

/** Edits (insert, delete, replace, swap of neighbours) between two short strings; `limit + 1` where there are more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? limit + 1
}

const LONGEST_NAME = 64

/** True where `name` is the first word or words of `candidate` (`h100` of `h100-sxm`). */
function begins(candidate: string, name: string): boolean {
  return candidate.startsWith(name) && /^[^a-z0-9]/.test(candidate.slice(name.length))
}

/**
 * The candidate nearest to `name`, or undefined where none is near. First comes the name in another case, then the first
 * candidate that begins with the word, then the one with the fewest edits (at most a third of the letters; a difference in
 * case counts less than one in letters), then the first that begins with the letters.
 */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > LONGEST_NAME) return undefined
  const lower = name.toLowerCase()
  const limit = Math.max(1, Math.floor(name.length / 3))
  let best: string | undefined
  let bestScore = Number.POSITIVE_INFINITY
  let word: string | undefined
  let letters: string | undefined
  for (const candidate of candidates) {
    const folded = candidate.toLowerCase()
    if (begins(folded, lower)) word ??= candidate
    if (lower.length > 1 && folded.startsWith(lower)) letters ??= candidate
    const edits = distance(lower, folded, limit)
    if (edits > limit || edits >= Math.max(lower.length, folded.length)) continue
    const score = edits + distance(name, candidate, name.length) / 100
    if (score < bestScore) {
      best = candidate
      bestScore = score
    }
  }
  return bestScore < 1 ? best : (word ?? best ?? letters)
}

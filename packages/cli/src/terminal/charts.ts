import type { Glyphs } from './glyphs.ts'

/** A bar from the left: `share` (0 to 1) of `width` cells. */
export function bar(share: number, width: number, { across }: Glyphs): string {
  const steps = across.length
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * width * steps)
  const whole = Math.floor(filled / steps)
  const rest = filled % steps
  return (across.at(-1) ?? '').repeat(whole) + (rest === 0 ? '' : (across[rest - 1] ?? ''))
}

/** Columns of counts, tallest at the full height; lines from the top. */
export function columns(counts: readonly number[], height: number, { up }: Glyphs): readonly string[] {
  const most = Math.max(...counts, 1)
  const steps = up.length
  const filled = counts.map((count) => Math.max(count > 0 ? 1 : 0, Math.round((count / most) * height * steps)))
  return Array.from({ length: height }, (_, row) => {
    const floor = (height - 1 - row) * steps
    return filled
      .map((cells) => {
        const here = Math.min(Math.max(cells - floor, 0), steps)
        return here === 0 ? ' ' : (up[here - 1] ?? ' ')
      })
      .join('')
  })
}

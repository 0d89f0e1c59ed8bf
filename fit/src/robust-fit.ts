/** Robust least squares of positive constants: Levenberg–Marquardt on their logarithms with a smooth absolute loss. */

import { solveSymmetric } from './linear.ts'

/** Residuals that share constants: `keys` name the constants that they read, in the order of `values`. */
export interface FitPart {
  readonly keys: readonly string[]
  readonly count: number
  /** Writes log(predicted/measured) of each sample. */
  residuals(values: Float64Array, out: Float64Array): void
  /** Samples that the fit sees (1) or holds out (0); all where absent. */
  readonly use?: Uint8Array | undefined
}

export interface FitOptions {
  /** Residual at which the loss turns from square to absolute. */
  readonly scale?: number
  readonly iterations?: number
}

const STEP = 1e-4
/** Pull to the start, in samples: keeps constants that nothing reads where they began. */
const ANCHOR = 1e-3

function cost(residuals: Float64Array, use: Uint8Array | undefined, scale: number): number {
  let sum = 0
  for (let i = 0; i < residuals.length; i++) {
    if (use?.[i] === 0) continue
    const z = (residuals[i] as number) / scale
    sum += 2 * (Math.sqrt(1 + z * z) - 1)
  }
  return sum
}

/** Fits all constants named by the parts, from `start`. Deterministic. */
export function fitConstants(
  parts: readonly FitPart[],
  start: (key: string) => number,
  options: FitOptions = {},
): ReadonlyMap<string, number> {
  const { scale = 0.04, iterations = 80 } = options
  const keys = [...new Set(parts.flatMap((part) => part.keys))]
  const position = new Map(keys.map((key, i) => [key, i]))
  const n = keys.length
  const origin = Float64Array.from(keys, (key) => Math.log(start(key)))
  let theta = origin.slice()
  const places = parts.map((part) => part.keys.map((key) => position.get(key) as number))
  const residuals = parts.map((part) => new Float64Array(part.count))
  const shifted = parts.map((part) => part.keys.map(() => new Float64Array(part.count)))
  const valuesOf = (place: readonly number[], at: Float64Array) =>
    Float64Array.from(place, (i) => Math.exp(at[i] as number))

  const total = (at: Float64Array): number => {
    let sum = 0
    parts.forEach((part, p) => {
      const out = residuals[p] as Float64Array
      part.residuals(valuesOf(places[p] as number[], at), out)
      sum += cost(out, part.use, scale)
    })
    for (let i = 0; i < n; i++) sum += ANCHOR * ((at[i] as number) - (origin[i] as number)) ** 2
    return sum
  }

  let best = total(theta)
  let damping = 1e-3
  for (let iteration = 0; iteration < iterations; iteration++) {
    const normal = new Float64Array(n * n)
    const gradient = new Float64Array(n)
    parts.forEach((part, p) => {
      const place = places[p] as number[]
      const base = residuals[p] as Float64Array
      const columns = shifted[p] as Float64Array[]
      const values = valuesOf(place, theta)
      part.residuals(values, base)
      place.forEach((_, c) => {
        const moved = values.slice()
        moved[c] = (values[c] as number) * Math.exp(STEP)
        part.residuals(moved, columns[c] as Float64Array)
      })
      const slope = new Float64Array(place.length)
      for (let i = 0; i < part.count; i++) {
        if (part.use?.[i] === 0) continue
        const r = base[i] as number
        const weight = 1 / (scale * scale * Math.sqrt(1 + (r / scale) ** 2))
        for (let c = 0; c < place.length; c++) slope[c] = (((columns[c] as Float64Array)[i] as number) - r) / STEP
        for (let c = 0; c < place.length; c++) {
          const row = place[c] as number
          const left = (slope[c] as number) * weight
          gradient[row] = (gradient[row] as number) + left * r
          for (let d = 0; d < place.length; d++) {
            const at = row * n + (place[d] as number)
            normal[at] = (normal[at] as number) + left * (slope[d] as number)
          }
        }
      }
    })
    for (let i = 0; i < n; i++) {
      normal[i * n + i] = (normal[i * n + i] as number) + ANCHOR
      gradient[i] = (gradient[i] as number) + ANCHOR * ((theta[i] as number) - (origin[i] as number))
    }
    let moved = false
    let gain = 0
    for (let attempt = 0; attempt < 8 && !moved; attempt++) {
      const damped = normal.slice()
      for (let i = 0; i < n; i++) damped[i * n + i] = (damped[i * n + i] as number) * (1 + damping) + 1e-9
      const step = solveSymmetric(damped, gradient, n)
      const next = theta.map((value, i) => value - Math.max(-1, Math.min(1, step[i] as number)))
      const value = total(next)
      if (value < best) {
        gain = (best - value) / best
        best = value
        theta = next
        damping = Math.max(1e-9, damping / 4)
        moved = true
      } else damping = Math.max(damping * 6, 1e-6)
    }
    if (!moved || gain < 1e-7) break
  }
  return new Map(keys.map((key, i) => [key, Math.exp(theta[i] as number)]))
}

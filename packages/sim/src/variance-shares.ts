/**
 * Where the variance of a result comes from, by polynomial chaos: the result is expanded in orthonormal Hermite polynomials
 * of the scores that its trial drew (R. Ghanem and P. Spanos, Stochastic Finite Elements, 1991; Sobol' indices from the
 * coefficients: B. Sudret, Reliab. Eng. Syst. Saf. 93:964, 2008). It needs no run beyond the trials themselves.
 */

export const VARIANCE_SOURCES = ['chance', 'model', 'fleet', 'price'] as const
export type VarianceSource = (typeof VARIANCE_SOURCES)[number]
/** Shares from 0 to 1 that add up to 1; all of it is chance where nothing varies. */
export type VarianceShares = Readonly<Record<VarianceSource, number>>

/** One uncertain constant: the source that it counts for. */
export type ScoredSource = Exclude<VarianceSource, 'chance'>

const MAX_DEGREE = 3

/**
 * Sums over trials from which the shares follow, so that no trial needs to be kept. A term of several sources is split
 * equally between them (Shapley's value), and what no term of the scores explains is chance. A coefficient c = E[y·ψ] is a
 * mean over trials; its square would come out too large by its sampling variance, which is taken off.
 */
export class VarianceSums {
  private readonly sources: readonly ScoredSource[]
  private readonly factors: readonly (readonly { readonly i: number; readonly degree: number }[])[]
  private readonly basis: readonly Float64Array[]
  private readonly outputs: number
  private readonly centres: Float64Array
  private trials = 0
  /** By output: Σy and Σy² around its centre. */
  private readonly ofY: Float64Array
  /** By term: Σψ and Σψ². */
  private readonly ofTerm: Float64Array
  /** By output and term: Σyψ, Σyψ² and Σy²ψ². */
  private readonly mixed: Float64Array

  /** Around centres near the means of the outputs, so that nothing cancels. */
  constructor(sources: readonly ScoredSource[], centres: readonly number[]) {
    this.sources = sources
    this.factors = termsUpTo(MAX_DEGREE, sources.length).map((degrees) =>
      degrees.flatMap((degree, i) => (degree > 0 ? [{ i, degree }] : [])),
    )
    this.basis = sources.map(() => new Float64Array(MAX_DEGREE + 1))
    this.outputs = centres.length
    this.centres = Float64Array.from(centres)
    this.ofY = new Float64Array(2 * centres.length)
    this.ofTerm = new Float64Array(2 * this.factors.length)
    this.mixed = new Float64Array(3 * centres.length * this.factors.length)
  }

  /** One trial: the score of each source and the value of each output. */
  add(scoreOf: (source: number) => number, outcomeOf: (output: number) => number): void {
    const { basis, factors, ofY, ofTerm, mixed } = this
    this.trials++
    for (let i = 0; i < basis.length; i++) hermite(scoreOf(i), basis[i] as Float64Array)
    for (let o = 0; o < this.outputs; o++) {
      const y = outcomeOf(o) - (this.centres[o] as number)
      ofY[2 * o] = (ofY[2 * o] as number) + y
      ofY[2 * o + 1] = (ofY[2 * o + 1] as number) + y * y
    }
    for (let t = 0; t < factors.length; t++) {
      let psi = 1
      for (const { i, degree } of factors[t] as (typeof factors)[number])
        psi *= (basis[i] as Float64Array)[degree] as number
      ofTerm[2 * t] = (ofTerm[2 * t] as number) + psi
      ofTerm[2 * t + 1] = (ofTerm[2 * t + 1] as number) + psi * psi
      for (let o = 0; o < this.outputs; o++) {
        const y = outcomeOf(o) - (this.centres[o] as number)
        const at = 3 * (o * factors.length + t)
        mixed[at] = (mixed[at] as number) + y * psi
        mixed[at + 1] = (mixed[at + 1] as number) + y * psi * psi
        mixed[at + 2] = (mixed[at + 2] as number) + y * y * psi * psi
      }
    }
  }

  /** Adds what another has seen, in the same run. */
  merge(other: VarianceSums): void {
    this.trials += other.trials
    addTo(this.ofY, other.ofY)
    addTo(this.ofTerm, other.ofTerm)
    addTo(this.mixed, other.mixed)
  }

  shares(output: number): VarianceShares {
    const { trials: n, factors, ofY, ofTerm, mixed } = this
    const mean = (ofY[2 * output] as number) / n
    const variance = ((ofY[2 * output + 1] as number) - n * mean ** 2) / (n - 1)
    const parts = { chance: 0, model: 0, fleet: 0, price: 0 }
    for (const [t, factor] of factors.entries()) {
      const at = 3 * (output * factors.length + t)
      const coefficient = ((mixed[at] as number) - mean * (ofTerm[2 * t] as number)) / n
      const square =
        ((mixed[at + 2] as number) - 2 * mean * (mixed[at + 1] as number) + mean ** 2 * (ofTerm[2 * t + 1] as number)) /
        n
      const noise = (square - coefficient ** 2) / (n - 1)
      const sources = new Set(factor.map(({ i }) => this.sources[i] as ScoredSource))
      for (const source of sources) parts[source] += (coefficient ** 2 - noise) / sources.size
    }
    return shares(parts, variance)
  }

  /** The sums as plain numbers, for `restore`. */
  toArray(): Float64Array {
    return Float64Array.from([this.trials, ...this.ofY, ...this.ofTerm, ...this.mixed])
  }

  restore(numbers: Float64Array): void {
    this.trials = numbers[0] as number
    let from = 1
    for (const part of [this.ofY, this.ofTerm, this.mixed]) {
      part.set(numbers.subarray(from, from + part.length))
      from += part.length
    }
  }
}

function addTo(sum: Float64Array, other: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (other[i] as number)
}

/** Shares of one output of a table of trials. */
export function varianceShares(
  values: Float64Array,
  inputs: readonly { readonly source: ScoredSource; readonly scores: Float64Array }[],
): VarianceShares {
  const sums = new VarianceSums(
    inputs.map(({ source }) => source),
    [values[0] ?? 0],
  )
  for (const [trial, value] of values.entries()) {
    sums.add(
      (i) => inputs[i]?.scores[trial] as number,
      () => value,
    )
  }
  return sums.shares(0)
}

function shares(parts: Readonly<Record<VarianceSource, number>>, variance: number): VarianceShares {
  if (!(variance > 0)) return { chance: 1, model: 0, fleet: 0, price: 0 }
  const model = Math.max(0, parts.model)
  const fleet = Math.max(0, parts.fleet)
  const price = Math.max(0, parts.price)
  const chance = Math.max(0, variance - model - fleet - price)
  const sum = chance + model + fleet + price
  return { chance: chance / sum, model: model / sum, fleet: fleet / sum, price: price / sum }
}

/** Orthonormal Hermite polynomials of one score by degree: Heₖ(z)/√k!, by Heₖ₊₁ = z·Heₖ − k·Heₖ₋₁. */
function hermite(z: number, into: Float64Array): void {
  into[0] = 1
  into[1] = z
  for (let k = 1; k < MAX_DEGREE; k++) {
    into[k + 1] = (z * (into[k] as number) - Math.sqrt(k) * (into[k - 1] as number)) / Math.sqrt(k + 1)
  }
}

/** Degrees in each of `inputs` variables, of all polynomials of total degree 1 to `degree`. */
function termsUpTo(degree: number, inputs: number): readonly (readonly number[])[] {
  const all = (left: number, rest: number): number[][] =>
    rest === 0
      ? [[]]
      : Array.from({ length: left + 1 }, (_, d) => all(left - d, rest - 1).map((tail) => [d, ...tail])).flat()
  return all(degree, inputs).filter((degrees) => degrees.some((d) => d > 0))
}

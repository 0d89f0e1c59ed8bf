/**
 * Where the variance of a result comes from, by polynomial chaos: the result is expanded in orthonormal Hermite polynomials
 * of the scores that its trial drew (R. Ghanem and P. Spanos, Stochastic Finite Elements, 1991; Sobol' indices from the
 * coefficients: B. Sudret, Reliab. Eng. Syst. Saf. 93:964, 2008). It needs no run beyond the trials themselves.
 */

export const VARIANCE_SOURCES = ['chance', 'model', 'fleet', 'price'] as const
export type VarianceSource = (typeof VARIANCE_SOURCES)[number]
/** Shares from 0 to 1 that add up to 1; all of it is chance where nothing varies. */
export type VarianceShares = Readonly<Record<VarianceSource, number>>

/** The standard-normal scores of one uncertain constant and the source that it counts for. */
export interface ScoreColumn {
  readonly source: Exclude<VarianceSource, 'chance'>
  readonly scores: Float64Array
}

const MAX_DEGREE = 3

/**
 * Share of each source. A term of several sources is split equally between them (Shapley's value), and what no term of the
 * scores explains is chance. A coefficient c = E[y·ψ] is a mean over trials; its square would come out too large by its
 * sampling variance, which is taken off.
 */
export function varianceShares(values: Float64Array, inputs: readonly ScoreColumn[]): VarianceShares {
  const n = values.length
  const terms = termsUpTo(MAX_DEGREE, inputs.length)
  const sums = new Float64Array(terms.length)
  const squares = new Float64Array(terms.length)
  const basis = inputs.map(() => new Float64Array(MAX_DEGREE + 1))
  const factors = terms.map((degrees) => degrees.flatMap((degree, i) => (degree > 0 ? [{ i, degree }] : [])))
  const mean = values.reduce((sum, v) => sum + v, 0) / n
  let total = 0
  for (let trial = 0; trial < n; trial++) {
    const y = (values[trial] as number) - mean
    total += y * y
    for (let i = 0; i < inputs.length; i++) hermite(inputs[i]?.scores[trial] as number, basis[i] as Float64Array)
    for (let t = 0; t < terms.length; t++) {
      let product = y
      for (const { i, degree } of factors[t] as (typeof factors)[number]) product *= basis[i]?.[degree] as number
      sums[t] = (sums[t] as number) + product
      squares[t] = (squares[t] as number) + product * product
    }
  }
  const parts = { chance: 0, model: 0, fleet: 0, price: 0 }
  for (const [t, factor] of factors.entries()) {
    const coefficient = (sums[t] as number) / n
    const noise = ((squares[t] as number) / n - coefficient ** 2) / (n - 1)
    const sources = new Set(factor.map(({ i }) => (inputs[i] as ScoreColumn).source))
    for (const source of sources) parts[source] += (coefficient ** 2 - noise) / sources.size
  }
  return shares(parts, total / (n - 1))
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

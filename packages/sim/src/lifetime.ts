/** How long a part lives: the law of its age at failure, by its cumulative hazard H(age) = −ln P(it lives longer). */

import { gamma } from './gamma.ts'
import { normalTail } from './normal-cdf.ts'
import { normalQuantile } from './normal-quantile.ts'
import { isObject, must, nonNegative, positive, shown } from './validate.ts'

/**
 * The shape of a law whose mean life is 1/rate. `exponential` never ages. `weibull`: shape below 1 is infant mortality,
 * above 1 wear. `lognormal`: `sigma` of the logarithm. `piecewise`: factors on the rate by age, the last one for good
 * (here the mean life is 1/rate only where the factors make it so). `periodic`: always exactly 1/rate.
 */
export type LifetimeSpec =
  | 'exponential'
  | 'periodic'
  | { readonly weibull: { readonly shape: number } }
  | { readonly lognormal: { readonly sigma: number } }
  | { readonly piecewise: readonly { readonly untilSeconds?: number; readonly factor: number }[] }

/** A law with its parameters, as plain data. */
export type Lifetime =
  | { readonly kind: 'exponential'; readonly rate: number }
  | { readonly kind: 'periodic'; readonly every: number }
  | { readonly kind: 'weibull'; readonly scale: number; readonly shape: number }
  | { readonly kind: 'lognormal'; readonly mu: number; readonly sigma: number }
  | {
      readonly kind: 'piecewise'
      /** Ages at which the pieces begin, hazard gathered until there, and the hazard rates from there. */
      readonly ages: readonly number[]
      readonly hazards: readonly number[]
      readonly rates: readonly number[]
    }

/** Checks a law and works out its parameters for a mean life of 1/rate. Throws a `SimulationError`. */
export function compileLifetime(path: string, spec: LifetimeSpec, rate: number): Lifetime {
  if (spec === 'exponential') return { kind: 'exponential', rate }
  if (spec === 'periodic') return { kind: 'periodic', every: 1 / rate }
  must(isObject(spec), path, `must be exponential, periodic, {weibull}, {lognormal} or {piecewise}, not ${shown(spec)}`)
  if ('weibull' in spec) {
    const shape = positive(`${path}.weibull.shape`, spec.weibull.shape)
    must(shape >= 0.1 && shape <= 100, `${path}.weibull.shape`, `must be from 0.1 to 100, not ${shape}`)
    return { kind: 'weibull', scale: 1 / rate / gamma(1 + 1 / shape), shape }
  }
  if ('lognormal' in spec) {
    const sigma = positive(`${path}.lognormal.sigma`, spec.lognormal.sigma)
    must(sigma <= 10, `${path}.lognormal.sigma`, `must be at most 10, not ${sigma}`)
    return { kind: 'lognormal', mu: -Math.log(rate) - sigma ** 2 / 2, sigma }
  }
  return compilePieces(`${path}.piecewise`, spec.piecewise, rate)
}

function compilePieces(
  path: string,
  pieces: readonly { readonly untilSeconds?: number; readonly factor: number }[],
  rate: number,
): Lifetime {
  must(Array.isArray(pieces) && pieces.length > 0, path, 'must be a list of {untilSeconds, factor}')
  const ages = [0]
  const hazards = [0]
  const rates: number[] = []
  for (const [i, { untilSeconds, factor }] of pieces.entries()) {
    const from = ages[i] as number
    rates.push(rate * nonNegative(`${path}.${i}.factor`, factor))
    if (i === pieces.length - 1) break
    const until = positive(`${path}.${i}.untilSeconds`, untilSeconds ?? Number.NaN)
    must(until > from, `${path}.${i}.untilSeconds`, `must rise from piece to piece, not ${until} after ${from}`)
    ages.push(until)
    hazards.push((hazards[i] as number) + (until - from) * (rates[i] as number))
  }
  return { kind: 'piecewise', ages, hazards, rates }
}

/** H(age). A periodic part is not described by a hazard; ask `ageAtHazard`. */
export function cumulativeHazard(law: Lifetime, age: number): number {
  switch (law.kind) {
    case 'exponential':
      return law.rate * age
    case 'periodic':
      return 0
    case 'weibull':
      return age > 0 ? Math.exp(Math.log(age / law.scale) * law.shape) : 0
    case 'lognormal':
      return age > 0 ? -Math.log(normalTail((Math.log(age) - law.mu) / law.sigma)) : 0
    case 'piecewise': {
      const i = pieceOf(law.ages, age)
      return (law.hazards[i] as number) + (age - (law.ages[i] as number)) * (law.rates[i] as number)
    }
  }
}

/** The age at which H reaches `hazard`; Infinity where it never does. */
export function ageAtHazard(law: Lifetime, hazard: number): number {
  switch (law.kind) {
    case 'exponential':
      return hazard / law.rate
    case 'periodic':
      return law.every
    case 'weibull':
      return law.scale * Math.exp(Math.log(hazard) / law.shape)
    case 'lognormal':
      return Math.exp(law.mu - law.sigma * normalQuantile(Math.exp(-hazard)))
    case 'piecewise': {
      const i = pieceOf(law.hazards, hazard)
      return (law.ages[i] as number) + (hazard - (law.hazards[i] as number)) / (law.rates[i] as number)
    }
  }
}

function pieceOf(starts: readonly number[], value: number): number {
  let i = starts.length - 1
  while (i > 0 && (starts[i] as number) > value) i--
  return i
}

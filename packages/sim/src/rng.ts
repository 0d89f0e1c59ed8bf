/// <reference path="./seedrandom-alea.d.ts" />
import alea from 'seedrandom/lib/alea.js'
import { normalQuantile } from './normal-quantile.ts'

/** Uniform numbers in [0, 1), multiples of 2⁻³². */
export type Rng = () => number

/**
 * The two streams of a trial. `constants` draws what is unknown but does not change during the run, `events` what happens
 * in it. They depend on seed and trial alone: on no other trial, no batch, no thread. Two runs simulated under one seed
 * meet the same luck in trial `i` (common random numbers), so their difference is less noisy than either.
 */
export function trialStreams(seed: string | number, trial: number): { readonly constants: Rng; readonly events: Rng } {
  return { constants: alea(`${seed}/${trial}/constants`), events: alea(`${seed}/${trial}/events`) }
}

/** Standard exponential from a uniform in [0, 1): finite, because 1 − u is at least 2⁻³². */
export function exponential(u: number): number {
  return -Math.log(1 - u)
}

/** Standard normal score from a uniform in [0, 1); the half step keeps it finite and symmetric. */
export function normalScore(u: number): number {
  return normalQuantile(u + 2 ** -33)
}

/// <reference path="./seedrandom-alea.d.ts" />
import alea from 'seedrandom/lib/alea.js'
import { normalQuantile } from './normal-quantile.ts'

/** Uniform numbers in [0, 1), multiples of 2⁻³². */
export type Rng = () => number

export interface TrialStreams {
  /** What is unknown but does not change during the run. */
  readonly constants: Rng
  /** When failures strike and of which class: two numbers each. */
  readonly events: Rng
  /** What a failure turns out to be. */
  readonly details: Rng
  /** Repairs, and the other jobs of a shared cluster. */
  readonly repairs: Rng
}

/** A run that never asks for them is spared the making of a stream, which costs as much as a hundred failures. */
export interface StreamsUsed {
  readonly details: boolean
  readonly repairs: boolean
}

/**
 * The streams of a trial. They depend on seed and trial alone: on no other trial, no batch, no thread. Two runs simulated
 * under one seed meet the same luck in trial `i` (common random numbers), so their difference is less noisy than either.
 */
export function trialStreams(seed: string | number, trial: number, used: StreamsUsed): TrialStreams {
  const root = alea(`${seed}/${trial}`)
  // Three hashed numbers make the state of a stream, at a quarter of the cost of hashing another name. Unhashed they would
  // not do: a state that is a piece of another stream goes on as that stream does.
  const stream = (): Rng => alea('', { state: { c: 1, s0: hashed(root()), s1: hashed(root()), s2: hashed(root()) } })
  return {
    constants: stream(),
    events: stream(),
    details: used.details ? stream() : unused,
    repairs: used.repairs ? stream() : unused,
  }
}

/** The 32 bits of a uniform number stirred by the finaliser of MurmurHash3 (A. Appleby, public domain). */
function hashed(u: number): number {
  let h = u * 2 ** 32
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  h ^= h >>> 16
  return (h >>> 0) * 2 ** -32
}

function unused(): number {
  throw new Error('a stream that the run was compiled without')
}

/** Standard exponential from a uniform in [0, 1): finite, because 1 − u is at least 2⁻³². */
export function exponential(u: number): number {
  return -Math.log(1 - u)
}

/** Standard normal score from a uniform in [0, 1); the half step keeps it finite and symmetric. */
export function normalScore(u: number): number {
  return normalQuantile(u + 2 ** -33)
}

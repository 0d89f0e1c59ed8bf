/// <reference path="./seedrandom-alea.d.ts" />
import alea from 'seedrandom/lib/alea.js'
import type { Rng } from './rng.ts'

/** A stream of a test's own. */
export function streamOf(name: string, index = 0): Rng {
  return alea(`${name}/${index}`)
}

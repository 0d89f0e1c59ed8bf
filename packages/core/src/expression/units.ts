/** Units behind a number of an expression, as factors to SI. */

import { DIMENSIONS, type Dimension, parseQuantity, QuantityError } from '@walltime/hardware'

/** Scales that stand alone, as in `15.6T`. B is bytes here, as it is in `GB`. */
const SCALES: ReadonlyMap<string, number> = new Map([
  ['k', 1e3],
  ['K', 1e3],
  ['M', 1e6],
  ['T', 1e12],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
  ['tokens', 1],
  ['USD', 1],
])

const MEASURED: readonly Dimension[] = [
  'time',
  'bytes',
  'bandwidth',
  'flop',
  'flopRate',
  'power',
  'energy',
  'frequency',
]

/** What one of a unit (`GB`, `days`, `TFLOPS`) is in SI; undefined where it is none. */
export function unitFactor(name: string): number | undefined {
  const scale = SCALES.get(name)
  if (scale !== undefined) return scale
  for (const dimension of MEASURED) {
    try {
      return parseQuantity(`1 ${name}`, dimension)
    } catch (error) {
      if (!(error instanceof QuantityError)) throw error
    }
  }
  return undefined
}

/** Names that a mistyped unit may have meant. */
export const UNIT_NAMES: readonly string[] = [
  ...new Set([...SCALES.keys(), ...MEASURED.flatMap((dimension) => DIMENSIONS[dimension].units)]),
]

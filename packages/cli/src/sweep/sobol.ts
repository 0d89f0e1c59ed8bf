/** Sobol points: they fill a cube of up to 16 dimensions more evenly than chance does. */

/**
 * Degree, coefficients and first direction numbers of the primitive polynomials (S. Joe and F. Y. Kuo, SIAM J. Sci.
 * Comput. 30:2635, 2008, file new-joe-kuo-6.21201) for dimensions 2 to 16; the first dimension has none.
 */
const POLYNOMIALS: readonly (readonly [coefficients: number, first: readonly number[]])[] = [
  [0, [1]],
  [1, [1, 3]],
  [1, [1, 3, 1]],
  [2, [1, 1, 1]],
  [1, [1, 1, 3, 3]],
  [4, [1, 3, 5, 13]],
  [2, [1, 1, 5, 5, 17]],
  [4, [1, 1, 5, 5, 5]],
  [7, [1, 1, 7, 11, 19]],
  [11, [1, 1, 5, 1, 1]],
  [13, [1, 1, 1, 3, 11]],
  [14, [1, 3, 5, 5, 31]],
  [1, [1, 3, 3, 9, 7, 49]],
  [13, [1, 1, 1, 15, 21, 21]],
  [16, [1, 3, 1, 13, 27, 49]],
]

export const MOST_DIMENSIONS = 1 + POLYNOMIALS.length
const BITS = 32

function directions(dimension: number): Uint32Array {
  const v = new Uint32Array(BITS)
  const [coefficients, first] = POLYNOMIALS[dimension - 1] ?? [0, []]
  const degree = first.length
  for (let i = 0; i < BITS; i++) {
    if (dimension === 0) v[i] = 2 ** (31 - i)
    else if (i < degree) v[i] = (first[i] ?? 0) * 2 ** (31 - i)
    else {
      let value = (v[i - degree] ?? 0) ^ ((v[i - degree] ?? 0) >>> degree)
      for (let k = 1; k < degree; k++) if ((coefficients >>> (degree - 1 - k)) & 1) value ^= v[i - k] ?? 0
      v[i] = value >>> 0
    }
  }
  return v
}

/**
 * Coordinates in [0, 1) by point and dimension.
 *
 * @param shifts one 32-bit number a dimension, added bit by bit (random digital shift); zeros leave the points as they are
 */
export function sobol(shifts: readonly number[]): (index: number, dimension: number) => number {
  const tables = shifts.map((_, dimension) => directions(dimension))
  return (index, dimension) => {
    const table = tables[dimension]
    let bits = shifts[dimension] ?? 0
    // Gray code: neighbours differ in one bit.
    for (let gray = index ^ (index >>> 1), i = 0; gray !== 0; gray >>>= 1, i++) if (gray & 1) bits ^= table?.[i] ?? 0
    return (bits >>> 0) / 2 ** BITS
  }
}

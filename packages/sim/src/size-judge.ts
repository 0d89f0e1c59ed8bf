/** How surely a condition on uncertain numbers is met, and how far it is from the other answer. */

import { normalTail } from './normal-cdf.ts'

/** A number that a condition reads. */
export interface JudgedReading {
  readonly value: number
  /** Standard error by the chance of the trials; 0 where the number is exact. */
  readonly error: number
}

export interface Judgement {
  readonly meets: boolean
  /**
   * Probability that more trials would not change `meets`, at least: all numbers are let go wrong together, each by as many
   * of its standard errors.
   */
  readonly certainty: number
  /** The least factor by which the numbers, each multiplied or divided, would change `meets`; Infinity where none does. */
  readonly factor: number
}

/** Numbers that a condition may read: all the ways in which they can go wrong together are tried. */
export const MAX_READINGS = 8

/** Standard errors beyond which nothing is left to chance. */
const MOST_ERRORS = 8
/** Largest logarithm of a factor. */
const MOST_LOG_FACTOR = Math.log(1e6)
const HALVINGS = 40

/** Judges `condition` at the readings; it is taken to be monotone in each of them. */
export function judge(
  readings: readonly JudgedReading[],
  condition: (values: readonly number[]) => boolean,
): Judgement {
  const meets = condition(readings.map(({ value }) => value))
  const changes = (moved: (reading: JudgedReading, sign: -1 | 1) => number) => {
    for (let corner = 0; corner < 2 ** readings.length; corner++) {
      const values = readings.map((reading, i) => moved(reading, (corner >> i) % 2 === 0 ? 1 : -1))
      if (condition(values) !== meets) return true
    }
    return false
  }
  const errors = least(MOST_ERRORS, (by) => changes(({ value, error }, sign) => value + sign * by * error))
  const factor = least(MOST_LOG_FACTOR, (by) => changes(({ value }, sign) => value * Math.exp(sign * by)))
  return { meets, certainty: 1 - (errors === Infinity ? 0 : normalTail(errors)), factor: Math.exp(factor) }
}

/** The least number up to `most` from which on `holds` is true; Infinity where it is at none. */
function least(most: number, holds: (by: number) => boolean): number {
  if (!holds(most)) return Infinity
  let [low, high] = [0, most]
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

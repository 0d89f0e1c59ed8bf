import type { Uncertain } from '@walltime/hardware'
import { REGION_SPREAD } from '../calibration/fitted.ts'
import { regionOf } from '../calibration/regions.ts'
import { regionDistance, widening } from '../nearest/nearest.ts'
import type { Place } from '../nearest/place.ts'

/**
 * Law of the factor between a measured step and this model's: median 1; 90 % of the measured steps of the region, each
 * predicted by constants fitted without its own collection, lie within (`npm run fit`), and farther from any measured
 * step it is wider.
 */
export function stepSpread(place: Place): Uncertain {
  const factor = Math.exp(REGION_SPREAD[regionOf(place)] * widening(regionDistance(place)))
  return { p5: 1 / factor, p50: 1, p95: factor, law: 'lognormal' }
}

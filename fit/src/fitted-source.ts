/** The fitted constants as core reads them: a module of its source. */

import { FITTED_DIGITS, type StepsFit } from './steps.ts'

const number = (value: number, digits = FITTED_DIGITS): string => String(Number(value.toPrecision(digits)))

/** Text of `packages/core/src/calibration/fitted.ts`. */
export function fittedSource({ names, fit, regions }: StepsFit): string {
  const constants = names.map(
    (name, i) =>
      `  ${name}: { value: ${number(Math.exp(fit.theta[i] as number))}, spread: ${number(fit.spread[i] as number, 2)} },`,
  )
  const spreads = Object.entries(regions).map(
    ([region, { half }]) => `  ${/^[a-z]+$/.test(region) ? region : `'${region}'`}: ${number(half)},`,
  )
  return [
    '/** Written by `npm run fit`: change the fit, not this file. */',
    '',
    "import type { Region } from './regions.ts'",
    '',
    '/** Free constants, and the standard deviation of their logarithms. */',
    'export const FITTED = {',
    ...constants,
    '} as const',
    '',
    '/** Log error within which 90 % of measured steps of a region lie, each predicted without its own collection. */',
    'export const REGION_SPREAD: Readonly<Record<Region, number>> = {',
    ...spreads,
    '}',
    '',
  ].join('\n')
}

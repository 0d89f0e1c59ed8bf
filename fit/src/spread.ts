/** Spread of fitted constants: jackknife over blocks of groups. */

import { type FitOptions, type FitPart, fitConstants } from './robust-fit.ts'
import { hash } from './split.ts'

const BLOCKS = 8

export interface Constant {
  readonly value: number
  /** Standard error of the logarithm: relative spread. */
  readonly spread: number
}

/** A part whose samples belong to groups that are left out together. */
export interface GroupedPart extends FitPart {
  readonly groups: ArrayLike<number>
}

/** Constants fitted on all samples, each with its jackknife spread. */
export function fitWithSpread(
  parts: readonly GroupedPart[],
  start: (key: string) => number,
  options: FitOptions = {},
): ReadonlyMap<string, Constant> {
  const all = parts.map((part) => ({ ...part, use: undefined, residuals: part.residuals }))
  const fitted = fitConstants(all, start, options)
  const left: ReadonlyMap<string, number>[] = []
  for (let block = 0; block < BLOCKS; block++) {
    const held = parts.map((part) => ({
      ...part,
      residuals: part.residuals,
      use: Uint8Array.from(part.groups, (group) => (Math.floor(hash(group, 23) * BLOCKS) === block ? 0 : 1)),
    }))
    left.push(fitConstants(held, (key) => fitted.get(key) ?? start(key), { ...options, iterations: 15 }))
  }
  return new Map(
    [...fitted].map(([key, value]) => {
      const logs = left.map((fit) => Math.log(fit.get(key) as number))
      const mean = logs.reduce((sum, log) => sum + log, 0) / BLOCKS
      const square = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0)
      return [key, { value, spread: Math.sqrt((square * (BLOCKS - 1)) / BLOCKS) }]
    }),
  )
}

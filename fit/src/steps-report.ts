/** The fit of steps in a few lines. */

import type { Score, Validation } from '@walltime/core/validate'
import { leftOutScores } from './accuracy.ts'
import type { StepsFit } from './steps.ts'

const percent = (value: number | null | undefined): string =>
  (value == null ? '-' : (100 * value).toFixed(1)).padStart(5)
const scoreLine = (name: string, { cellMean, cellMedian, bias, cells }: Score): string =>
  `  ${name.padEnd(12)}${percent(cellMean)} / ${percent(cellMedian)} %  bias ${percent(bias)} %  ${cells} cells`

export function stepsReport(steps: StepsFit, validation: Validation): string {
  const { score, intervals } = leftOutScores(steps, validation)
  return [
    'Steps: mean / median over cells',
    scoreLine('in sample', validation.score),
    scoreLine('left out', score),
    scoreLine('baseline', validation.baseline),
    scoreLine('  left out', validation.baseline.leaveOut),
    `  intervals hold ${percent(intervals.coverage)} % of left-out rows, median half-width ${percent(intervals.medianHalfWidth)} %`,
    ...steps.names.map((name, i) => {
      const value = Number(Math.exp(steps.fit.theta[i] as number).toPrecision(3))
      return `  ${name.padEnd(24)}${String(value).padStart(10)} ± ${percent(steps.fit.spread[i])} %`
    }),
  ].join('\n')
}

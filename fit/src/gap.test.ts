import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PRODUCTION_GAP } from '@walltime/core/validate'
import { expect, test } from 'vitest'
import { fitGap, type GapPoint } from './gap.ts'
import { fitRuns, readShippedRuns } from './runs.ts'
import { gapSource, leftOutGaps, runScores, runsDocument } from './runs-document.ts'

/** Points of a gap of 1.2 at the optimum, the power 0.1 beyond it, times `error`. */
function points(error: (i: number) => number): readonly GapPoint[] {
  return Array.from({ length: 20 }, (_, i): GapPoint => {
    const tokensPerParameter = 5 * 1.4 ** i
    const beyond = Math.max(0, Math.log(tokensPerParameter / 20))
    return { tokensPerParameter, residual: Math.log(1.2) + 0.1 * beyond + error(i), spread: 0.05 }
  })
}

test('finds the constants that made the runs', () => {
  const { constants } = fitGap(points(() => 0))
  expect(constants).toEqual({ atOptimum: 1.2, overtraining: 0.1, sigma: 0 })
})

test('is not moved by two runs that cost three times as much; its spread is', () => {
  const { constants } = fitGap(points((i) => (i === 4 || i === 15 ? Math.log(3) : 0.02 * (-1) ** i)))
  expect(constants.atOptimum).toBeGreaterThan(1.15)
  expect(constants.atOptimum).toBeLessThan(1.25)
  expect(constants.overtraining).toBeCloseTo(0.1, 1)
  expect(constants.sigma).toBeGreaterThan(0.02)
})

test('a run that is left out does not move its own prediction', () => {
  const sound = fitGap(points((i) => 0.05 * Math.sin(i)))
  const spoilt = fitGap(points((i) => (i === 7 ? 5 : 0.05 * Math.sin(i))))
  expect(spoilt.left[7]).toEqual(sound.left[7])
})

test('the generated gap, the left-out ones and the page are those of the runs that ship', {
  timeout: 120_000,
}, async () => {
  const fit = await fitRuns(readShippedRuns())
  const { inSample, left } = runScores(fit)
  expect(fit.runs).toHaveLength(17)
  expect(fit.excluded).toHaveLength(5)
  for (const { medianError, coverage90 } of [inSample, left]) {
    expect(medianError).toBeLessThanOrEqual(0.15)
    expect(coverage90).toBeGreaterThanOrEqual(0.8)
    expect(coverage90).toBeLessThanOrEqual(0.95)
  }
  for (const name of ['atOptimum', 'overtraining', 'sigma'] as const) {
    expect(Math.abs(fit.constants[name] / PRODUCTION_GAP[name] - 1)).toBeLessThan(0.05)
  }
  const shipped = readFileSync(
    fileURLToPath(new URL('../../packages/core/src/validate/runs/fitted-gap.ts', import.meta.url)),
    'utf8',
  )
  expect(
    gapSource({ ...fit, constants: PRODUCTION_GAP })
      .split('\n')
      .slice(4),
  ).toEqual(shipped.split('\n').slice(4))
  const page = runsDocument(fit)
  for (const { id } of fit.excluded) expect(page).toContain(`\`${id}\``)
  for (const { run } of fit.runs) expect(page).toContain(`| ${run.model} |`)
  expect(Object.keys(JSON.parse(leftOutGaps(fit)))).toEqual(fit.runs.map(({ run }) => run.id))
})

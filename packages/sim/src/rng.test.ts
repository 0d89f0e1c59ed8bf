import { expect, test } from 'vitest'
import { trialStreams } from './rng.ts'

const ALL = { details: true, repairs: true }
const N = 4000

/** Correlation of two samples; its standard error is 1/√n. */
function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length
  const [ma, mb] = [mean(a), mean(b)]
  const product = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, v, i) => sum + (v - mx) * ((y[i] as number) - my), 0)
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb))
}

// A stream that began inside another would repeat its numbers some places on: every pair of streams and lags is held to 5 σ.
test('the streams of a trial, and of the next trial, have nothing to do with each other', () => {
  const names = ['constants', 'events', 'details', 'repairs'] as const
  const draws = Array.from({ length: N }, (_, trial) => {
    const streams = trialStreams('a', trial, ALL)
    return names.map((name) => Array.from({ length: 8 }, () => streams[name]()))
  })
  const column = (shift: number, stream: number, place: number) =>
    draws.slice(shift, N - 1 + shift).map((trial) => trial[stream]?.[place] as number)
  const worst = { value: 0, pair: '' }
  for (const shift of [0, 1]) {
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < 4; b++) {
        for (let i = 0; i < 8; i++) {
          for (let j = 0; j < 8; j++) {
            if (shift === 0 && (a > b || (a === b && i >= j))) continue
            const value = Math.abs(correlation(column(0, a, i), column(shift, b, j)))
            if (value > worst.value)
              Object.assign(worst, { value, pair: `${names[a]} ${i}, ${names[b]} ${j}, ${shift}` })
          }
        }
      }
    }
  }
  expect(worst.value, worst.pair).toBeLessThan(5 / Math.sqrt(N))
})

import { describe, expect, test } from 'vitest'
import { dalyFirstOrderInterval, dalyInterval, optimalInterval, youngInterval } from './daly.ts'
import { expectedWallClock } from './segment.ts'

// J. T. Daly, FGCS 22(3):303–312 (2006), captions of figures 3 to 5: checkpoint of 5 min, restart of 10 min, 500 h of work;
// optimum 117, 57 and 9.1 min. Minutes throughout. `exact` and `wallHours`: the closed forms at the exact optimum.
const DALY_2006 = [
  { mtbf: 1440, higher: 116.69, exact: 116.69007, wallHours: 547.88178 },
  { mtbf: 360, higher: 56.71, exact: 56.714, wallHours: 610.21641 },
  { mtbf: 15, higher: 9.14, exact: 9.1665, wallHours: 2504.15914 },
]

describe('interval between checkpoints', () => {
  test.each(DALY_2006)('meets the published optimum at an MTBF of $mtbf min', ({ mtbf, higher, exact }) => {
    expect(dalyInterval(5, mtbf)).toBeCloseTo(higher, 2)
    expect(optimalInterval(5, mtbf)).toBeCloseTo(exact, 4)
  })

  test("Young's is 120, 60 and 12.25 min", () => {
    expect(DALY_2006.map(({ mtbf }) => youngInterval(5, mtbf))).toEqual([120, 60, expect.closeTo(12.24745, 5)])
  })

  test('first order takes the restart to the MTBF and the checkpoint off', () => {
    expect(dalyFirstOrderInterval(5, 1440, 10)).toBeCloseTo(Math.sqrt(14500) - 5, 12)
  })

  test('a checkpoint longer than twice the MTBF is taken every MTBF', () => {
    expect(dalyInterval(40, 15)).toBe(15)
  })

  test.each([1e-12, 1e-6, 0.01, 1, 5])('the optimum satisfies its equation at C/M = %d', (x) => {
    const w = optimalInterval(x, 1)
    expect(-Math.log1p(-w) - w).toBeCloseTo(x, 12)
  })

  test('a hopelessly long checkpoint leaves an interval of one MTBF', () => {
    expect(optimalInterval(50, 1)).toBe(1)
  })

  test('a free checkpoint is best taken all the time', () => {
    expect(optimalInterval(0, 1440)).toBe(0)
  })

  test.each(DALY_2006)('no interval beats the optimum at an MTBF of $mtbf min', ({ mtbf, wallHours }) => {
    const wall = (tau: number) => {
      const run = { blockingSeconds: 5, restartSeconds: 10, downtimeSeconds: 0, rate: 1 / mtbf }
      return (expectedWallClock({ ...run, workSeconds: tau, computeSeconds: tau }).mean * 30000) / tau
    }
    const best = optimalInterval(5, mtbf)
    expect(wall(best) / 60).toBeCloseTo(wallHours, 4)
    expect(wall(best)).toBeLessThan(wall(best * 1.01))
    expect(wall(best)).toBeLessThan(wall(best * 0.99))
  })
})

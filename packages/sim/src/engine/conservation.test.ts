import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyRun } from '../any-run.fixture.ts'
import { playTrial } from '../batch.ts'
import { BADPUT, BADPUT_CAUSES } from '../columns.ts'
import { compileRun } from '../compile/run.ts'
import type { RunSpec } from '../spec.ts'
import { Trial } from './trial.ts'

const trialsOf = (spec: RunSpec, seed: number, check: (trial: Trial) => void) => {
  const run = compileRun(spec)
  const trial = new Trial(run)
  for (let i = 0; i < 3; i++) if (playTrial(trial, run, seed, i).end === 'done') check(trial)
  return run
}

test('every second is booked once, and the work done is the work that was needed', () => {
  fc.assert(
    fc.property(anyRun, fc.nat(), (spec, seed) => {
      const needed = spec.phases?.reduce((sum, p) => sum + p.workSeconds, 0) ?? 0
      trialsOf(spec, seed, ({ now, badput, position }) => {
        expect(position.work / needed).toBeCloseTo(1, 9)
        const booked = badput.reduce((sum, s) => sum + s, position.work)
        expect(booked / now).toBeCloseTo(1, 9)
        for (const [i, seconds] of badput.entries()) {
          expect(seconds, `${BADPUT_CAUSES[i]} of ${now}`).toBeGreaterThan(-1e-6 * now)
        }
      })
    }),
    { numRuns: 600 },
  )
})

test('no node is in two places, and none is lost', () => {
  fc.assert(
    fc.property(anyRun, fc.nat(), (spec, seed) => {
      const run = compileRun(spec)
      const pools = run.pools?.reduce((sum, p) => sum + p.nodes, 0) ?? 0
      const counted = run.pools !== undefined && run.domain === undefined && run.requeue === undefined
      trialsOf(spec, seed, (trial) => {
        const { inJob, underWay, free, inRepair } = trial.census()
        const last = run.phases.at(-1)?.members ?? 0
        expect(inJob).toBeLessThanOrEqual(last)
        if (counted && run.phases.every((p) => p.members === last))
          expect(inJob + underWay + free + inRepair).toBe(last + pools)
      })
    }),
    { numRuns: 400 },
  )
})

test('money is paid for every second outside the queue, and watts for every second', () => {
  fc.assert(
    fc.property(anyRun, fc.nat(), (spec, seed) => {
      const run = compileRun(spec)
      trialsOf(spec, seed, ({ now, badput, paidChipSeconds, usedChipSeconds, energyJoules }) => {
        const most = Math.max(...run.phases.map((p) => p.chips)) + run.cost.spareChips
        expect(paidChipSeconds).toBeLessThanOrEqual(now * most * (1 + 1e-9))
        expect(usedChipSeconds).toBeLessThanOrEqual(paidChipSeconds * (1 + 1e-9))
        if (run.phases.length === 1) {
          const unpaid = run.cluster === undefined && run.requeue === undefined ? 0 : (badput[BADPUT.requeue] as number)
          expect(paidChipSeconds).toBeGreaterThanOrEqual((now - unpaid) * most * (1 - 1e-9))
          expect(energyJoules).toBeLessThanOrEqual(
            now * 1000 * (1 + 1e-9) * ((run.phases[0]?.members ?? 0) / run.members),
          )
        }
      })
    }),
    { numRuns: 200 },
  )
})

import { expect, test } from 'vitest'
import { ML_GOODPUT_TYPES, mlGoodput } from './ml-goodput.ts'
import { MIXED } from './run.fixture.ts'
import { simulateRun } from './simulate-run.ts'

test('every second has a name of ml-goodput-measurement, and they add up to the wall clock', async () => {
  const result = await simulateRun(MIXED, { trials: 100 })
  const seconds = mlGoodput(result)
  expect(Object.keys(seconds)).toEqual([...ML_GOODPUT_TYPES])
  const sum = Object.values(seconds).reduce((a, b) => a + b, 0)
  expect(sum / result.wallClockSeconds.mean).toBeCloseTo(1, 12)
  const { lostWork, rollback, startup, restart } = result.badputSeconds
  expect(seconds.WASTED_PROGRESS_FROM_DISRUPTION).toBe(lostWork + rollback)
  expect(seconds.TRAINING_PREP).toBe(startup + restart)
  expect(seconds.TOTAL).toBe(result.productiveSeconds + result.badputSeconds.degraded + result.badputSeconds.straggler)
})

test('names that the library does not have are not made up', () => {
  // BadputType of goodput_utils.py; GoodputType has TOTAL alone.
  const badput = [
    ...['TPU_INITIALIZATION', 'TRAINING_PREP', 'PROGRAM_STARTUP', 'DATA_LOADING_SYNC', 'DATA_LOADING_ASYNC'],
    ...['UNPRODUCTIVE_CHECKPOINT_SAVE_TIME', 'UNPRODUCTIVE_CHECKPOINT_RESTORE_TIME', 'WASTED_PROGRESS_FROM_DISRUPTION'],
    ...['INFRASTRUCTURE_RECOVERY_FROM_DISRUPTION', 'CUSTOM_BADPUT_EVENTS', 'OTHER'],
  ]
  expect(['TOTAL', ...badput]).toEqual(expect.arrayContaining([...ML_GOODPUT_TYPES]))
})

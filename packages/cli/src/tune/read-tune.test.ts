import { expect, test } from 'vitest'
import { readTune } from './read-tune.ts'

test.each([
  ['checkpoint.interval', ['reliability', 'checkpoint', 'interval'], { of: 'interval', tier: 0 }, undefined],
  [
    'reliability.checkpoint.tiers[0].interval=10 min..2 h',
    ['reliability', 'checkpoint', 'tiers', 0, 'interval'],
    { of: 'interval', tier: 1 },
    { low: 600, high: 7200 },
  ],
  ['spares', ['reliability', 'spares', 'nodes'], { of: 'spares' }, undefined],
  ['spares=0..40', ['reliability', 'spares', 'nodes'], { of: 'spares' }, { low: 0, high: 40, whole: true }],
  ['restart=60, 10min', ['reliability', 'restart'], { of: 'number' }, { values: [60, 600] }],
  ['parallelism.microBatch=1,2', ['parallelism', 'microBatch'], { of: 'number' }, { values: [1, 2] }],
])('%s', (text, path, kind, range) => {
  expect(readTune(text)).toMatchObject({ path, kind, text })
  expect(readTune(text).range).toEqual(range)
})

import { describe, expect, test } from 'vitest'
import { MIXED } from './run.fixture.ts'
import { mergeShards, type Shard, simulateShard } from './shards.ts'
import { simulateRun } from './simulate-run.ts'
import type { RunSpec } from './spec.ts'

const QUICK: RunSpec = { ...MIXED, workSeconds: 20_000 }
const TRIALS = 3500
const SEED = 'shards'

function all(of: number, spec = QUICK, seed: string | number = SEED): Promise<readonly Shard[]> {
  return Promise.all(
    Array.from({ length: of }, (_, index) => simulateShard(spec, { trials: TRIALS, seed, shard: { index, of } })),
  )
}

describe('shards', () => {
  test.each([1, 2, 3, 4, 5])('%i of them, in any order and through JSON, make the bits of the whole', async (of) => {
    const whole = await simulateRun(QUICK, { trials: TRIALS, seed: SEED })
    const shards = await all(of)
    expect(mergeShards(QUICK, shards)).toEqual(whole)
    expect(mergeShards(QUICK, JSON.parse(JSON.stringify(shards.toReversed())))).toEqual(whole)
    expect(shards.reduce((sum, { count }) => sum + count, 0)).toBe(TRIALS)
    // 3,500 trials are 4 blocks: of 5 shards one is empty.
    expect(shards.filter(({ count }) => count === 0)).toHaveLength(of === 5 ? 1 : 0)
  })

  test('that are missing, given twice or of another simulation are refused', async () => {
    const shards = await all(3)
    const [first, second, third] = shards as [Shard, Shard, Shard]
    expect(() => mergeShards(QUICK, [])).toThrow('shards: are none')
    expect(() => mergeShards(QUICK, [first, third])).toThrow('shards: are 2 of 3: 1 missing')
    expect(() => mergeShards(QUICK, [first, second, third, second])).toThrow(
      'shards.3: is shard 1, which was given already',
    )
    expect(() => mergeShards({ ...QUICK, restartSeconds: 1 }, shards)).toThrow('shards.0: belongs to another run, seed')
    const [foreign] = await all(3, QUICK, 'other')
    expect(() => mergeShards(QUICK, [second, third, foreign as Shard])).toThrow(
      'shards.2: belongs to another run, seed',
    )
    const [half] = await all(2)
    expect(() => mergeShards(QUICK, [second, half as Shard])).toThrow(
      'shards.1: is one of 2 shards, the first given is one of 3',
    )
    const cut = { ...third, outcomes: { ...third.outcomes, ettr: third.outcomes.ettr.slice(1) } }
    expect(() => mergeShards(QUICK, [first, second, cut])).toThrow('shards.2: does not hold the trials 2048 to 3499')
    const infinite = { ...QUICK, failures: { mtbfSeconds: Number.POSITIVE_INFINITY } }
    expect(() => mergeShards(infinite, shards)).toThrow('belongs to another run')
  })

  test('are numbered from 0', async () => {
    const shard = (index: number, of: number) => simulateShard(QUICK, { trials: 10, seed: 1, shard: { index, of } })
    await expect(shard(3, 3)).rejects.toThrow('shard.index: must be a whole number from 0 to 2, not 3')
    await expect(shard(0, 0)).rejects.toThrow('shard.of: must be a whole number from 1 to 1000000, not 0')
  })

  test('one that was stopped is none', async () => {
    const signal = AbortSignal.abort()
    const options = { trials: 10, seed: 1, shard: { index: 0, of: 1 }, signal }
    await expect(simulateShard(QUICK, options)).rejects.toThrow('stopped before the shard was finished')
  })
})

test('every mean has its standard error: of counts by class and tier as of the columns that add up to them', async () => {
  const one = {
    ...QUICK,
    failures: [{ id: 'software', rate: 4e-5, units: 1 }],
    checkpoint: { blockingSeconds: 20, bytes: 1 },
  }
  const { standardErrors, interruptions, interruptionsByClass, checkpointBytes, checkpoint } = await simulateRun(one, {
    trials: 500,
  })
  expect(interruptionsByClass['software']).toBeCloseTo(interruptions.mean, 9)
  expect(standardErrors.interruptionsByClass['software']).toBeCloseTo(interruptions.standardError, 6)
  expect(checkpoint.count).toBeCloseTo(checkpointBytes.mean, 9)
  expect(standardErrors.checkpoints[0]).toBeCloseTo(checkpointBytes.standardError, 6)
})

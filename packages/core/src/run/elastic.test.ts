import { describe, expect, it } from 'vitest'
import { withReliability } from '../scenario/reliability.fixture.ts'
import { mainPhase, type Parallelism } from '../scenario/scenario.ts'
import { elasticPace, keepsCopies, mostMissing, replicaUnit } from './elastic.ts'

const scenario = withReliability('elastic: {}')
const phase = mainPhase(scenario)
const layout = (changes: Partial<Parallelism>): Parallelism => ({ ...phase.parallelism, ...changes })

describe('replicas that go together', () => {
  it.each([
    // A node of eight chips breaks the replicas that have a rank on it.
    [
      { tp: 2, dp: 32 },
      { replicas: 4, nodes: 1 },
    ],
    [
      { tp: 8, dp: 8 },
      { replicas: 1, nodes: 1 },
    ],
    [
      { tp: 8, pp: 16, dp: 128 },
      { replicas: 1, nodes: 16 },
    ],
    [
      { tp: 2, pp: 4, dp: 16 },
      { replicas: 4, nodes: 4 },
    ],
    // Experts spread over 64 ranks.
    [
      { tp: 1, ep: 64, pp: 4, dp: 128 },
      { replicas: 64, nodes: 32 },
    ],
  ] as const)('%j', (changes, unit) => {
    expect(replicaUnit(layout(changes), 8)).toEqual(unit)
  })

  it('may be missing down to the least that is needed', () => {
    expect(mostMissing(phase, 8, 1)).toBe(7)
    expect(mostMissing(phase, 8, 16)).toBe(4)
    expect(mostMissing(phase, 8, 32)).toBe(0)
  })
})

describe('the pace of what is left', () => {
  const pace = elasticPace(scenario, phase, 7)

  it('is whole at full strength and falls with each unit, a little slower than the replicas do', () => {
    expect(pace).toHaveLength(8)
    expect(pace[0]).toBe(1)
    for (let missing = 1; missing < 8; missing++) {
      expect(pace[missing]).toBeLessThan(pace[missing - 1] as number)
      expect(pace[missing]).toBeGreaterThanOrEqual((8 - missing) / 8 - 1e-9)
      expect(pace[missing]).toBeLessThan(((8 - missing) / 8) * 1.3)
    }
  })
})

describe('copies of the state', () => {
  it('are kept without ZeRO and between shard groups', () => {
    const of = (changes: Partial<Parallelism>) => keepsCopies({ ...phase, parallelism: layout(changes) })
    expect(of({ zero: 1 })).toBe(false)
    expect(of({ zero: 0 })).toBe(true)
    expect(of({ zero: 3, shardGroup: 8 })).toBe(true)
    expect(of({ zero: 0, dp: 1 })).toBe(false)
  })
})

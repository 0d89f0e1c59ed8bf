import { describe, expect, it } from 'vitest'
import { recoverability } from './recoverability.ts'
import { streamOf } from './stream.fixture.ts'

describe('recoverability of checkpoints in memory (GEMINI, Corollary 1)', () => {
  // Published figures of the group placement: 16 and 128 machines, two replicas.
  it.each([
    [16, 2, 2, 0.9333333333333333],
    [16, 2, 3, 0.8],
    [128, 2, 2, 0.9921259842519685],
    [128, 2, 3, 0.9763779527559056],
    [16, 2, 5, 0.33333333333333337],
  ])('%i nodes, %i replicas, %i lost: %f', (nodes, replicas, lost, published) => {
    expect(recoverability(nodes, replicas, lost)).toBeCloseTo(published, 12)
  })

  it('is certain below the number of replicas and hopeless when all are lost', () => {
    expect(recoverability(16, 2, 1)).toBe(1)
    expect(recoverability(16, 3, 2)).toBe(1)
    expect(recoverability(16, 2, 16)).toBe(0)
    expect(recoverability(1, 2, 1)).toBe(0)
  })

  it.each([
    [16, 2, 2],
    [16, 2, 3],
    [24, 3, 4],
    [24, 3, 5],
    [128, 2, 3],
    [16, 2, 5],
  ])('against random losses in groups: %i nodes, %i replicas, %i lost', (nodes, replicas, lost) => {
    const random = streamOf('recoverability', nodes * replicas * lost)
    const trials = 40_000
    let survived = 0
    for (let t = 0; t < trials; t++) survived += groupsSurvive(nodes, replicas, lost, random) ? 1 : 0
    const share = survived / trials
    const error = Math.sqrt((share * (1 - share)) / trials)
    const closed = recoverability(nodes, replicas, lost)
    // A lower bound from k = 2m on.
    expect(closed).toBeLessThan(share + 4 * error)
    if (lost < 2 * replicas) expect(closed).toBeGreaterThan(share - 4 * error)
  })
})

function groupsSurvive(nodes: number, replicas: number, lost: number, random: () => number): boolean {
  const left = new Int32Array(nodes / replicas).fill(replicas)
  const order = Array.from({ length: nodes }, (_, node) => node)
  for (let i = 0; i < lost; i++) {
    const j = i + Math.floor(random() * (nodes - i))
    const node = order[j] as number
    order[j] = order[i] as number
    const group = Math.floor(node / replicas)
    left[group] = (left[group] as number) - 1
    if (left[group] === 0) return false
  }
  return true
}

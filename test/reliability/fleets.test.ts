import { beforeAll, describe, expect, it } from 'vitest'
import { reliabilityDocument } from './document.ts'
import { FLEETS, POINTS, type Prediction, predict } from './fleets.ts'

describe('published fleets, predicted from their rates and policies', () => {
  const predictions: Prediction[] = []

  beforeAll(async () => {
    for (const fleet of FLEETS) predictions.push(await predict(fleet))
  })

  it.each(FLEETS.map(({ name }, i) => [name, i] as const))(
    '%s: within three points, or a miss with its cause',
    (_, i) => {
      const { points, fleet } = predictions[i] as Prediction
      // A miss that has become none must leave the list.
      expect(Math.abs(points) > POINTS).toBe(fleet.miss !== undefined)
    },
  )

  it('docs/reliability.md says what is predicted today', async () => {
    await expect(reliabilityDocument(predictions)).toMatchFileSnapshot('../../docs/reliability.md')
  })
})

/** Model FLOPs against those that the published measurements' own collections state, shape by shape. */

import { readFileSync } from 'node:fs'
import { builtinProfiles, extendProfiles, modelFlopsPerStep } from '@walltime/core'
import { describe, expect, it } from 'vitest'

interface Published {
  readonly id: string
  readonly source: string
  readonly model: Readonly<Record<string, unknown>>
  readonly sequence: number
  readonly flopsPerToken: number
  readonly rows: number
}

const shapes = JSON.parse(
  readFileSync(new URL('./data/published-model-flops.json', import.meta.url), 'utf8'),
) as readonly Published[]

/** Read as a user's profile, so that the model reader is held too. */
function flopsPerToken({ id, model, sequence }: Published): number {
  const profiles = extendProfiles(builtinProfiles, { models: { [id]: model } }, ['profiles'])
  if (!('models' in profiles)) throw new Error(`${id}: ${profiles.map((issue) => issue.message).join('; ')}`)
  const read = profiles.models[id]
  if (read === undefined) throw new Error(`${id} was not read`)
  return modelFlopsPerStep(read, sequence, 1) / sequence
}

const errors = shapes.map((shape) => ({ ...shape, error: flopsPerToken(shape) / shape.flopsPerToken - 1 }))

describe('model FLOPs of a token', () => {
  it('cover 100 shapes of 524 measured rows', () => {
    expect(shapes).toHaveLength(100)
    expect(shapes.reduce((sum, { rows }) => sum + rows, 0)).toBe(524)
  })

  it.each(errors)('$id ($source) within 2 %', ({ error }) => {
    expect(Math.abs(error)).toBeLessThan(0.02)
  })

  it('none differs by more than 0.5 %', () => {
    const far = errors.filter(({ error }) => Math.abs(error) > 0.005)
    expect(far.map(({ id, error }) => `${id}: ${(100 * error).toFixed(2)} %`)).toEqual([])
  })
})

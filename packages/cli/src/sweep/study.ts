import { readText } from '@walltime/core'
import { didYouMean, isRecord } from '@walltime/hardware'
import { readTextFile } from '../input/read-text.ts'
import { readPath } from '../input/settings.ts'
import { UserError } from '../user-error.ts'
import { type Axis, axisOf, listValues } from './vary.ts'

/** A study file: what the options of the command line say, kept. */
export interface Study {
  readonly axes: readonly Axis[]
  readonly zip?: boolean
  readonly where?: string
  readonly objective?: string
  readonly with?: string
  readonly sample?: string
  readonly points?: number
  readonly seed?: string
}

const TYPES = {
  vary: 'map',
  zip: 'boolean',
  where: 'string',
  objective: 'string',
  with: 'string',
  sample: 'string',
  points: 'number',
  seed: 'string',
} as const

/** Reads a study file: `vary` is a map of paths to lists or ranges, the others are named as the options. */
export async function readStudy(name: string): Promise<Study> {
  const { file, text } = await readTextFile(name)
  const result = readText(text)
  if (!result.ok) throw new UserError([{ ...result.issue, path: '', file, ...result.position }])
  const { data, position } = result.parsed
  const refuse = (path: readonly string[], message: string, atKey = false) =>
    new UserError([{ code: 'study.value', path: path.join('.'), message, file, ...position(path, atKey) }])
  if (!isRecord(data)) throw refuse([], 'a study is a map: vary: {parallelism.tp: [1, 2, 4]}')
  const { vary, ...rest } = data
  for (const [key, value] of Object.entries(rest)) {
    const wanted = Object.hasOwn(TYPES, key) ? TYPES[key as keyof typeof TYPES] : undefined
    if (wanted === undefined) {
      const near = didYouMean(key, Object.keys(TYPES))
      throw refuse([key], `unknown key${near === undefined ? '' : `; did you mean ${near}?`}`, true)
    }
    const fits = key === 'seed' ? typeof value === 'string' || typeof value === 'number' : typeof value === wanted
    if (!fits) throw refuse([key], `must be a ${wanted}, not ${JSON.stringify(value)}`)
  }
  if (vary !== undefined && !isRecord(vary)) throw refuse(['vary'], 'must be a map of paths to values')
  const axes = Object.entries(vary ?? {}).map(([path, values]): Axis => {
    const shown = `${path}=${typeof values === 'string' ? values : JSON.stringify(values)}`
    if (!Array.isArray(values)) return axisOf(path, String(values), shown)
    return { name: path, path: readPath('--vary', shown, path), ...listValues(values), text: `${file}: ${path}` }
  })
  const seed = rest['seed'] === undefined ? {} : { seed: String(rest['seed']) }
  return { ...(rest as Omit<Study, 'axes' | 'seed'>), ...seed, axes }
}

import { type Profiles, readScenario, type Scenario, type Setting } from '@walltime/core'
import { readTexts, toMistake } from '../input/load-scenarios.ts'
import { readNamedFiles } from '../input/named-files.ts'
import type { ScenarioOptions } from '../input/options.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { readSetting } from '../input/settings.ts'
import { splitList } from '../input/split-list.ts'
import { type Mistake, UserError, usageError } from '../user-error.ts'

/** A scenario to compare. The first is the baseline. */
export interface Candidate {
  readonly name: string
  readonly file: string
  readonly scenario: Scenario
  /** What a reader must know about the swap. */
  readonly remarks: readonly string[]
}

interface Source {
  readonly name: string | null
  readonly file: string
  readonly text: string
  readonly swaps: readonly Setting[]
}

const STARTS_SETTING = /^[A-Za-z_][\w.[\]-]*=/

/** The settings of one `--swap`: a comma starts another where `PATH=` follows it. */
export function splitSwap(text: string): readonly string[] {
  const settings: string[] = []
  for (const piece of splitList(text)) {
    const last = settings.length - 1
    if (last < 0 || STARTS_SETTING.test(piece)) settings.push(piece)
    else settings[last] += `,${piece}`
  }
  return settings
}

async function sources(files: readonly string[], swaps: readonly string[]): Promise<readonly Source[]> {
  const texts = await readTexts(files)
  const [first] = texts
  if (first === undefined || swaps.length === 0) {
    if (texts.length < 2) throw usageError('nothing to compare with; name a second scenario, or --swap PATH=VALUE')
    return texts.map((text) => ({ ...text, name: null, swaps: [] }))
  }
  if (texts.length > 1) throw usageError('--swap changes one scenario; give one file')
  const swapped = swaps.map((text) => ({
    ...first,
    name: text,
    swaps: splitSwap(text).map((setting) => readSetting('--swap', setting)),
  }))
  return [{ ...first, name: null, swaps: [] }, ...swapped]
}

/** Reads the baseline and the candidates; all mistakes of all of them come at once. */
export async function readCandidates(
  files: readonly string[],
  options: ScenarioOptions & { readonly swap?: readonly string[] | undefined },
): Promise<readonly Candidate[]> {
  const settings = (options.set ?? []).map((text) => readSetting('--set', text))
  const all = await sources(files, options.swap ?? [])
  const profiles: Profiles = await readProfiles(options.profiles)
  const mistakes: Mistake[] = []
  const candidates: Candidate[] = []
  for (const { name, file, text, swaps } of all) {
    const changes = [...settings, ...swaps]
    const named = await readNamedFiles(file, text, changes)
    const result = readScenario(text, { profiles, settings: changes, files: named })
    if (!result.ok) {
      const which = name === null ? '' : ` (candidate ${name})`
      mistakes.push(...result.issues.map((issue) => toMistake(file, { ...issue, message: issue.message + which })))
    } else if (Object.keys(result.scenario.override).length > 0) {
      const message = 'a scenario whose step is overridden cannot be compared: the override would hide what differs'
      mistakes.push({ code: 'compare.override', path: 'override', file, message })
    } else {
      candidates.push({
        name: name ?? result.scenario.name,
        file,
        scenario: result.scenario,
        remarks: keptBySwap(swaps, result.data),
      })
    }
    if (mistakes.length > 0 && name === null) break
  }
  if (mistakes.length > 0) throw new UserError(mistakes)
  return candidates
}

const KEPT = [
  ['cost', 'price', 'the price in the file is kept'],
  ['cluster', 'fabric', 'the network in the file is kept'],
] as const

/** A new system comes with a price and a network of its own, unless the file names them. */
function keptBySwap(swaps: readonly Setting[], data: unknown): readonly string[] {
  const sets = (section: string, key: string) => swaps.some(({ path }) => path[0] === section && path[1] === key)
  if (!sets('cluster', 'system')) return []
  return KEPT.filter(([section, key]) => !sets(section, key) && has(data, section, key)).map(
    ([section, key, text]) =>
      `${text}; swap ${section}.${key} as well, or take it out of the file for the new system's own`,
  )
}

function has(data: unknown, section: string, key: string): boolean {
  const inner: unknown =
    typeof data === 'object' && data !== null ? (data as Readonly<Record<string, unknown>>)[section] : undefined
  return typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
}

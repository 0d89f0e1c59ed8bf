import { formatPath, type Profiles, readScenario, type Scenario, type ScenarioIssue } from '@walltime/core'
import { type Mistake, UserError, usageError } from '../user-error.ts'
import { readNamedFiles } from './named-files.ts'
import type { ScenarioOptions } from './options.ts'
import { readProfiles } from './profiles-files.ts'
import { readTextFile } from './read-text.ts'
import { readSetting } from './settings.ts'

/** A scenario that was read, and the file it came from. */
export interface Loaded {
  readonly file: string
  readonly scenario: Scenario
  /** The file's data with `--set` applied. */
  readonly data: unknown
}

/** An issue of core as a mistake in a file or in a setting. */
export function toMistake(file: string, issue: ScenarioIssue): Mistake {
  const place = issue.setting === undefined ? { file, ...issue.position } : { option: issue.setting }
  return { code: issue.code, message: issue.message, path: formatPath(issue.path), ...place }
}

/** The texts of all scenarios named on the command line. */
export async function readTexts(
  names: readonly string[],
): Promise<readonly { readonly file: string; readonly text: string }[]> {
  if (names.length === 0) {
    throw usageError(
      'no scenario given; "walltime init" writes one to start from, "walltime show scenarios" lists those that ship, "-" reads standard input',
    )
  }
  if (names.filter((name) => name === '-').length > 1) throw usageError('"-" (standard input) can be given once')
  const texts = []
  for (const name of names) texts.push(await readTextFile(name))
  return texts
}

/**
 * Reads every scenario before anything is computed: all mistakes of all files come at once.
 *
 * @param anyLayout their layouts are searched: those in the files may break rules
 */
export async function loadScenarios(
  names: readonly string[],
  options: ScenarioOptions,
  anyLayout = false,
): Promise<readonly Loaded[]> {
  const settings = (options.set ?? []).map((text) => readSetting('--set', text))
  const texts = await readTexts(names)
  const profiles: Profiles = await readProfiles(options.profiles)
  const mistakes: Mistake[] = []
  const loaded: Loaded[] = []
  for (const { file, text } of texts) {
    const files = await readNamedFiles(file, text, settings)
    const result = readScenario(text, { profiles, settings, files, anyLayout })
    if (result.ok) loaded.push({ file, scenario: result.scenario, data: result.data })
    else mistakes.push(...result.issues.map((issue) => toMistake(file, issue)))
  }
  if (mistakes.length > 0) throw new UserError(mistakes)
  return loaded
}

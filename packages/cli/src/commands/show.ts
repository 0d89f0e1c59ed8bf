import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { failureReport } from '../show/failure-report.ts'
import { listSection } from '../show/lists.ts'
import { profileReport } from '../show/profile-report.ts'
import { entriesOf, findById, readSection, SECTIONS } from '../show/sections.ts'
import { shippedScenarios } from '../show/shipped-scenarios.ts'
import { table } from '../terminal/table.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { print, printJson } from '../terminal/write.ts'

export interface ShowOptions extends CommonOptions {
  readonly profiles?: readonly string[] | undefined
}

export async function showCommand(
  what: string | undefined,
  id: string | undefined,
  options: ShowOptions,
): Promise<ExitCode> {
  if (what === undefined) return showSections(options)
  const section = readSection(what)
  if (section === 'scenarios') return showScenarios(id, options)
  const profiles = await readProfiles(options.profiles)
  const entries = entriesOf(profiles, section)
  if (id === undefined) {
    if (options.json === true) printJson(Object.values(entries))
    else print(listSection(profiles, section, standardOutput(options.color).width))
    return EXIT.done
  }
  const profile = findById(section, entries, id)
  if (options.json === true) printJson(profile)
  else if (section === 'failures')
    print(failureReport(findById(section, profiles.failures, id), standardOutput(options.color)))
  else print(profileReport(id, profile, standardOutput(options.color)))
  return EXIT.done
}

function showSections(options: ShowOptions): ExitCode {
  if (options.json === true) printJson(SECTIONS)
  else
    print([
      ...table(Object.entries(SECTIONS)),
      '',
      'walltime show chips lists them, walltime show chips h100-sxm prints one.',
    ])
  return EXIT.done
}

async function showScenarios(id: string | undefined, options: ShowOptions): Promise<ExitCode> {
  const scenarios = await shippedScenarios()
  if (id !== undefined) {
    const scenario = findById('scenarios', scenarios, id)
    if (options.json === true) printJson({ id, ...scenario })
    else process.stdout.write(scenario.text)
    return EXIT.done
  }
  if (options.json === true)
    printJson(Object.entries(scenarios).map(([key, { name, file }]) => ({ id: key, name, file })))
  else print(Object.values(scenarios).flatMap(({ name, file }) => [file, `  ${name}`]))
  return EXIT.done
}

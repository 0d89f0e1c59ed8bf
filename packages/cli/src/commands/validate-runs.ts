import { shortfalls } from '@walltime/core/validate'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { plural } from '../report/format.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { readRunsFile, shippedRuns } from '../validate/read-runs.ts'
import { validateRuns } from '../validate/run-whole-runs.ts'
import { runsDocument } from '../validate/runs-document.ts'
import { runsReport } from '../validate/runs-report.ts'

/** Chip-hours of whole runs, predicted and held against what was published. */
export async function validateRunsCommand(
  name: string | undefined,
  options: CommonOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const file = name === undefined ? await shippedRuns() : await readRunsFile(name)
  const validation = await validateRuns(file, options.quiet === true, signal)
  if (options.json === true) printJson(runsDocument(file, validation))
  else print(runsReport(file, validation, standardOutput(options.color)))
  if (validation.done < file.runs.length) {
    note(`interrupted: ${validation.done} of ${plural(file.runs.length, 'run')} were predicted`)
    return EXIT.interrupted
  }
  return shortfalls(validation.score).length > 0 ? EXIT.no : EXIT.done
}

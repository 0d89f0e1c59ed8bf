import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { progressBar } from '../terminal/progress.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { print, printJson } from '../terminal/write.ts'
import { coreValidation } from '../validate/core.ts'
import { readRowsFile, shippedRows } from '../validate/read-rows.ts'
import { validationDocument } from '../validate/validation-document.ts'
import { validationReport } from '../validate/validation-report.ts'

export async function validateCommand(file: string | undefined, options: CommonOptions): Promise<ExitCode> {
  const { name, rows } = file === undefined ? await shippedRows() : await readRowsFile(file)
  const { MOST_REFUSED, validateRows } = await coreValidation()
  const progress = await progressBar('rows', options.quiet === true)
  const validation = validateRows(rows, { progress: progress.update })
  progress.stop()
  if (options.json === true) printJson(validationDocument(validation))
  else print(validationReport(name, validation, MOST_REFUSED, standardOutput(options.color)))
  return validation.refusedShare > MOST_REFUSED ? EXIT.no : EXIT.done
}

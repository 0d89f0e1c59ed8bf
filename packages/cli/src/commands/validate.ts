import { MOST_REFUSED, scoreLeftOut } from '@walltime/core/validate'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { plural } from '../report/format.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { readRowsFile, shippedRows } from '../validate/read-rows.ts'
import { runValidation } from '../validate/run-validation.ts'
import { validationDocument } from '../validate/validation-document.ts'
import { validationReport } from '../validate/validation-report.ts'

export interface ValidateOptions extends CommonOptions {
  /** Whole runs in the place of steps. */
  readonly runs?: true | undefined
  /** The same training on two chips in the place of single steps. */
  readonly swaps?: true | undefined
}

export async function validateCommand(file: string | undefined, options: ValidateOptions): Promise<ExitCode> {
  const interrupt = onInterrupt()
  try {
    if (options.swaps === true) {
      const { validateSwapsCommand } = await import('./validate-swaps.ts')
      return await validateSwapsCommand(file, options, interrupt.signal)
    }
    if (options.runs !== true) return await validate(file, options, interrupt.signal)
    const { validateRunsCommand } = await import('./validate-runs.ts')
    return await validateRunsCommand(file, options, interrupt.signal)
  } finally {
    interrupt.release()
  }
}

async function validate(file: string | undefined, options: CommonOptions, signal: AbortSignal): Promise<ExitCode> {
  const { name, rows, leftOut } = file === undefined ? await shippedRows() : await readRowsFile(file)
  const { validation, done } = await runValidation(rows, options.quiet === true, signal)
  const unseen = leftOut === undefined ? null : scoreLeftOut(rows, validation.rows, leftOut)
  if (options.json === true) printJson(validationDocument(validation, unseen))
  else print(validationReport(name, validation, unseen, MOST_REFUSED, standardOutput(options.color)))
  if (done < rows.length) {
    note(`interrupted: ${done} of ${plural(rows.length, 'row')} were scored`)
    return EXIT.interrupted
  }
  return validation.refusedShare > MOST_REFUSED ? EXIT.no : EXIT.done
}

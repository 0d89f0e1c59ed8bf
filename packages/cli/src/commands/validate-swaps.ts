import { scoreSwaps, swapShortfalls } from '@walltime/core/validate'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { plural } from '../report/format.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { readRowsFile, shippedRows } from '../validate/read-rows.ts'
import { runValidation } from '../validate/run-validation.ts'
import { swapsReport } from '../validate/swaps-report.ts'

/** The same training on two chips: measured and predicted ratios of tokens per second and chip. */
export async function validateSwapsCommand(
  file: string | undefined,
  options: CommonOptions,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { name, rows: all, leftOut } = file === undefined ? await shippedRows() : await readRowsFile(file)
  // A grid is many layouts on one chip: it swaps nothing.
  const rows = all.filter(({ grid }) => grid == null)
  const { validation, done } = await runValidation(rows, options.quiet === true, signal)
  const swaps = scoreSwaps(rows, validation.rows, leftOut)
  if (options.json === true) printJson(swaps)
  else print(swapsReport(name, swaps, standardOutput(options.color)))
  if (done < rows.length) {
    note(`interrupted: ${done} of ${plural(rows.length, 'row')} were predicted`)
    return EXIT.interrupted
  }
  return swapShortfalls(swaps.score).length > 0 ? EXIT.no : EXIT.done
}

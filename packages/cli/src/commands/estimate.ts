import { estimate } from '@walltime/core'
import { EXIT, type ExitCode, worst } from '../exit-code.ts'
import { loadScenarios } from '../input/load-scenarios.ts'
import type { ScenarioOptions } from '../input/options.ts'
import { explanation } from '../report/explanation.ts'
import { heading } from '../report/heading.ts'
import { remarks } from '../report/remarks.ts'
import { runWithoutFailures } from '../report/run-without-failures.ts'
import { stepAndMemory } from '../report/step-and-memory.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, print, printJson } from '../terminal/write.ts'
import { oneTrace, writeTrace } from '../trace/write-trace.ts'

export interface EstimateOptions extends ScenarioOptions {
  readonly explain?: true | undefined
  /** File that gets the schedule of one step. */
  readonly trace?: string | undefined
}

export async function estimateCommand(files: readonly string[], options: EstimateOptions): Promise<ExitCode> {
  const codes: ExitCode[] = []
  const traceFile = oneTrace(options.trace, files)
  for (const [i, { file, scenario }] of (await loadScenarios(files, options)).entries()) {
    const result = estimate(scenario)
    codes.push(result.memory.fits ? EXIT.done : EXIT.no)
    if (traceFile !== undefined) {
      const notes = await writeTrace(traceFile, scenario)
      if (options.quiet !== true) notes.forEach(note)
    }
    if (options.json === true) {
      printJson(result)
      continue
    }
    const terminal = standardOutput(options.color)
    print([
      ...(i > 0 ? ['', ''] : []),
      ...heading(scenario, result, terminal),
      '',
      ...stepAndMemory(result, terminal),
      '',
      ...runWithoutFailures(result, terminal),
      '',
      ...(options.explain === true ? [...explanation(result, terminal), ''] : []),
      ...remarks(result, options.explain === true ? null : file, terminal),
    ])
  }
  return worst(codes)
}

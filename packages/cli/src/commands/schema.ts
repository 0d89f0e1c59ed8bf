import { scenarioJsonSchema } from '@walltime/core'
import { EXIT, type ExitCode } from '../exit-code.ts'
import type { CommonOptions } from '../input/options.ts'
import { print, printJson } from '../terminal/write.ts'

export async function schemaCommand(options: CommonOptions): Promise<ExitCode> {
  const schema = scenarioJsonSchema()
  if (options.json === true) printJson(schema)
  else print([JSON.stringify(schema, null, 2)])
  return EXIT.done
}

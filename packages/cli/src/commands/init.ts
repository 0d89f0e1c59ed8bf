import { writeFile } from 'node:fs/promises'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { STARTER } from '../init/starter.ts'
import type { CommonOptions } from '../input/options.ts'
import { systemCode } from '../input/read-text.ts'
import { note, printJson } from '../terminal/write.ts'
import { UserError } from '../user-error.ts'

export interface InitOptions extends CommonOptions {
  readonly force?: true | undefined
}

export async function initCommand(file: string, options: InitOptions): Promise<ExitCode> {
  if (file === '-') {
    process.stdout.write(STARTER)
    return EXIT.done
  }
  try {
    await writeFile(file, STARTER, { flag: options.force === true ? 'w' : 'wx' })
  } catch (error) {
    const code = systemCode(error)
    if (code === undefined) throw error
    const message =
      code === 'EEXIST' ? 'exists; --force replaces it, or name another file' : `cannot be written: ${code}`
    throw new UserError([{ code: 'file.write', file, message }])
  }
  if (options.json === true) printJson({ file })
  else if (options.quiet !== true) note(`wrote ${file}; next: walltime run ${file}`)
  return EXIT.done
}

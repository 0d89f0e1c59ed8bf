/** `fit --kernels DIR`: fits the constants of kernels and collectives to measured tables. */

import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fitKernels } from './fit.ts'
import { fittedFile } from './fitted-file.ts'
import { report } from './report.ts'
import { TableError } from './tables.ts'

const USAGE = 'usage: npm run fit -- --kernels DIR (a folder of CHIP.KIND.STACK.parquet files; see fit/README.md)'
const FILE = fileURLToPath(new URL('../kernels.fitted.json', import.meta.url))

function previous(): string {
  try {
    return readFileSync(FILE, 'utf8')
  } catch {
    return ''
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { kernels: { type: 'string' } } })
  if (values.kernels === undefined) {
    console.error(USAGE)
    return 2
  }
  const fit = await fitKernels(values.kernels, (step) => console.error(`fitting ${step}`))
  const text = fittedFile(fit)
  const changed = text !== previous()
  writeFileSync(FILE, text)
  console.log(report(fit))
  console.log(`\n${changed ? 'Wrote' : 'Nothing changed in'} fit/kernels.fitted.json`)
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof TableError) && !(error instanceof TypeError && 'code' in error)) throw error
  console.error(`${error.message}\n${USAGE}`)
  process.exitCode = 2
}

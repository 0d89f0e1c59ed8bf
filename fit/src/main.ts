/**
 * `fit [--kernels DIR]`: fits the constants of kernels and collectives to measured tables, the free ones to steps, and the
 * gap of production to whole runs; `fit --runs` the gap alone. `fit --swaps` writes swaps of chips anew, and fits nothing.
 */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { accuracyDocument, leftOutSeconds } from './accuracy.ts'
import { fitKernels } from './fit.ts'
import { fittedFile } from './fitted-file.ts'
import { fittedSource } from './fitted-source.ts'
import { report } from './report.ts'
import { fitRuns, readShippedRuns } from './runs.ts'
import { gapSource, leftOutGaps, runsDocument, runsReport } from './runs-document.ts'
import { fitShipped, validateFit } from './steps.ts'
import { stepsReport } from './steps-report.ts'
import { shippedSwaps, swapsDocument } from './swaps-document.ts'
import { TableError } from './tables.ts'

const USAGE =
  'usage: npm run fit [-- --kernels DIR] (a folder of CHIP.KIND.STACK.parquet files, see fit/README.md; without it the constants of kernels stay), npm run fit -- --runs (the gap of whole runs alone), or npm run fit -- --swaps (docs/chip-swaps.md alone)'

const OUTPUTS = {
  kernels: 'fit/kernels.fitted.json',
  constants: 'packages/core/src/calibration/fitted.ts',
  accuracy: 'docs/accuracy.md',
  leftOut: 'data/validation/left-out.json',
  gap: 'packages/core/src/validate/runs/fitted-gap.ts',
  runsLeftOut: 'data/validation/whole-runs-left-out.json',
  runs: 'docs/whole-runs.md',
  swaps: 'docs/chip-swaps.md',
} as const

const pathOf = (name: keyof typeof OUTPUTS) => fileURLToPath(new URL(`../../${OUTPUTS[name]}`, import.meta.url))

function read(name: keyof typeof OUTPUTS): string {
  try {
    return readFileSync(pathOf(name), 'utf8')
  } catch {
    return ''
  }
}

function write(name: keyof typeof OUTPUTS, text: string): void {
  const changed = text !== read(name)
  if (changed) writeFileSync(pathOf(name), text)
  console.log(`${changed ? 'Wrote' : 'Nothing changed in'} ${OUTPUTS[name]}`)
}

/** Constants in the file of fitted kernels, of every kind. */
function countConstants(node: unknown): number {
  if (typeof node !== 'object' || node === null) return 0
  return Object.entries(node).reduce(
    (sum, [key, value]) => sum + (key === 'constants' ? Object.keys(value as object).length : countConstants(value)),
    0,
  )
}

async function fitGapOfRuns(): Promise<void> {
  const fit = await fitRuns(readShippedRuns())
  console.log(runsReport(fit))
  write('gap', gapSource(fit))
  write('runsLeftOut', leftOutGaps(fit))
  write('runs', runsDocument(fit))
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { kernels: { type: 'string' }, runs: { type: 'boolean' }, swaps: { type: 'boolean' } },
  })
  const progress = (step: string) => console.error(`fitting ${step}`)
  if (values.swaps === true) write('swaps', swapsDocument(shippedSwaps()))
  if (values.runs === true) {
    progress('the gap of whole runs')
    await fitGapOfRuns()
  }
  if (values.swaps === true || values.runs === true) return 0
  if (values.kernels !== undefined) {
    const fit = await fitKernels(values.kernels, progress)
    console.log(`${report(fit)}\n`)
    write('kernels', fittedFile(fit))
  }
  const steps = fitShipped(progress)
  const validation = validateFit(steps)
  const kernelConstants = countConstants(JSON.parse(read('kernels') || '{}'))
  console.log(stepsReport(steps, validation))
  write('constants', fittedSource(steps))
  write('leftOut', `${JSON.stringify(leftOutSeconds(steps), null, 1)}\n`)
  write('accuracy', accuracyDocument(steps, validation, kernelConstants))
  // In a process of its own: this one has read the constants that were just written anew.
  const again = [...process.execArgv, fileURLToPath(import.meta.url), '--swaps', '--runs']
  return spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof TableError) && !(error instanceof TypeError && 'code' in error)) throw error
  console.error(`${error.message}\n${USAGE}`)
  process.exitCode = 2
}

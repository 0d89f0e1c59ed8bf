/** Whole runs from files: the user's, or those that ship. */

import { readFile } from 'node:fs/promises'
import { type GapConstants, readWholeRuns, type WholeRun } from '@walltime/core/validate'
import { readChecked, shippedFolder } from './read-rows.ts'

export interface RunsFile {
  /** As a report names it. */
  readonly name: string
  readonly runs: readonly WholeRun[]
  /** By run: the gap fitted to the other runs, where it ships. */
  readonly leftOut?: Readonly<Record<string, GapConstants>>
}

/** Whole runs of a file that the user names. */
export async function readRunsFile(name: string): Promise<RunsFile> {
  const { runs, name: shown } = await readChecked(name, readWholeRuns)
  return { name: shown, runs }
}

/** The official runs that ship. */
export async function shippedRuns(): Promise<RunsFile> {
  const place = shippedFolder('runs')
  const { runs } = await readRunsFile(`${place}/whole-runs.json`)
  const leftOut: RunsFile['leftOut'] = JSON.parse(await readFile(`${place}/whole-runs-left-out.json`, 'utf8'))
  return { name: 'the official runs that ship with walltime', runs, ...(leftOut === undefined ? {} : { leftOut }) }
}

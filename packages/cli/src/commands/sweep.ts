import { type Profiles, readText, setPath } from '@walltime/core'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readTexts } from '../input/load-scenarios.ts'
import { readNamedFiles } from '../input/named-files.ts'
import type { ScenarioOptions } from '../input/options.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { readSetting } from '../input/settings.ts'
import { grouped, plural } from '../report/format.ts'
import { evaluatePoint, type SweepBase } from '../sweep/evaluate.ts'
import { cell, type SweepFormat } from '../sweep/format-row.ts'
import { type Finished, readFinished } from '../sweep/resume.ts'
import { columnNames, resultsOf } from '../sweep/row.ts'
import { runSweep, type SweepOutcome } from '../sweep/run-sweep.ts'
import { fileSink, STANDARD_OUTPUT } from '../sweep/sink.ts'
import { type Axis, countPoints, MAX_POINTS, readAxis } from '../sweep/vary.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { progressBar } from '../terminal/progress.ts'
import { note } from '../terminal/write.ts'
import { UserError, usageError } from '../user-error.ts'

export interface SweepOptions extends ScenarioOptions {
  readonly vary?: readonly string[] | undefined
  readonly out?: string | undefined
}

export async function sweepCommand(files: readonly string[], options: SweepOptions): Promise<ExitCode> {
  const axes = readAxes(options.vary ?? [])
  const format = chooseFormat(options)
  const base = await readBase(files, options)
  const { out } = options
  const finished =
    out === undefined ? null : await readFinished(out, format, columnNames(axes.map((a) => a.name)), axes.length)
  if (out !== undefined && finished !== null) checkSameScenario(out, base, axes, finished)
  const sink = out === undefined ? STANDARD_OUTPUT : await fileSink(out)
  const interrupt = onInterrupt()
  try {
    const progress = await progressBar('points', options.quiet === true)
    const outcome = await runSweep({ base, axes, format, sink, finished, signal: interrupt.signal, progress })
    if (options.quiet !== true || outcome.interrupted) report(outcome, countPoints(axes), out)
    if (outcome.interrupted) return EXIT.interrupted
    return outcome.written + outcome.kept > 0 ? EXIT.done : EXIT.no
  } finally {
    interrupt.release()
    await sink.close()
  }
}

function readAxes(texts: readonly string[]): readonly Axis[] {
  if (texts.length === 0) throw usageError('nothing to vary; give --vary PATH=…, such as --vary parallelism.tp=1..8x2')
  const axes = texts.map(readAxis)
  const twice = axes.find((axis, i) => axes.findIndex(({ name }) => name === axis.name) < i)
  if (twice !== undefined) throw usageError(`--vary ${twice.name} is given twice; put its values in one list`)
  const points = countPoints(axes)
  if (points > MAX_POINTS)
    throw usageError(`the grid has ${grouped(points)} points; at most ${grouped(MAX_POINTS)} are computed`)
  return axes
}

function chooseFormat({ out, json }: SweepOptions): SweepFormat {
  if (out === undefined) return json === true ? 'ndjson' : 'csv'
  if (out.endsWith('.csv')) return 'csv'
  if (out.endsWith('.ndjson')) return 'ndjson'
  throw usageError(`--out ${out}: the name must end in .csv or .ndjson`)
}

async function readBase(files: readonly string[], options: SweepOptions): Promise<SweepBase> {
  const settings = (options.set ?? []).map((text) => readSetting('--set', text))
  const texts = await readTexts(files)
  const [only] = texts
  if (only === undefined || texts.length > 1) throw usageError('sweep takes one scenario')
  const profiles: Profiles = await readProfiles(options.profiles)
  const result = readText(only.text)
  if (!result.ok)
    throw new UserError([
      { code: result.issue.code, message: result.issue.message, file: only.file, ...result.position },
    ])
  const { parsed } = result
  return {
    file: only.file,
    parsed,
    profiles,
    files: await readNamedFiles(only.file, only.text, settings),
    data: settings.reduce((data, s) => setPath(data, s.path, s.value), parsed.data),
  }
}

/** A file is continued only where its first row is what this sweep would have written. */
function checkSameScenario(out: string, base: SweepBase, axes: readonly Axis[], { first }: Finished): void {
  if (first === null) return
  const key = first.slice(0, axes.length)
  const values = axes.map((axis, a) => axis.values.find((value) => cell(value) === key[a]))
  if (values.includes(undefined)) return
  const result = evaluatePoint(base, axes, values)
  if (result.ok && resultsOf(result.estimate).every((value, i) => cell(value) === first[axes.length + i])) return
  const message =
    'holds rows of another scenario (its first row comes out otherwise now); remove it or name another --out file'
  throw new UserError([{ code: 'sweep.out', file: out, message }])
}

function report(
  { written, kept, tooLarge, refused, interrupted }: SweepOutcome,
  points: number,
  out: string | undefined,
): void {
  const rows = plural(written, 'row')
  const where = out === undefined ? '' : ` written to ${out}`
  const before = kept === 0 ? '' : `, ${grouped(kept)} were there before`
  const fit = tooLarge === 0 ? '' : `, ${grouped(tooLarge)} of them too large for memory`
  note(`${interrupted ? 'interrupted: ' : ''}${rows}${where}${fit}${before}; ${plural(points, 'point')} in all`)
  for (const [reason, count] of refused) note(`  ${grouped(count)} refused: ${reason}`)
}

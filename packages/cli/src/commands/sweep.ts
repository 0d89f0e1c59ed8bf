import { type Profiles, readText, setPath } from '@walltime/core'
import { resultReader } from '@walltime/core/expression'
import { SimulationError, simulate } from '@walltime/sim/node'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { readTexts } from '../input/load-scenarios.ts'
import { readNamedFiles } from '../input/named-files.ts'
import type { ScenarioOptions, TrialOptions } from '../input/options.ts'
import { readProfiles } from '../input/profiles-files.ts'
import { readSetting } from '../input/settings.ts'
import { chooseThreads } from '../input/threads.ts'
import { plural } from '../report/format.ts'
import { type Column, columnsOf, resultPaths } from '../sweep/columns.ts'
import { type Criteria, compileCriteria, type Outcome } from '../sweep/criteria.ts'
import { crossed, type Design, SAMPLES, type Sample, sampled, zipped } from '../sweep/design.ts'
import {
  checkAxes,
  checkBase,
  estimateWhole,
  type PointResult,
  pointEstimator,
  type SweepBase,
} from '../sweep/evaluate.ts'
import { fingerprintOf } from '../sweep/fingerprint.ts'
import { cell } from '../sweep/format-row.ts'
import { sweepReport } from '../sweep/report.ts'
import { type RowSink, refuseExisting } from '../sweep/row-sink.ts'
import { runSweep, type SweepOutcome, type SweepRequest } from '../sweep/run-sweep.ts'
import { readStudy } from '../sweep/study.ts'
import { standardOutputSink, textFileSink } from '../sweep/text-sink.ts'
import { Tracker } from '../sweep/tracker.ts'
import { type Axis, readAxis } from '../sweep/vary.ts'
import { onInterrupt } from '../terminal/interrupt.ts'
import { progressBar } from '../terminal/progress.ts'
import { standardOutput } from '../terminal/terminal.ts'
import { note, printJson } from '../terminal/write.ts'
import { UserError, usageError } from '../user-error.ts'

export interface SweepOptions extends ScenarioOptions, TrialOptions {
  readonly vary?: readonly string[] | undefined
  readonly zip?: true | undefined
  readonly study?: string | undefined
  readonly sample?: string | undefined
  readonly points?: number | undefined
  readonly with?: string | undefined
  readonly where?: string | undefined
  readonly objective?: string | undefined
  readonly out?: string | undefined
  readonly resume?: true | undefined
  readonly savePlot?: string | undefined
}

type Format = 'csv' | 'ndjson' | 'parquet'

/** Everything that a sweep is about, read and checked before it runs. */
interface Plan {
  readonly base: SweepBase
  readonly design: Design
  readonly criteria: Criteria
  readonly columns: readonly Column[]
  readonly simulated: boolean
  readonly format: Format
  readonly fingerprint: string
}

export async function sweepCommand(files: readonly string[], given: SweepOptions): Promise<ExitCode> {
  const options = await withStudy(given)
  const plan = await planSweep(files, options)
  const tracker = new Tracker(plan.criteria.objective.highest, plan.design.axes.length)
  const picture = options.savePlot === undefined ? undefined : await import('../plot/save-plot.ts')
  if (options.savePlot !== undefined) picture?.checkPlotName(options.savePlot)
  const sink = await openSink(plan, options, tracker)
  const interrupt = onInterrupt()
  let outcome: SweepOutcome | undefined
  try {
    const progress = await progressBar('points', options.quiet === true)
    const { design, criteria } = plan
    const request = { design, criteria, sink, tracker, signal: interrupt.signal, progress }
    outcome = await runSweep({ ...request, ...evaluation(plan, options, interrupt.signal) })
  } finally {
    interrupt.release()
    await sink.close(outcome?.interrupted === false)
  }
  if (options.savePlot !== undefined && picture !== undefined) {
    await picture.savePlot(options.savePlot, tracker, plan.design.axes, plan.criteria.objective)
  }
  tell(plan, options, outcome, tracker)
  if (outcome.interrupted) return EXIT.interrupted
  return outcome.written - outcome.failed + outcome.kept > 0 ? EXIT.done : EXIT.no
}

/** The options with those of a study file below them, its varied paths first. */
async function withStudy(options: SweepOptions): Promise<SweepOptions & { readonly axes: readonly Axis[] }> {
  const own = (options.vary ?? []).map(readAxis)
  if (options.study === undefined) return { ...options, axes: own }
  const { axes, zip, ...study } = await readStudy(options.study)
  const told = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const both = { ...study, ...(zip === true ? { zip } : {}), ...told } as SweepOptions
  return { ...both, axes: [...axes.filter(({ name }) => !own.some((axis) => axis.name === name)), ...own] }
}

async function planSweep(
  files: readonly string[],
  options: SweepOptions & { readonly axes: readonly Axis[] },
): Promise<Plan> {
  const { axes } = options
  const format = chooseFormat(options)
  const design = chooseDesign(axes, options)
  const simulated = isSimulated(options)
  const criteria = compileCriteria(options.where, options.objective, axes, simulated)
  const base = await readBase(files, options)
  checkBase(base, axes)
  checkAxes(base, axes)
  const columns = columnsOf(axes, simulated, criteria.objective.given)
  const trials = simulated ? [options.trials, options.seed] : []
  const fingerprint = fingerprintOf(base, design, columns, [options.where, options.objective, ...trials])
  return { base, design, criteria, columns, simulated, format, fingerprint }
}

function isSimulated({ with: what, trials }: SweepOptions): boolean {
  if (what !== undefined && what !== 'estimate' && what !== 'simulate') {
    throw usageError(`--with ${what}: it is estimate or simulate`)
  }
  if (trials !== undefined && what !== 'simulate')
    throw usageError('--trials are of simulated points; add --with simulate')
  return what === 'simulate'
}

function chooseDesign(axes: readonly Axis[], { zip, sample, points, seed = 'walltime' }: SweepOptions): Design {
  if (axes.length === 0) throw usageError('nothing to vary; give --vary PATH=…, such as --vary parallelism.tp=1..8x2')
  const twice = axes.find((axis, i) => axes.findIndex(({ name }) => name === axis.name) < i)
  if (twice !== undefined) throw usageError(`--vary ${twice.name} is given twice; put its values in one list`)
  if (sample === undefined) {
    if (points !== undefined) throw usageError('--points is the size of a --sample; give both')
    return zip === true ? zipped(axes) : crossed(axes)
  }
  if (!(SAMPLES as readonly string[]).includes(sample))
    throw usageError(`--sample ${sample}: it is ${SAMPLES.join(', ')}`)
  if (points === undefined) throw usageError('--sample needs --points N')
  if (zip === true) throw usageError('--zip and --sample exclude each other')
  return sampled(axes, sample as Sample, points, seed)
}

function chooseFormat({ out, json }: SweepOptions): Format {
  if (out === undefined) return json === true ? 'ndjson' : 'csv'
  const ending = (['csv', 'ndjson', 'parquet'] as const).find((name) => out.endsWith(`.${name}`))
  if (ending === undefined) throw usageError(`--out ${out}: the name must end in .csv, .ndjson or .parquet`)
  return ending
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

async function openSink(plan: Plan, { out, resume }: SweepOptions, tracker: Tracker): Promise<RowSink> {
  const { design, columns, format, fingerprint, criteria } = plan
  const names = columns.map(({ name }) => name)
  if (out === undefined) {
    if (resume === true) throw usageError('--resume continues a file; give --out')
    return standardOutputSink(format === 'ndjson' ? 'ndjson' : 'csv', names)
  }
  if (resume !== true) await refuseExisting(out)
  if (format === 'parquet') {
    const { parquetSink } = await import('../sweep/parquet-sink.ts')
    return parquetSink(out, columns, fingerprint, resume === true, design.points)
  }
  const { text } = criteria.objective
  const column = names.indexOf(criteria.objective.given ? 'objective' : text)
  const fits = names.indexOf('memory.fits')
  const onKept = (cells: readonly string[]) => {
    const point = Number(cells.at(-1))
    if (cells[fits] === 'true') tracker.add(point, design.at(point), Number(cells[column]))
  }
  return textFileSink(out, format, names, resume === true, (cells) => isOurs(plan, cells), onKept)
}

/** Shares by which a figure may differ from that of a file: other machines round otherwise in the last digits. */
const ROUNDING = 1e-9

/** Whether a row of a file is what this sweep writes for that point; simulated figures are not asked for. */
function isOurs({ base, design, columns, simulated }: Plan, cells: readonly string[]): boolean {
  const { axes } = design
  const point = Number(cells.at(-1))
  if (!Number.isInteger(point) || point < 0 || point >= design.points) return false
  const values = design.at(point)
  if (!values.every((value, a) => cell(value) === cells[a])) return false
  const result = estimateWhole(base, axes, values)
  const failed = cells[columns.length - 2] !== ''
  if (result.kind !== 'done') return result.kind === 'failed' && failed
  if (failed) return simulated
  return resultPaths(false).every((path, i) => {
    const own = resultReader(path)(result.outcome.results)
    const theirs = cells[axes.length + i] ?? ''
    if (typeof own !== 'number') return cell(own) === theirs
    return Math.abs(own - Number(theirs)) <= ROUNDING * Math.abs(own)
  })
}

type Evaluation = Pick<SweepRequest, 'evaluate' | 'resultsOf' | 'results'>

function evaluation(plan: Plan, options: SweepOptions, signal: AbortSignal): Evaluation {
  const { base, design, simulated, criteria } = plan
  const { axes } = design
  const readers = resultPaths(simulated).map(resultReader)
  const common = {
    results: readers.length,
    resultsOf: ({ results }: Outcome) => readers.map((read) => read(results)),
  }
  if (simulated) {
    return { ...common, evaluate: (values) => simulatePoint(estimateWhole(base, axes, values), options, signal) }
  }
  const evaluate = criteria.wantsWhole
    ? (values: readonly unknown[]) => estimateWhole(base, axes, values)
    : pointEstimator(base, axes)
  return { ...common, evaluate }
}

/** Simulates a point that was estimated: its results are both. A run that never ends is a failed point. */
async function simulatePoint(
  result: PointResult,
  { trials, seed, threads }: SweepOptions,
  signal: AbortSignal,
): Promise<PointResult | undefined> {
  if (result.kind !== 'done') return result
  const { outcome } = result
  const chosen = chooseThreads(threads)
  try {
    const run = await simulate(outcome.setting.scenario, {
      signal,
      ...(trials === undefined ? {} : { trials }),
      ...(seed === undefined ? {} : { seed }),
      ...(chosen === undefined ? {} : { threads: chosen }),
    })
    if (run.interrupted) return undefined
    return { kind: 'done', outcome: { ...outcome, results: { ...run, ...outcome.results } } }
  } catch (error) {
    if (!(error instanceof SimulationError) || error.code === 'executor-failed') throw error
    return error.code === 'aborted' ? undefined : { kind: 'failed', error: error.message }
  }
}

function tell(plan: Plan, options: SweepOptions, outcome: SweepOutcome, tracker: Tracker): void {
  const { design, criteria } = plan
  const { out } = options
  if (options.json === true && out !== undefined) {
    const { refused, ...counts } = outcome
    const { best } = tracker
    const values = Object.fromEntries(design.axes.map(({ name }, a) => [name, best?.values[a]]))
    printJson({
      ...{ out, points: design.points, ...counts, refused: Object.fromEntries(refused) },
      best: best === undefined ? null : { ...best, values },
    })
  }
  if (options.quiet !== true || outcome.interrupted) {
    const terminal = { ...standardOutput(options.color), width: 80 }
    note(sweepReport(outcome, design, criteria, tracker, out, terminal).join('\n'))
  }
  const none = outcome.written + outcome.kept === 0 && !outcome.interrupted
  if (none && outcome.left > 0) {
    note(`no point meets --where ${criteria.where}: ${plural(outcome.left, 'point')} could be laid out, none meets it`)
  }
}

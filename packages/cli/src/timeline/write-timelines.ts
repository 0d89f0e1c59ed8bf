import { formatQuantity } from '@walltime/hardware'
import { playTimeline, type RunDistribution, type RunSpec, traceTimeline } from '@walltime/sim'
import { wholeNumber } from '../input/whole-number.ts'
import { outputFile } from '../trace/output-file.ts'
import { replaceFile } from '../trace/replace-file.ts'
import { usageError } from '../user-error.ts'
import { timelineCsv } from './timeline-csv.ts'

type Typical = keyof RunDistribution['typicalTrials']

/** One `--timeline FILE`, and the `--trial` that stands for it. */
export interface TimelineRequest {
  readonly file: string
  readonly trial: Typical | number
}

const TYPICAL: readonly Typical[] = ['p5', 'p50', 'p95']
const MAX_TRIAL = 1e8

/** Pairs the files with the trials in their order; the median trial where none is named. */
export function readTimelines(
  files: readonly string[] = [],
  trials: readonly string[] = [],
  scenarios: readonly string[],
): readonly TimelineRequest[] {
  if (trials.length > files.length) {
    throw usageError(`--trial is given ${trials.length} times, --timeline ${files.length}: name a file for each trial`)
  }
  return files.map((file, i) => {
    outputFile({ option: '--timeline', holds: 'a trial' }, file, scenarios)
    if (!/\.(csv|json)$/i.test(file)) throw usageError(`--timeline ${file}: write .csv, or .json for ui.perfetto.dev`)
    return { file, trial: readTrial(trials[i] ?? 'p50') }
  })
}

function readTrial(text: string): Typical | number {
  const name = TYPICAL.find((one) => one === text.toLowerCase())
  const trial = name ?? wholeNumber(text, 0, MAX_TRIAL)
  if (trial === undefined) {
    throw usageError(`--trial must be p5, p50, p95 or the number of a trial from 0, not ${JSON.stringify(text)}`)
  }
  return trial
}

/** Plays the trials again and writes them; returns what to tell about each. */
export async function writeTimelines(
  requests: readonly TimelineRequest[],
  spec: RunSpec,
  { seed, typicalTrials }: RunDistribution,
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const { file, trial } of requests) {
    const index = typeof trial === 'number' ? trial : typicalTrials[trial]
    const timeline = playTimeline(spec, { seed, trial: index })
    const csv = /\.csv$/i.test(file)
    await replaceFile(file, csv ? timelineCsv(timeline) : `${JSON.stringify(traceTimeline(timeline))}\n`)
    const which = typeof trial === 'number' ? '' : ` (${trial.toUpperCase()})`
    const length = formatQuantity(timeline.wallClockSeconds, 'time')
    const how = csv ? '' : '; open it in ui.perfetto.dev'
    notes.push(`${file}: trial ${index}${which}, ${length} in ${timeline.spans.length} spans${how}`)
  }
  return notes
}

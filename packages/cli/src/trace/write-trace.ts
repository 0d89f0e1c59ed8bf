import { type Scenario, type TraceSummary, traceStep } from '@walltime/core'
import { outputFile } from './output-file.ts'
import { replaceFile } from './replace-file.ts'

/** The trace's file, if one is asked for: it holds one step of one scenario. */
export function oneTrace(file: string | undefined, scenarios: readonly string[]): string | undefined {
  return file === undefined ? undefined : outputFile({ option: '--trace', holds: 'the step' }, file, scenarios)
}

function describe(file: string, { scheduleSeconds, estimateSeconds, drawnMicroBatches, leftOut }: TraceSummary) {
  const seconds = (value: number) => `${value.toPrecision(4)} s`
  return [
    `${file}: a step of ${drawnMicroBatches} micro-batches, ${seconds(scheduleSeconds)}; open it in ui.perfetto.dev`,
    ...(leftOut.length === 0
      ? [`the estimate's ${seconds(estimateSeconds)} also hold stragglers and the host's fixed time`]
      : leftOut.map((what) => `left out: ${what}`)),
  ]
}

/** Writes the schedule of one step for Perfetto; returns what to tell about it. */
export async function writeTrace(file: string, scenario: Scenario): Promise<readonly string[]> {
  const trace = traceStep(scenario)
  await replaceFile(file, `${JSON.stringify(trace)}\n`)
  return describe(file, trace.otherData)
}

import type { Calibration } from '../calibration/calibration.ts'
import { estimate } from '../estimate.ts'
import type { Estimate, StepPart } from '../estimate-result.ts'
import type { Profiles } from '../scenario/profiles.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Row } from './row.ts'
import { recalibrated, rowScenario } from './row-scenario.ts'

/** A row held against the model. Null where the row or the model has nothing to say. */
export interface RowResult {
  readonly id: string
  readonly cell: string
  readonly collection: string
  readonly grid?: string
  /** Seconds. */
  readonly predicted: number | null
  /** Seconds; null where the row ran out of memory. */
  readonly measured: number | null
  /** Of the step time: |predicted/measured − 1|. */
  readonly error: number | null
  readonly fits: boolean | null
  readonly predictedPeakBytes: number | null
  readonly measuredPeakBytes?: number
  /** Of the peak memory: |predicted/measured − 1|. */
  readonly memoryError?: number
  /** The part of the prediction that takes longest, and its share. */
  readonly largest?: { readonly part: StepPart; readonly share: number }
  /** Seconds of the prediction by part. */
  readonly breakdown?: Readonly<Record<StepPart, number>>
  /** False where the chip's kernels are assumed. */
  readonly kernelsMeasured?: boolean
  readonly modelFlops?: number
  readonly notes?: readonly string[]
  /** Why the model cannot express the row. */
  readonly refused?: string
}

const GIB = 2 ** 30

function largestPart({ step }: Estimate): { part: StepPart; share: number } {
  const [part, seconds] = (Object.entries(step.breakdown) as [StepPart, number][]).reduce((a, b) =>
    b[1] > a[1] ? b : a,
  )
  return { part, share: seconds / step.seconds }
}

/** Relative error in size; null where there is nothing to compare. */
function errorOf(predicted: number, measured: number | null): number | null {
  return measured === null ? null : Math.abs(predicted / measured - 1)
}

/**
 * Estimates a row; where it does not say what is computed again, with the least that fits.
 *
 * @param calibration other free constants than the model's own
 */
export function evaluateRow(row: Row, profiles?: Profiles, calibration?: Calibration): RowResult {
  const { id, cell, collection, grid } = row
  const measured = row.measured.stepSeconds ?? null
  const base = { id, cell, collection, ...(grid == null ? {} : { grid }), measured }
  const missing = { predicted: null, error: null, fits: null, predictedPeakBytes: null }
  const read = rowScenario(row, profiles)
  if (!read.ok) return { ...base, ...missing, refused: read.reason }
  const estimated = (scenario: Scenario) =>
    estimate(calibration === undefined ? scenario : recalibrated(row, scenario, calibration))
  let result = estimated(read.scenarios[0])
  for (const scenario of read.scenarios.slice(1)) {
    if (result.memory.fits) break
    result = estimated(scenario)
  }
  const { step, memory } = result
  if (!Number.isFinite(step.seconds)) return { ...base, ...missing, refused: 'the model gives no finite step time' }
  const peak = row.measured.peakMemoryGiB
  return {
    ...base,
    predicted: step.seconds,
    error: errorOf(step.seconds, measured),
    fits: memory.fits,
    predictedPeakBytes: memory.peakBytes,
    ...(peak == null
      ? {}
      : { measuredPeakBytes: peak * GIB, memoryError: Math.abs(memory.peakBytes / (peak * GIB) - 1) }),
    largest: largestPart(result),
    breakdown: step.breakdown,
    kernelsMeasured: result.warnings.every(({ code }) => code !== 'kernels.unmeasured'),
    modelFlops: step.modelFlops,
    ...(read.notes.length === 0 ? {} : { notes: read.notes }),
  }
}

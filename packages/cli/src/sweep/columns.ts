import { DISTRIBUTION_PATHS, type ExpressionType, POINT_PATHS } from '@walltime/core/expression'
import type { Axis } from './vary.ts'

/** A column of a sweep's rows. */
export interface Column {
  readonly name: string
  readonly type: ExpressionType
  /** Of its numbers, where they have one. */
  readonly unit?: string
}

/** Results of a point that are written, in their order. */
const ESTIMATED = [
  ...['step.seconds', 'step.mfu', 'step.hfu', 'step.modelTflopsPerChip', 'step.tokensPerSecond'],
  ...['memory.peakBytes', 'memory.capacityBytes', 'memory.fits', 'layout.dp', 'layout.microBatches'],
  ...['run.steps', 'run.seconds', 'run.chipHours', 'run.rentalUsd', 'run.energyJoules'],
]

const SIMULATED = ['wallClockSeconds', 'costUsd', 'energyJoules', 'goodput', 'interruptions'].flatMap((outcome) =>
  ['mean', 'sd', 'standardError', 'p5', 'p10', 'p25', 'p50', 'p75', 'p90', 'p95', 'p99'].map(
    (name) => `${outcome}.${name}`,
  ),
)

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/seconds/i, 's'],
  [/bytes/i, 'B'],
  [/usd/i, 'USD'],
  [/joules/i, 'J'],
  [/chipHours/, 'chip-hours'],
  [/tokensPerSecond/, 'tokens/s'],
  [/tflops/i, 'TFLOP/s'],
]

function unitOf(name: string): { readonly unit?: string } {
  const unit = UNITS.findLast(([pattern]) => pattern.test(name))?.[1]
  return unit === undefined ? {} : { unit }
}

/** Paths of the results that a row holds. */
export function resultPaths(simulated: boolean): readonly string[] {
  return simulated ? [...ESTIMATED, ...SIMULATED, 'checkpoint.intervalSeconds'] : ESTIMATED
}

/** What stands in a row behind the results: why it has none, and which point it is. */
export const LAST_COLUMNS: readonly Column[] = [
  { name: 'error', type: 'text' },
  { name: 'point', type: 'number' },
]

/** The columns of a sweep: the varied paths, the results, the objective where one is given, error and point. */
export function columnsOf(axes: readonly Axis[], simulated: boolean, objective: boolean): readonly Column[] {
  return [
    ...axes.map(({ name, type }): Column => ({ name, type })),
    ...resultPaths(simulated).map((name): Column => {
      const type = POINT_PATHS.get(name) ?? DISTRIBUTION_PATHS.get(name) ?? 'number'
      return { name, type, ...unitOf(name) }
    }),
    ...(objective ? [{ name: 'objective', type: 'number' } as const] : []),
    ...LAST_COLUMNS,
  ]
}

/** Validation: measured rows in, scores out. Imported as `@walltime/core/validate`. */

export { CALIBRATION, type Calibration } from '../calibration/calibration.ts'
export { REGIONS, type Region } from '../calibration/regions.ts'
export { evaluateRow, type RowResult } from './evaluate-row.ts'
export type { GridMeans, GridScore } from './grids.ts'
export type { GroupScore } from './groups.ts'
export { type LeftOut, type LeftOutSeconds, repredicted, scoreLeftOut } from './left-out.ts'
export { type Row, readRows } from './row.ts'
export { regionOfRow } from './row-region.ts'
export { type RowScenario, rowScenario } from './row-scenario.ts'
export { type RowSeconds, rowSeconds } from './row-seconds.ts'
export { exclusionOf, publishedChipHours } from './runs/exclusion.ts'
export { PRODUCTION_GAP } from './runs/fitted-gap.ts'
export { type GapConstants, gapLaw, OPTIMAL_TOKENS_PER_PARAMETER, overtraining } from './runs/gap.ts'
export { runScenarios } from './runs/run-scenarios.ts'
export { isInside, RUN_BAR, type RunScore, runError, scoreRuns, shortfalls } from './runs/score-runs.ts'
export { UNKNOWN_INPUTS, unknownInputs } from './runs/unknown-inputs.ts'
export { readWholeRuns, type WholeRun } from './runs/whole-run.ts'
export type { Score } from './score.ts'
export { SOFTWARE_TABLE } from './software-table.ts'
export { quantile } from './statistics.ts'
export {
  type ChipSwap,
  SWAP_BAR,
  type Swap,
  type SwapScore,
  type SwapTable,
  type SwapValidation,
  scoreSwaps,
  swapShortfalls,
} from './swaps/score-swaps.ts'
export { MOST_REFUSED, scoreResults, type Validation, validateRows } from './validate.ts'

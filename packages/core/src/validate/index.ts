/** Validation: measured rows in, scores out. Imported as `@walltime/core/validate`. */

export { CALIBRATION, type Calibration } from '../calibration/calibration.ts'
export { REGIONS, type Region } from '../calibration/regions.ts'
export { evaluateRow, type RowResult } from './evaluate-row.ts'
export type { GridMeans, GridScore } from './grids.ts'
export type { GroupScore } from './groups.ts'
export { type LeftOut, type LeftOutSeconds, repredicted, scoreLeftOut } from './left-out.ts'
export { type Row, readRows } from './row.ts'
export { regionOfRow } from './row-region.ts'
export { type RowSeconds, rowSeconds } from './row-seconds.ts'
export type { Score } from './score.ts'
export { SOFTWARE_TABLE } from './software-table.ts'
export { MOST_REFUSED, scoreResults, type Validation, validateRows } from './validate.ts'

/** Validation: measured rows in, scores out. */

export type { Baseline } from './baseline.ts'
export { evaluateRow, type RowResult } from './evaluate-row.ts'
export type { GridMeans, GridScore } from './grids.ts'
export type { GroupName, GroupScore } from './groups.ts'
export { MAX_ROWS, type Row, type RowsResult, readRows } from './row.ts'
export { type RowScenario, rowScenario } from './row-scenario.ts'
export type { Score } from './score.ts'
export { frameworkFamily, rowSoftware, SOFTWARE_TABLE, type StackInput, tableStack } from './software-table.ts'
export { type MemoryScore, MOST_REFUSED, scoreResults, type Validation, validateRows } from './validate.ts'

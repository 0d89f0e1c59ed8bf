/** Validation: measured rows in, scores out. */

export { evaluateRow, type RowResult } from './evaluate-row.ts'
export { type Row, readRows } from './row.ts'
export { MOST_REFUSED, scoreResults, validateRows } from './validate.ts'

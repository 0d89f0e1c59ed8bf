/** Whole published runs predicted from what is published. Imported as `@walltime/sim/whole-runs`. */

export { type BenchmarkRun, benchmarkRun, type Interval, productionChipHours, type RunOptions } from './chip-hours.ts'
export { type ExcludedRun, isPredicted, judgeRun, type PredictedRun, predictRun } from './predict-runs.ts'

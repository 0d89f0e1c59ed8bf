export type { BatchResult, TrialBatch } from './batch.ts'
export { BADPUT_CAUSES, type BadputCause, type ColumnName, type Outcome } from './columns.ts'
export { dalyFirstOrderInterval, dalyInterval, optimalInterval, youngInterval } from './daly.ts'
export { type Distribution, type Histogram, histogram, type QuantileName } from './distribution.ts'
export type { Executor } from './executor.ts'
export { inlineExecutor } from './inline-executor.ts'
export { type JobState, type PaceTable, progressPerSecond } from './pace.ts'
export { planRun } from './plan-run.ts'
export type { Progress } from './run-batches.ts'
export { expectedSegment, expectedWallClock, type Run, type Segment, segmentVariance } from './segment.ts'
export { type SimulateScenarioOptions, simulate } from './simulate.ts'
export { type RunDistribution, type SimulateOptions, simulateRun } from './simulate-run.ts'
export { SimulationError, type SimulationErrorCode } from './simulation-error.ts'
export type {
  CheckpointSpec,
  CostSpec,
  FailureClassSpec,
  MeanTimeBetweenFailures,
  PowerSpec,
  RepairSpec,
  RunSpec,
} from './spec.ts'
export { switchCount } from './switch-count.ts'
export type { VarianceShares, VarianceSource } from './variance-shares.ts'

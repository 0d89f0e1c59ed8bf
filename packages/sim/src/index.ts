export type { BatchResult, TrialBatch } from './batch.ts'
export { domainLoss } from './closed-forms/domain-loss.ts'
export { elasticThroughput } from './closed-forms/elastic.ts'
export { linearEttr, renewalEttr } from './closed-forms/ettr.ts'
export { jobMtbf } from './closed-forms/job-mtbf.ts'
export { atLeastFailures, remoteFallbackRate } from './closed-forms/multiple-failures.ts'
export { replicationFailures, replicationMtti } from './closed-forms/replication.ts'
export { bestRedundancy, maskedFailures, stackedShards } from './closed-forms/spare-stacking.ts'
export { binomialQuantile, erlangBStall, poissonQuantile } from './closed-forms/spares.ts'
export { type CheckpointLevel, type TwoLevelPattern, twoLevelPattern } from './closed-forms/two-level.ts'
export { firstOrderWaste, firstOrderWasteInterval } from './closed-forms/waste.ts'
export { wastedTime } from './closed-forms/wasted-time.ts'
export {
  earlyWeibullFailures,
  firstWeibullFailure,
  type WeibullLife,
  weibullSegment,
} from './closed-forms/weibull.ts'
export { BADPUT_CAUSES, type BadputCause, type ColumnName, type Outcome } from './columns.ts'
export { dalyFirstOrderInterval, dalyInterval, optimalInterval, youngInterval } from './daly.ts'
export { type Distribution, type Histogram, histogram, type QuantileName } from './distribution.ts'
export type { Executor } from './executor.ts'
export { inlineExecutor } from './inline-executor.ts'
export { ML_GOODPUT_TYPE, ML_GOODPUT_TYPES, type MlGoodputType, mlGoodput } from './ml-goodput.ts'
export { type JobState, type PaceTable, progressPerSecond } from './pace.ts'
export { planRun } from './plan-run.ts'
export { recoverability } from './recoverability.ts'
export type { Progress } from './run-batches.ts'
export { scenarioPath } from './scenario-path.ts'
export { expectedSegment, expectedWallClock, type Run, type Segment, segmentVariance } from './segment.ts'
export { mergeShards, type Shard, type ShardOptions, simulateShard } from './shards.ts'
export { type SimulateScenarioOptions, simulate } from './simulate.ts'
export { type RunDistribution, type SimulateOptions, simulateRun } from './simulate-run.ts'
export { SimulationError, type SimulationErrorCode } from './simulation-error.ts'
export {
  findSize,
  type SizeDirection,
  type SizePoint,
  type SizeRefusal,
  type SizeResult,
  type SizeScale,
} from './size.ts'
export { type JudgedReading, type Judgement, judge, MAX_READINGS } from './size-judge.ts'
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
export type { LostCause, SpanSeconds, Timeline, TimelineEvent, TimelineSpan } from './timeline.ts'
export { type SlidingEttr, slidingEttr } from './timeline-ettr.ts'
export { type PlayOptions, playTimeline } from './timeline-play.ts'
export { type TimelineTrace, traceTimeline } from './timeline-trace.ts'
export { type TuneBy, type TuneOptions, type TunePoint, type TuneRange, type TuneResult, tune } from './tune.ts'
export { type IntervalForms, intervalForms, plannedIntervals, type SpareForms, spareForms } from './tune-forms.ts'
export type { VarianceShares, VarianceSource } from './variance-shares.ts'

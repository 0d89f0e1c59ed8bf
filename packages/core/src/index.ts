/** The analytic model of distributed training: from a scenario to step time, memory, traffic, run and cost. */

export { estimate } from './estimate.ts'
export * from './estimate-result.ts'
export { simulateTraffic, type Traffic } from './interconnect/simulate.ts'
export { brokenCode } from './layout/check.ts'
export { type Group, type GroupName, placeGroups } from './layout/placement.ts'
export { compileLayouts, type LayoutEvaluator } from './layout-evaluator.ts'
export type { Architecture, LatentAttention, MixtureOfExperts, SlidingWindow } from './model/architecture.ts'
export { type AttentionCount, forwardFlopsPerToken, modelFlopsPerStep, totalFlops } from './model/flops.ts'
export { countParameters, type ParameterCount } from './model/parameters.ts'
export type { NearStep } from './nearest/nearest.ts'
export { readChoices } from './plan/choices.ts'
export { describeLayout, layoutInput } from './plan/layout-input.ts'
export {
  describePlan,
  type FrontPoint,
  type Loss,
  newPlan,
  type PlanCandidate,
  type PlanResult,
  planBinding,
  planFront,
} from './plan/plan.ts'
export { followsTime, isLayoutPath, type LayoutReader, layoutReaders, PLAN_RESULTS } from './plan/readings.ts'
export type {
  Found,
  LayoutSearch,
  PlanCondition,
  SearchCounts,
  SearchOptions,
  SearchProgress,
  SearchResult,
} from './plan/search.ts'
export type { PlanChoices } from './plan/space.ts'
export {
  compilePoints,
  type EvaluatedPoint,
  type PointChanges,
  type PointEstimate,
  PointEvaluator,
  type PointSetting,
  pointField,
  readPointValue,
} from './point-evaluator.ts'
export { elasticPace, keepsCopies, mostMissing, type ReplicaUnit, replicaUnit } from './run/elastic.ts'
export { secondsOf } from './run/evaluations.ts'
export {
  BUSY_POWER_SHARE,
  facilityPower,
  IDLE_POWER_SHARE,
  paidChips,
  paidSpareChips,
  SECONDS_PER_HOUR,
} from './run/run.ts'
export { formatPath, MAX_TEXT_BYTES, type ParsedText, type Path, type Position, readText } from './scenario/document.ts'
export { type FailureSet, nodeRate } from './scenario/failure-presets.ts'
export { scenarioJsonSchema } from './scenario/input-schema.ts'
export { OPTIMIZERS } from './scenario/optimizers.ts'
export { builtinProfiles, extendProfiles, type Profiles } from './scenario/profiles.ts'
export {
  describeIssue,
  namedFiles,
  parseScenario,
  type ReadOptions,
  type ReadResult,
  readScenario,
  readScenarioData,
  ScenarioError,
  type ScenarioIssue,
} from './scenario/read.ts'
export { restartSeconds } from './scenario/restart-seconds.ts'
export * from './scenario/scenario.ts'
export { parsePath, type Setting, setPath } from './scenario/set-path.ts'
export {
  type CompleteEvent,
  type InstantEvent,
  instant as traceInstant,
  nameProcess,
  nameThread,
  span as traceSpan,
  type TraceEvent,
} from './trace/trace-event.ts'
export { type StepTrace, type TraceOptions, type TraceSummary, traceStep } from './trace/trace-step.ts'

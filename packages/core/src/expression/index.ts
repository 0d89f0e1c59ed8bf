/** Expressions of users (`--where`, `--objective`, `--until`): an entry of its own, because a parser comes with it. */

export {
  compileCondition,
  compileNumber,
  type Expression,
  type ExpressionIssue,
  type ExpressionOptions,
  type ExpressionType,
  type ExpressionValue,
  MAX_EXPRESSION,
  type PathReader,
  type RefusedExpression,
} from './expression.ts'
export {
  DISTRIBUTION_PATHS,
  ESTIMATE_PATHS,
  moreIsBetter,
  POINT_PATHS,
  resultReader,
  SCENARIO_READINGS,
  type ScenarioReading,
  settingOf,
} from './readings.ts'

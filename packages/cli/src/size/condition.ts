import type { Estimate, Scenario } from '@walltime/core'
import {
  compileCondition,
  DISTRIBUTION_PATHS,
  ESTIMATE_PATHS,
  type ExpressionType,
  type ExpressionValue,
  resultReader,
  SCENARIO_READINGS,
  settingOf,
} from '@walltime/core/expression'
import { type JudgedReading, type Judgement, judge, MAX_READINGS, type RunDistribution } from '@walltime/sim/node'
import { UserError } from '../user-error.ts'

/** What a value of the searched number came to. */
export interface Computed {
  readonly scenario: Scenario
  readonly estimate: Estimate
  /** Absent where the condition reads the estimate alone. */
  readonly run?: RunDistribution
}

export interface PathReading extends JudgedReading {
  readonly path: string
}

/** `--until`, compiled. */
export interface Condition {
  readonly text: string
  /** It reads a simulated distribution. */
  readonly simulated: boolean
  readonly judge: (computed: Computed) => Judgement & { readonly readings: readonly PathReading[] }
}

const KNOWN: ReadonlyMap<string, ExpressionType> = new Map([
  ...[...SCENARIO_READINGS].map(([path, { type }]) => [path, type] as const),
  ...ESTIMATE_PATHS,
  ...DISTRIBUTION_PATHS,
])

export function readCondition(text: string): Condition {
  const refuse = (code: string, message: string) =>
    new UserError([{ code, message, option: `--until ${JSON.stringify(text)}` }])
  const compiled = compileCondition(text, { known: KNOWN })
  if (!compiled.ok) {
    const [issue] = compiled.issues
    throw refuse(issue?.code ?? 'expression', `${issue?.message} (column ${issue?.column})`)
  }
  const numbers = compiled.paths.filter((path) => KNOWN.get(path) === 'number')
  if (numbers.length === 0) {
    throw refuse('expression.type', 'it reads no number of the run; write it like "wallClockSeconds.p90 <= 90 days"')
  }
  if (numbers.length > MAX_READINGS) {
    throw refuse('expression.type', `it reads ${numbers.length} numbers; at most ${MAX_READINGS} can be judged`)
  }
  return {
    text,
    simulated: compiled.paths.some((path) => DISTRIBUTION_PATHS.has(path)),
    judge: (computed) => {
      const all = new Map<string, ExpressionValue>(compiled.paths.map((path) => [path, readAtPath(path, computed)]))
      const readings = numbers.map((path) => ({
        path,
        value: Number(all.get(path)),
        error: computed.run === undefined ? 0 : errorOf(path, computed.run),
      }))
      const judgement = judge(readings, (values) =>
        compiled.evaluate((path) => {
          const at = numbers.indexOf(path)
          return (at < 0 ? all.get(path) : values[at]) ?? Number.NaN
        }),
      )
      return { ...judgement, readings }
    },
  }
}

function readAtPath(path: string, { scenario, estimate, run }: Computed): ExpressionValue {
  const reading = SCENARIO_READINGS.get(path)
  if (reading !== undefined) return reading.of(settingOf(scenario))
  return resultReader(path)(DISTRIBUTION_PATHS.has(path) && run !== undefined ? run : estimate)
}

/** Standard error of a number of a distribution by the chance of its trials; 0 of what trials do not draw. */
function errorOf(path: string, run: RunDistribution): number {
  if (!DISTRIBUTION_PATHS.has(path)) return 0
  const [outcome = '', statistic] = path.split('.')
  const read = (inside: string) => Number(resultReader(inside)(run))
  if (statistic === undefined) return read(`standardErrors.${path}`)
  if (statistic === 'mean') return read(`${outcome}.standardError`)
  // Of a normal law: sd / √(2(n − 1)).
  if (statistic === 'sd') return read(path) / Math.sqrt(2 * (run.trials - 1))
  return read(`${outcome}.standardErrors.${statistic}`) || 0
}

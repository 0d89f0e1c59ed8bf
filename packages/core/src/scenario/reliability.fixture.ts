import { parseScenario, type ReadOptions, readScenario } from './read.ts'
import type { Scenario } from './scenario.ts'

const base = (reliability: string, rest: string) => `model: llama-3-8b
cluster: { system: dgx-h100, chips: 64 }
training: { tokens: 1T, sequenceLength: 8192, globalBatch: 128 }
parallelism: { tp: 2 }
cost: { price: 2 USD/chip-hour }
${rest}reliability:
${reliability
  .trim()
  .split('\n')
  .map((line) => `  ${line}`)
  .join('\n')}
`

/** A small scenario with a `reliability` section, and other lines before it. */
export function withReliability(reliability: string, rest = '', options: ReadOptions = {}): Scenario {
  return parseScenario(base(reliability, rest), options)
}

/** What is wrong with such a scenario: `line:column code message`, the section beginning on line 7. */
export function problemsOf(reliability: string, rest = '', options: ReadOptions = {}): readonly string[] {
  const result = readScenario(base(reliability, rest), options)
  if (result.ok) return []
  return result.issues.map(
    ({ position, code, message, path }) =>
      `${position?.line}:${position?.column} ${code} ${path.join('.')}: ${message}`,
  )
}

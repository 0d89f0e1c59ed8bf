import { parseScenario } from '@walltime/core'
import { expect, test } from 'vitest'
import { scenarioPath } from './scenario-path.ts'

const read = (checkpoint: string) =>
  parseScenario(`model: llama-3-8b
cluster: {system: dgx-h100, chips: 64}
training: {tokens: 1T, sequenceLength: 8192, globalBatch: 128}
parallelism: {tp: 2}
cost: {price: 2 USD/chip-hour}
reliability: {failures: [{id: a, per: job, mtbf: 1 d}, {id: b, per: job, mtbf: 1 d}], checkpoint: ${checkpoint}}
`)

const flat = read('{interval: auto}')
const tiers = read('{tiers: [{kind: memory}, {kind: file-system}]}')
const phased = parseScenario(`model: llama-3-8b
cluster: {system: dgx-h100, chips: 64}
training: {tokens: 1T, sequenceLength: 8192, globalBatch: 128}
parallelism: {tp: 2}
phases: [{share: 1}]
cost: {price: 2 USD/chip-hour}
`)

test.each([
  ['failures.1.nodesLost', flat, 'reliability.failures.b.radius'],
  ['failures.0.repair.manualSeconds', flat, 'reliability.failures.a.repair.manual'],
  ['failures', flat, 'reliability.failures'],
  ['intervalSeconds', flat, 'reliability.checkpoint.interval'],
  ['checkpoint.durableAfterSeconds', flat, 'reliability.checkpoint.durableAfter'],
  ['checkpoint.durableAfterSeconds', tiers, 'reliability.checkpoint.tiers[0].durableAfter'],
  ['checkpoint.tiers.0.intervalSeconds', tiers, 'reliability.checkpoint.tiers[1].interval'],
  ['phases.0.evaluation.everySeconds', flat, 'evaluation.every'],
  ['phases.0.evaluation.everySeconds', phased, 'phases[0].evaluation.every'],
  ['spares.pools.1.swapSeconds', flat, 'reliability.spares.pools[1].swap'],
  ['cluster.jobs.0.durationSeconds', flat, 'reliability.cluster.jobs[0].duration'],
  ['restartSeconds', flat, 'reliability.restart'],
  ['repairCrews', flat, 'reliability.repair.crews'],
  ['trials', flat, 'trials'],
])('%s comes from its place in the file', (path, scenario, expected) => {
  expect(scenarioPath(path, scenario)).toBe(expected)
})

import { expect, test } from 'vitest'
import { estimate } from '../estimate.ts'
import { fastestLayouts } from '../plan/auto.ts'
import { parseScenario } from './read.ts'
import { mainPhase, phaseScenario } from './scenario.ts'

const TEXT = `model: llama-3-8b
cluster: {system: dgx-h100, chips: 8}
training: {tokens: 1e12, sequenceLength: 8192, globalBatch: 16}
parallelism: auto
cost: {price: 2 USD/chip-hour}
`

test('auto is the first of a plan, and says so', () => {
  const scenario = parseScenario(TEXT)
  const { found, size } = fastestLayouts(scenario)
  expect(mainPhase(scenario).parallelism).toEqual(found[0]?.layout)
  expect(estimate(scenario).step.seconds).toBe(found[0]?.seconds)
  const [assumption] = scenario.assumptions.filter(({ path }) => path === 'parallelism')
  expect(assumption?.source).toContain(`the fastest of ${size.toLocaleString('en-US')} layouts`)
  expect(scenario.assumptions.some(({ path }) => path === 'parallelism.microBatch')).toBe(false)
})

test('the answer is kept: another run length, price or name searches nothing', () => {
  const known = fastestLayouts(parseScenario(TEXT))
  const other = parseScenario(TEXT.replace('1e12', '2e12').replace('2 USD', '3 USD'))
  expect(fastestLayouts(other)).toBe(known)
  expect(fastestLayouts(parseScenario(TEXT.replace('16}', '32}')))).not.toBe(known)
})

test('every phase gets a layout of its own, around what it pins', () => {
  const scenario = parseScenario(
    `${TEXT}phases: [{share: 0.5, parallelism: {tp: 4}}, {share: 0.5, training: {sequenceLength: 65536, globalBatch: 2}}]\n`,
  )
  const [short, long] = scenario.phases
  expect(short?.parallelism.tp).toBe(4)
  expect(long?.parallelism).not.toEqual(short?.parallelism)
  for (const phase of scenario.phases) expect(estimate(phaseScenario(scenario, phase)).memory.fits).toBe(true)
})

test('the layout of the medians is that of the quantiles', () => {
  const scenario = parseScenario(`${TEXT}software: {launch: {p5: 1 us, p50: 10 us, p95: 500 us}}\n`)
  for (const { low, high } of scenario.uncertainInputs) {
    expect(mainPhase(low).parallelism).toEqual(mainPhase(scenario).parallelism)
    expect(mainPhase(high).parallelism).toEqual(mainPhase(scenario).parallelism)
  }
})

test('where nothing fits, the layout that comes nearest does not fit, with a warning', () => {
  const scenario = parseScenario(TEXT.replace('llama-3-8b', 'llama-3.1-405b'))
  const { memory, warnings } = estimate(scenario)
  expect(memory.fits).toBe(false)
  expect(warnings.map(({ code }) => code)).toContain('plan.memory')
})

test('what is no choice of a plan cannot be pinned beside auto', () => {
  const pinned = `${TEXT}phases: [{parallelism: {shardGroup: 2}}]\n`
  expect(() => parseScenario(pinned)).toThrow(/shardGroup: cannot be given where the rest of the layout is auto/)
})

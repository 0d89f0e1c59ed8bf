import { readFileSync } from 'node:fs'
import { estimate, parsePath, readScenario } from '@walltime/core'
import { simulate } from '@walltime/sim'
import { expect, it } from 'vitest'

const text = readFileSync(new URL('../scenarios/llama-3.1-405b-16k-h100.yaml', import.meta.url), 'utf8')
const DAY = 86400

function mainScenario(settings: Readonly<Record<string, unknown>>) {
  const list = Object.entries(settings).map(([key, value]) => ({ path: parsePath(key) ?? [], value, text: key }))
  const result = readScenario(text, { settings: list })
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  return result.scenario
}

// Llama 3, arXiv:2407.21783, section 3.3.4: 419 unexpected interruptions in a 54-day snapshot on 16,384 H100.
it("has Llama 3's 419 interruptions in 54 days when the rate is held at its median", async () => {
  const held = { 'reliability.fleet': 1, 'reliability.restart': 600, 'override.stepSeconds': 6.48 }
  const goodput = (await simulate(mainScenario(held), { trials: 500, seed: 'goodput' })).goodput.mean
  const steps = (54 * DAY * goodput) / 6.48
  const scenario = mainScenario({ ...held, 'training.tokens': steps * 2048 * 8192 })
  const { interruptions, wallClockSeconds, columns } = await simulate(scenario, {
    trials: 10_000,
    seed: 'interruptions',
    keepTrials: true,
  })
  expect(wallClockSeconds.mean / DAY).toBeCloseTo(54, 0)
  expect(Math.abs(interruptions.mean / 419 - 1)).toBeLessThan(0.02)
  const per54Days = columns?.interruptions.map((count, i) =>
    Math.round((count * 54 * DAY) / (columns.wallClockSeconds[i] ?? 0)),
  )
  const inside = per54Days?.filter((count) => count >= 379 && count <= 459).length ?? 0
  expect(inside / 10_000).toBeGreaterThanOrEqual(0.95)
})

it('keeps more than nine tenths of the time productive at the median', async () => {
  const scenario = mainScenario({})
  const { goodput } = await simulate(scenario, { trials: 2000, seed: 'main', estimate: estimate(scenario) })
  expect(goodput.p50).toBeGreaterThan(0.9)
})

// Rumoured: 90 to 100 days on some 25,000 A100 at 32 to 36 % (SemiAnalysis, July 2023, second-hand).
it('takes 85 to 105 days for GPT-4 as rumoured, and dollars follow at 1.10 USD a chip-hour', async () => {
  const gpt4 = readFileSync(new URL('../scenarios/gpt-4-rumoured-given-mfu.yaml', import.meta.url), 'utf8')
  const result = readScenario(gpt4)
  if (!result.ok) throw new Error(JSON.stringify(result.issues))
  const { wallClockSeconds, costUsd } = await simulate(result.scenario, { trials: 2000, seed: 'gpt-4' })
  const days = wallClockSeconds.p50 / DAY
  expect(days).toBeGreaterThan(85)
  expect(days).toBeLessThan(105)
  expect(costUsd.p50).toBeCloseTo(days * 24 * (24_960 + 40) * 1.1, -2)
})

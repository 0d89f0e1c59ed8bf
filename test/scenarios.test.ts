/** Every scenario that ships reads, estimates, fits and says where its numbers come from. */

import { readdirSync, readFileSync } from 'node:fs'
import { estimate, parseScenario } from '@walltime/core'
import { describe, expect, it } from 'vitest'

const folder = new URL('../scenarios/', import.meta.url)
const scenarios = readdirSync(folder)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => ({ file, text: readFileSync(new URL(file, folder), 'utf8') }))

const DAY = 86_400

function shipped(name: string) {
  const found = scenarios.find(({ file }) => file === `${name}.yaml`)
  if (found === undefined) throw new Error(`no scenario ${name}`)
  return estimate(parseScenario(found.text))
}

describe('the shipped scenarios', () => {
  it('are nine or more', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(9)
  })

  it.each(scenarios)('$file reads, fits and gives finite, positive numbers that add up', ({ text }) => {
    const { step, memory, run } = estimate(parseScenario(text))
    expect(memory.fits).toBe(true)
    expect(memory.remedies).toEqual([])
    const parts = Object.values(step.breakdown)
    expect(parts.every((seconds) => seconds >= 0)).toBe(true)
    expect(Math.abs(parts.reduce((a, b) => a + b, 0) / step.seconds - 1)).toBeLessThan(1e-9)
    for (const value of [step.seconds, step.mfu, run.seconds, run.rentalUsd, run.energyJoules, run.chipHours]) {
      expect(value).toBeGreaterThan(0)
      expect(Number.isFinite(value)).toBe(true)
    }
    expect(step.mfu).toBeGreaterThan(0.1)
    expect(step.mfu).toBeLessThan(0.65)
    expect(step.interval90[0]).toBeLessThanOrEqual(step.seconds)
    expect(step.interval90[1]).toBeGreaterThanOrEqual(step.seconds)
  })

  it.each(scenarios)('$file begins with a comment that names its sources or says what is assumed', ({ text }) => {
    const comment = text
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .join('\n')
    expect(comment.length).toBeGreaterThan(100)
    expect(comment).toMatch(/arXiv|NVIDIA|SemiAnalysis|AWS|[Ss]ource|assumed/)
  })

  it.each(scenarios)(
    '$file names what it invents: assumed models and rumours carry caveats into the warnings',
    ({ text }) => {
      const invented = /rumour|model, batch/i.test(text)
      const { warnings } = estimate(parseScenario(text))
      expect(warnings.some(({ code }) => code === 'scenario.caveat')).toBe(invented || /^caveats:/m.test(text))
    },
  )
})

describe('published runs', () => {
  // GPT-4 as rumoured: 90 to 100 days on 24,960 A100 at 32 to 36 % (SemiAnalysis, July 2023, second-hand).
  it('GPT-4 at the rumoured utilisation takes 85 to 105 days, and is labelled a rumour', () => {
    const { step, run, warnings } = shipped('gpt-4-rumoured-given-mfu')
    expect(step.overridden).toBe(true)
    expect(step.mfu).toBeCloseTo(0.34, 10)
    expect((step.seconds * run.steps) / DAY).toBeGreaterThan(85)
    expect((step.seconds * run.steps) / DAY).toBeLessThan(105)
    expect(warnings.map(({ message }) => message).join()).toMatch(/rumour/)
  })

  // Rumoured: 1.8T parameters, 16 experts of 111B and 55B shared, 280B active.
  it('GPT-4 has the rumoured 1.8T parameters, some 280B of them active', () => {
    const { model } = shipped('gpt-4-rumoured-own-estimate')
    expect(model.parameters / 1e12).toBeCloseTo(1.8, 1)
    expect(Math.abs(model.activeParameters / 280e9 - 1)).toBeLessThan(0.05)
  })

  // arXiv:2412.19437, table 1: 2.664M H800-hours of pre-training, lost time included.
  it('DeepSeek-V3 takes its 2.664M chip-hours within 15 %', () => {
    const { run } = shipped('deepseek-v3-2k-h800')
    expect(Math.abs(run.chipHours / 2.664e6 - 1)).toBeLessThan(0.15)
  })

  // arXiv:2407.21783: 30.84M GPU-hours of the model card; 400 TFLOP/s a chip at 8K.
  it('Llama 3.1 405B takes its 30.84M chip-hours within a quarter (goodput above 90 %, other phases included in theirs)', () => {
    const { run } = shipped('llama-3.1-405b-16k-h100')
    expect(Math.abs(run.chipHours / 30.84e6 - 1)).toBeLessThan(0.25)
  })
})

describe('the three of Llama 3 70B', () => {
  it('differ in the chip alone', () => {
    const [h100, h200, b200] = ['h100', 'h200', 'b200'].map((chip) => shipped(`llama-3-70b-1k-${chip}`))
    expect(h100?.layout).toEqual(h200?.layout)
    expect(h100?.layout).toEqual(b200?.layout)
    expect(h100?.step.modelFlops).toBe(b200?.step.modelFlops)
    expect(b200?.step.seconds ?? 0).toBeLessThan(h100?.step.seconds ?? 0)
    expect(h200?.step.seconds ?? 0).toBeLessThanOrEqual(h100?.step.seconds ?? 0)
  })
})

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { builtinProfiles, estimate, extendProfiles, type Profiles, readScenario, readText } from '@walltime/core'
import { expect, test } from 'vitest'

const KIT = fileURLToPath(new URL('../../kit/calibrate/', import.meta.url))
const python = (args: readonly string[], input = '') =>
  spawnSync('python3', args, {
    cwd: KIT,
    input,
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
const withNumpy = test.skipIf(python(['-c', 'import numpy']).status !== 0)

function sampleProfiles(): Profiles {
  const read = readText(readFileSync(`${KIT}sample.yaml`, 'utf8'))
  if (!read.ok) throw new Error(read.issue.message)
  const profiles = extendProfiles(builtinProfiles, read.parsed.data, [])
  if (!('chips' in profiles)) throw new Error(JSON.stringify(profiles))
  return profiles
}

const scenario = (cluster: string, software: string) => `model: llama-3-8b
cluster: {system: ${cluster}, chips: 64}
training: {tokens: 1T, sequenceLength: 8192, globalBatch: 128}
parallelism: {tp: 2}
software: ${software}
`

test('the sample loads as it stands, is named as a measurement and changes the estimate', () => {
  const profiles = sampleProfiles()
  const answer = (cluster: string, software: string) => {
    const read = readScenario(scenario(cluster, software), { profiles })
    if (!read.ok) throw new Error(JSON.stringify(read.issues))
    return estimate(read.scenario)
  }
  const shipped = answer('dgx-h100', 'megatron-core')
  const own = answer('measured', 'measured')
  expect(own.assumptions.find(({ path }) => path === 'kernels')?.source).toMatch(/^measured by the user .*bf16, fp8/)
  expect(own.warnings).toEqual(shipped.warnings)
  for (const part of ['compute', 'tensor'] as const) {
    const ratio = own.step.breakdown[part] / shipped.step.breakdown[part]
    expect(ratio).not.toBe(1)
    expect(Math.abs(Math.log(ratio))).toBeLessThan(0.5)
  }
})

withNumpy('the kit passes its own tests', () => {
  const { status, stderr } = python(['test_kit.py'])
  expect(status, stderr).toBe(0)
})

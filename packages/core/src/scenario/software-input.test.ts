import { expect, test } from 'vitest'
import { builtinProfiles, extendProfiles, isIssues } from './profiles.ts'
import { readScenario } from './read.ts'

const software = (entries: unknown) => extendProfiles(builtinProfiles, { software: entries }, [])

test('a profiles file adds software stacks; one may extend another of the file', () => {
  const profiles = software({
    ours: { extends: 'pytorch-fsdp', launch: '4.5 us' },
    graphs: { extends: 'ours', graphs: true },
  })
  if (isIssues(profiles)) throw new Error(JSON.stringify(profiles))
  expect(profiles.software['ours']).toMatchObject({ id: 'ours', launchSeconds: 4.5e-6, graphs: false })
  expect(profiles.software['graphs']).toMatchObject({ id: 'graphs', launchSeconds: 4.5e-6, graphs: true })
  const read = readScenario(
    'model: llama-3-8b\nsoftware: ours\ncluster: {system: dgx-h100, chips: 8}\ntraining: {tokens: 1T, sequenceLength: 8192, globalBatch: 8}\ncost: {price: 2 USD/chip-hour}',
    { profiles },
  )
  expect(read.ok ? read.scenario.software.id : read.issues).toBe('ours')
})

test.each([
  ['an unknown stack', { ours: { extends: 'megatron' } }, 'scenario.unknown', ['software', 'ours', 'extends']],
  ['an unknown key', { ours: { lanch: '1 us' } }, 'scenario.key', ['software', 'ours', 'lanch']],
  ['a wrong unit', { ours: { launch: '1 GB' } }, 'quantity.dimension', ['software', 'ours', 'launch']],
  ['a list', [], 'profiles.type', ['software']],
] as const)('%s is refused where it stands', (_, entries, code, path) => {
  expect(software(entries)).toMatchObject([{ code, path }])
})

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, SMALL, walltime } from './walltime.ts'

const CSV = 'time,class,nodes\n10,power,8\n400,power,8\n900,cooling,2\n'
const scenario = (more = '') =>
  `${SMALL}reliability:\n  failures:\n    - { id: power, per: job, trace: { file: past.csv${more} } }\n`

test('a record of incidents is read from beside the scenario, wherever the command runs', async () => {
  const cwd = folder({ 's.yaml': scenario(', length: 60 days'), 'past.csv': CSV })
  mkdirSync(join(cwd, 'elsewhere'))
  const { code, stdout } = await walltime(['simulate', '../s.yaml', '--trials', '20', '--json'], {
    cwd: join(cwd, 'elsewhere'),
  })
  expect(code).toBe(0)
  expect(Object.keys(JSON.parse(stdout).interruptionsByClass)).toEqual(['power'])
})

test.each([
  ['no such record', undefined, /error: past\.csv:1:1: cannot be read: no such file/],
  ['an unsorted record', 'time\n5\n3\n', /s\.yaml:12:45: reliability\.failures\[0\]\.trace\.file: line 3 lies before/],
  [
    'a record of other classes',
    'time,class\n5,powre\n',
    /s\.yaml:12:\d+: .*unknown class "power"; did you mean "powre"/,
  ],
])('%s is told', async (_, csv, message) => {
  const cwd = folder({ 's.yaml': scenario(), ...(csv === undefined ? {} : { 'past.csv': csv }) })
  const { code, stdout, stderr } = await walltime(['estimate', 's.yaml'], { cwd })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
})

import { closeSync, ftruncateSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, SMALL, walltime } from './walltime.ts'

const NO_STACK = /\n\s+at |\.[jt]s:\d/

async function refused(text: string | Uint8Array, args: readonly string[] = []) {
  const cwd = folder({ 's.yaml': text })
  const { code, stdout, stderr } = await walltime(['estimate', 's.yaml', ...args], { cwd })
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).not.toMatch(NO_STACK)
  return stderr
}

test.each([
  ['YAML syntax', SMALL.replace('64}', '64'), /s\.yaml:\d+:\d+: /],
  [
    'unknown key',
    SMALL.replace('globalBatch', 'globalBach'),
    /s\.yaml:7:3: training\.globalBach: .*did you mean "globalBatch"/,
  ],
  ['key given twice', `${SMALL}name: again\n`, /s\.yaml:10:1: .*twice/],
  ['unknown system', SMALL.replace('dgx-h100', 'dgx-h10'), /s\.yaml:3:19: cluster\.system: .*did you mean "dgx-h100"/],
  ['wrong unit', SMALL.replace('2.50 USD', '2.50 USB'), /s\.yaml:9:15: cost\.price: .*USB/],
  [
    'wrong dimension',
    `${SMALL}reliability: {restart: 10 GB}\n`,
    /s\.yaml:10:24: reliability\.restart: .*amount of bytes, not a time/,
  ],
  [
    'layout that does not divide',
    SMALL.replace('tp: 2', 'tp: 3'),
    /s\.yaml:8:19: parallelism\.tp: .*does not divide 64 chips/,
  ],
  ['NaN', SMALL.replace('globalBatch: 128', 'globalBatch: .nan'), /s\.yaml:7:16: training\.globalBatch: /],
  ['negative', SMALL.replace('chips: 64', 'chips: -64'), /s\.yaml:3:36: cluster\.chips: .*-64/],
  ['zero', SMALL.replace('8192', '0'), /s\.yaml:6:19: training\.sequenceLength: .*0/],
  ['infinite', SMALL.replace('20B tokens', '.inf'), /s\.yaml:5:11: training\.tokens: /],
  ['missing part', SMALL.replace(/training:\n(?: .*\n)+/, ''), /s\.yaml:\d+:\d+: training: missing/],
  ['empty', '', /s\.yaml:1:1: .*empty/],
  ['a list', '- 1\n', /s\.yaml:1:1: /],
  ['not UTF-8', Buffer.concat([Buffer.from('name: a\nmodel: '), Buffer.from([0xff])]), /s\.yaml:2:8: not UTF-8/],
  ['nested deeply', `a: ${'['.repeat(200_000)}`, /s\.yaml:1:1: .*nested/],
  ['alias bomb', aliasBomb(), /s\.yaml:\d+:\d+: .*alias/],
])('%s: place, message, exit code 2', async (_, text, message) => {
  expect(await refused(text)).toMatch(message)
})

function aliasBomb(): string {
  const lines = Array.from({ length: 12 }, (_, i) => `b${i + 1}: &b${i + 1} [${Array(9).fill(`*b${i}`).join(', ')}]`)
  return `b0: &b0 [x, x, x]\n${lines.join('\n')}\n`
}

test('every mistake of a file is told at once', async () => {
  const text = SMALL.replace('dgx-h100', 'dgx-h10').replace('llama-3-8b', 'llama-3-8c')
  const stderr = await refused(text)
  expect(stderr).toContain('s.yaml:2:8')
  expect(stderr).toContain('s.yaml:3:19')
})

test('a missing file names the nearest', async () => {
  const cwd = folder({ 'scenario.yaml': SMALL })
  const { code, stderr } = await walltime(['run', 'scenari.yaml'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/scenari\.yaml:1:1: .*no such file; did you mean scenario\.yaml/)
})

test('a directory is no scenario', async () => {
  const cwd = folder()
  mkdirSync(join(cwd, 'd'))
  const { code, stderr } = await walltime(['run', 'd'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/d:1:1: .*directory/)
})

test('a file of 100 MB is refused unread', async () => {
  const cwd = folder()
  const file = openSync(join(cwd, 'big.yaml'), 'w')
  ftruncateSync(file, 1e8)
  closeSync(file)
  const { code, stderr } = await walltime(['run', 'big.yaml'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/big\.yaml:1:1: .*too large/)
})

test('standard input stops at the limit', async () => {
  const { code, stderr } = await walltime(['run', '-'], { input: 'a: 1\n'.repeat(1_000_000) })
  expect(code).toBe(2)
  expect(stderr).toMatch(/<stdin>:1:1: .*too large/)
})

test.each([
  ['cluster.chips=0', /--set cluster\.chips=0: cluster\.chips: .*whole number/],
  ['cluster.chip=8', /--set cluster\.chip=8: .*did you mean "chips"/],
  ['cluster.chips=', /--set cluster\.chips=: .*missing/],
  ['cluster.chips', /--set cluster\.chips: no "="/],
  ['cluster.chips=[', /--set cluster\.chips=\[: /],
  ['__proto__.polluted=1', /--set __proto__\.polluted=1: .*no path/],
])('--set %s', async (setting, message) => {
  expect(await refused(SMALL, ['--set', setting])).toMatch(message)
})

test('a profiles file is blamed in its own lines', async () => {
  const cwd = folder({ 's.yaml': SMALL, 'p.yaml': 'chips:\n  mine: {extends: h100-sxm, tpd: 650 W}\n' })
  const { code, stderr } = await walltime(['estimate', 's.yaml', '--profiles', 'p.yaml'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/p\.yaml:2:\d+: chips\.mine\.tpd: .*did you mean "tdp"/)
})

test('with --json the error is a document, on standard error as text', async () => {
  const cwd = folder({ 's.yaml': SMALL.replace('dgx-h100', 'dgx-h10') })
  const { code, stdout, stderr } = await walltime(['run', 's.yaml', '--json'], { cwd })
  expect(code).toBe(2)
  expect(stdout.trimEnd().split('\n')).toHaveLength(1)
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      message: expect.stringContaining('dgx-h10'),
      path: 'cluster.system',
      line: 3,
      column: 19,
      code: expect.any(String),
    },
  })
  expect(stderr).toContain('s.yaml:3:19')
})

test('nothing is computed where one of several files is wrong', async () => {
  const cwd = folder({ 'good.yaml': SMALL, 'bad.yaml': 'x: 1\n' })
  const { code, stdout } = await walltime(['estimate', 'good.yaml', 'bad.yaml'], { cwd })
  expect(code).toBe(2)
  expect(stdout).toBe('')
})

test.each([
  [['rn'], /unknown command 'rn'.*did you mean run/is],
  [['run', '--trails', '4'], /unknown option '--trails'.*did you mean --trials/is],
  [['run'], /no scenario given.*walltime init.*walltime show scenarios/],
  [['run', 'x', '--trials', 'NaN'], /--trials.*whole number/],
  [['run', 'x', '--trials', '0'], /--trials.*whole number/],
  [['run', 'x', '--threads', '-2'], /--threads/],
  [['run', 'x', '--set'], /argument missing/],
  [['run', '-', '-'], /once/],
  [['schema', 'extra'], /too many arguments/],
  [['show', 'chps'], /did you mean "chips"/],
  [['show', 'chips', 'h100'], /did you mean "h100-sxm"/],
  [['show', 'scenarios', '../package'], /unknown id/],
])('%j is a mistake on the command line', async (args, message) => {
  const { code, stdout, stderr } = await walltime(args)
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(message)
  expect(stderr).not.toMatch(NO_STACK)
})

test('WALLTIME_THREADS is checked', async () => {
  const { code, stderr } = await walltime(['simulate', '-'], { input: SMALL, env: { WALLTIME_THREADS: 'all' } })
  expect(code).toBe(2)
  expect(stderr).toContain('WALLTIME_THREADS')
})

import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const PIPELINE = SMALL.replace('pp: 1', 'pp: 4')
const read = (cwd: string, name: string) => JSON.parse(readFileSync(join(cwd, name), 'utf8'))

test('estimate --trace writes a step that Perfetto opens, and reports as without it', async () => {
  const cwd = folder({ 's.yaml': PIPELINE })
  const plain = await walltime(['estimate', 's.yaml'], { cwd })
  const { code, stdout, stderr } = await walltime(['estimate', 's.yaml', '--trace', 'step.json'], { cwd })
  expect([code, stdout]).toEqual([0, plain.stdout])
  expect(stderr).toMatch(/^step\.json: a step of 16 micro-batches, .* s; open it in ui\.perfetto\.dev\n/)
  const { traceEvents, displayTimeUnit } = read(cwd, 'step.json')
  expect(displayTimeUnit).toBe('ms')
  const processes = traceEvents.filter((event: { name: string }) => event.name === 'process_name')
  expect(processes.map((event: { args: { name: string } }) => event.args.name)).toEqual(
    [0, 1, 2, 3].map((stage) => expect.stringContaining(`stage ${stage}: rank ${stage * 16}`)),
  )
  const phases = new Set(traceEvents.map((event: { ph: string }) => event.ph))
  expect(phases).toEqual(new Set(['M', 'X']))
  expect(readdirSync(cwd).sort()).toEqual(['s.yaml', 'step.json'])
})

test('--json and --quiet stay as they are', async () => {
  const cwd = folder({ 's.yaml': PIPELINE, 'step.json': 'old' })
  const args = ['estimate', 's.yaml', '--json', '--quiet', '--trace', 'step.json']
  const { code, stdout, stderr } = await walltime(args, { cwd })
  expect([code, stderr]).toEqual([0, ''])
  expect(JSON.parse(stdout).step.seconds).toBeGreaterThan(0)
  expect(read(cwd, 'step.json').traceEvents.length).toBeGreaterThan(100)
})

test('the main scenario: its stages, its micro-batches, its seconds', async () => {
  const cwd = folder()
  await walltime(['estimate', MAIN, '--quiet', '--trace', 'step.json'], { cwd })
  const { otherData } = read(cwd, 'step.json')
  expect(otherData).toMatchObject({ schedule: 'interleaved', microBatches: 16, drawnMicroBatches: 16, leftOut: [] })
  expect(Math.abs(otherData.scheduleSeconds / otherData.estimateSeconds - 1)).toBeLessThan(0.1)
})

test('a link leads to its file', async () => {
  const cwd = folder({ 's.yaml': PIPELINE, 'real.json': '' })
  symlinkSync(join(cwd, 'real.json'), join(cwd, 'link.json'))
  expect((await walltime(['estimate', 's.yaml', '--trace', 'link.json'], { cwd })).code).toBe(0)
  expect(read(cwd, 'real.json').traceEvents.length).toBeGreaterThan(100)
})

test.each([
  ['a directory', 'd', /^error: d: cannot be written: it is a directory\n$/],
  [
    'a folder that is not there',
    'no/step.json',
    /^error: no\/step\.json: cannot be written: its directory does not exist\n$/,
  ],
  [
    'a file as a folder',
    's.yaml/step.json',
    /^error: s\.yaml\/step\.json: cannot be written: a part of the path is not/,
  ],
  ['the scenario', './s.yaml', /^error: \.\/s\.yaml: is the scenario itself/],
  ['standard output', '-', /--trace needs the name of a file/],
])('%s cannot be the trace: said in one line, exit code 2, nothing printed or left', async (_, file, message) => {
  const cwd = folder({ 's.yaml': PIPELINE })
  mkdirSync(join(cwd, 'd'))
  const { code, stdout, stderr } = await walltime(['estimate', 's.yaml', '--trace', file], { cwd })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(message)
  expect(readdirSync(cwd).sort()).toEqual(['d', 's.yaml'])
  expect(readdirSync(join(cwd, 'd'))).toEqual([])
})

test.runIf(process.getuid?.() !== 0)('a folder without permission: the old file is kept', async () => {
  const cwd = folder({ 's.yaml': PIPELINE })
  const shut = join(cwd, 'shut')
  mkdirSync(shut)
  writeFileSync(join(shut, 'step.json'), 'old')
  chmodSync(shut, 0o500)
  const { code, stderr } = await walltime(['estimate', 's.yaml', '--trace', 'shut/step.json'], { cwd })
  chmodSync(shut, 0o700)
  expect(code).toBe(2)
  expect(stderr).toBe('error: shut/step.json: cannot be written: no permission to write it\n')
  expect(readFileSync(join(shut, 'step.json'), 'utf8')).toBe('old')
})

test('two scenarios do not share a trace', async () => {
  const cwd = folder({ 'a.yaml': PIPELINE, 'b.yaml': PIPELINE })
  const { code, stderr } = await walltime(['estimate', 'a.yaml', 'b.yaml', '--trace', 't.json'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toContain('--trace holds the step of one scenario')
})

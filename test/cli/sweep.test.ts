import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const GRID = ['--vary', 'parallelism.tp=1..8x2', '--vary', 'cluster.chips=64,128,100']

test('a grid: columns, rows, counted refusals', async () => {
  const { code, stdout, stderr } = await walltime(['sweep', '-', ...GRID], { input: SMALL })
  expect(code).toBe(0)
  const [header, ...rows] = stdout.trimEnd().split('\n')
  expect(header).toMatch(/^parallelism\.tp,cluster\.chips,step\.seconds,step\.mfu,/)
  expect(rows.length).toBe(8)
  expect(stderr).toMatch(/8 rows.*12 points/)
  expect(stderr).toMatch(/refused: layout\.(chips|batch)/)
})

test('--json: rows of NDJSON with the values of estimate', async () => {
  const swept = await walltime(['sweep', '-', '--json', '--vary', 'parallelism.tp=2'], { input: SMALL })
  const estimated = await walltime(['estimate', '-', '--json'], { input: SMALL })
  const { step, memory, run } = JSON.parse(estimated.stdout)
  expect(JSON.parse(swept.stdout)).toMatchObject({
    'parallelism.tp': 2,
    'step.seconds': step.seconds,
    'memory.peakBytes': memory.peakBytes,
    'memory.fits': true,
    'run.rentalUsd': run.rentalUsd,
  })
})

test('values with units, lists and maps in a list', async () => {
  const prices = await walltime(['sweep', '-', '--json', '--vary', 'cost.price=2 USD/chip-hour,4 USD/chip-hour'], {
    input: SMALL,
  })
  const [cheap, dear] = prices.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line)['run.rentalUsd'])
  expect(dear / cheap).toBeCloseTo(2, 9)
  const modules = await walltime(['sweep', '-', '--vary', 'parallelism.recompute=none,{modules: [norm, activation]}'], {
    input: SMALL,
  })
  expect(modules.stdout).toContain('"{""modules"":[""norm"",""activation""]}"')
})

test.each(['csv', 'ndjson'])('a sweep into .%s resumes after its last whole line', async (ending) => {
  const cwd = folder({ 's.yaml': SMALL })
  const args = ['sweep', 's.yaml', ...GRID, '--out', `o.${ending}`]
  const out = join(cwd, `o.${ending}`)
  await walltime(args, { cwd })
  const whole = readFileSync(out, 'utf8')
  writeFileSync(out, whole.slice(0, Math.floor(whole.length * 0.6)))
  const { code, stderr } = await walltime(args, { cwd })
  expect(code).toBe(0)
  expect(stderr).toMatch(/were there before/)
  expect(readFileSync(out, 'utf8')).toBe(whole)
})

test('a file of another sweep or another scenario is left alone', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  await walltime(['sweep', 's.yaml', ...GRID, '--out', 'o.csv'], { cwd })
  const before = readFileSync(join(cwd, 'o.csv'), 'utf8')
  const columns = await walltime(['sweep', 's.yaml', '--vary', 'parallelism.tp=1,2', '--out', 'o.csv'], { cwd })
  expect(columns.code).toBe(2)
  expect(columns.stderr).toMatch(/o\.csv:1:1: .*other columns/)
  const scenario = await walltime(['sweep', 's.yaml', ...GRID, '--out', 'o.csv', '--set', 'model=llama-2-7b'], { cwd })
  expect(scenario.code).toBe(2)
  expect(scenario.stderr).toMatch(/another scenario/)
  expect(readFileSync(join(cwd, 'o.csv'), 'utf8')).toBe(before)
})

test('Ctrl-C leaves whole lines, and the same command goes on', async () => {
  const cwd = folder()
  const args = ['sweep', MAIN, '--vary', 'training.globalBatch=128..6400000+128', '--out', 'o.csv']
  const first = await walltime(args, { cwd, interruptAfter: 5000 })
  expect(first.code).toBe(3)
  expect(first.stderr).toMatch(/interrupted: [\d,]+ rows written/)
  const text = readFileSync(join(cwd, 'o.csv'), 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  const width = text.split('\n', 1)[0]?.split(',').length
  expect(
    text
      .trimEnd()
      .split('\n')
      .every((line) => line.split(',').length === width),
  ).toBe(true)
  const second = await walltime(args, { cwd, interruptAfter: 5000 })
  expect(second.code).toBe(3)
  expect(readFileSync(join(cwd, 'o.csv'), 'utf8').startsWith(text)).toBe(true)
})

test.runIf(existsSync('/dev/full'))('a full disk is said', async () => {
  const cwd = folder()
  symlinkSync('/dev/full', join(cwd, 'o.csv'))
  const { code, stderr } = await walltime(['sweep', MAIN, '--vary', 'parallelism.tp=8', '--out', 'o.csv'], { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/o\.csv: .*disk is full/)
})

test.each([
  [[], /--vary/],
  [['--vary', 'cluster.system=dgx-h100,dgx-b20'], /cluster\.system="dgx-b20".*did you mean "dgx-b200"/],
  [['--vary', 'parallelism.tq=1,2'], /did you mean "tp"/],
  [['--vary', 'cluster.chips=1..1e9+1'], /at most/],
  [['--vary', 'cluster.chips=1..2000+1', '--vary', 'parallelism.tp=1..2000+1'], /4,000,000 points; at most 1,000,000/],
  [['--vary', 'parallelism.tp=1', '--vary', 'parallelism.tp=2'], /given twice/],
  [['--vary', 'parallelism.tp=1', '--out', 'o.txt'], /\.csv or \.ndjson/],
  [['--vary', 'parallelism.tp=1', '--out', 'no/such/o.csv'], /directory does not exist/],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await walltime(['sweep', MAIN, ...args], { cwd: folder() })
  expect(code).toBe(2)
  expect(stderr).toMatch(message)
})

test('a sweep of which nothing can be laid out ends with 1', async () => {
  const { code } = await walltime(['sweep', '-', '--vary', 'parallelism.tp=3,5'], { input: SMALL })
  expect(code).toBe(1)
})

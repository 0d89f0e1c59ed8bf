import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const GRID = ['--vary', 'parallelism.tp=1..8x2', '--vary', 'cluster.chips=64,128,100']

const rowsOf = (ndjson: string) =>
  ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)

test('a grid: columns, rows, counted refusals, the best point', async () => {
  const { code, stdout, stderr } = await walltime(['sweep', '-', ...GRID], { input: SMALL })
  expect(code).toBe(0)
  const [header, ...rows] = stdout.trimEnd().split('\n')
  expect(header).toMatch(/^parallelism\.tp,cluster\.chips,step\.seconds,step\.mfu,.*,error,point$/)
  expect(rows.length).toBe(8)
  expect(stderr).toMatch(/8 rows.*12 points/)
  expect(stderr).toMatch(/refused: layout\.(chips|batch)/)
  expect(stderr).toMatch(/best: step\.seconds = [\d.]+ at parallelism\.tp=2 cluster\.chips=128/)
  expect(stderr).toMatch(/lowest step\.seconds by parallelism\.tp/)
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
    error: null,
    point: 0,
  })
})

test('values with units, lists and maps in a list', async () => {
  const prices = await walltime(['sweep', '-', '--json', '--vary', 'cost.price=2 USD/chip-hour,4 USD/chip-hour'], {
    input: SMALL,
  })
  const [cheap, dear] = rowsOf(prices.stdout).map((row) => Number(row['run.rentalUsd']))
  expect(Number(dear) / Number(cheap)).toBeCloseTo(2, 9)
  const modules = await walltime(['sweep', '-', '--vary', 'parallelism.recompute=none,{modules: [norm, activation]}'], {
    input: SMALL,
  })
  expect(modules.stdout).toContain('"{""modules"":[""norm"",""activation""]}"')
})

test('--where keeps, --objective ranks and has a column', async () => {
  const where = 'memory.fits and oneOf(parallelism.tp, [2, 4, 8]) and memory.peakBytes < 60 GB'
  const args = ['sweep', '-', '--json', ...GRID, '--where', where, '--objective', 'run.rentalUsd / 1e3']
  const { code, stdout, stderr } = await walltime(args, { input: SMALL })
  expect(code).toBe(0)
  const rows = rowsOf(stdout)
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) {
    expect(row['memory.fits']).toBe(true)
    expect(row['memory.peakBytes']).toBeLessThan(60e9)
    expect(row['objective']).toBeCloseTo(Number(row['run.rentalUsd']) / 1e3, 9)
  }
  expect(stderr).toMatch(/left out by --where/)
  const best = Math.min(...rows.map((row) => Number(row['objective'])))
  expect(stderr).toContain(`best: run.rentalUsd / 1e3 = ${Number(best.toPrecision(4))}`)
})

test('expressions read what only a whole estimate has, and utilisation is best high', async () => {
  const args = ['sweep', '-', '--json', ...GRID, '--where', 'step.breakdown.tensor > 0', '--objective', 'step.mfu']
  const { stdout, stderr } = await walltime(args, { input: SMALL })
  const rows = rowsOf(stdout)
  expect(rows.some((row) => row['parallelism.tp'] === 1)).toBe(false)
  const best = Math.max(...rows.filter((row) => row['memory.fits'] === true).map((row) => Number(row['step.mfu'])))
  expect(stderr).toContain(`best: step.mfu = ${(100 * best).toFixed(1)} %`)
})

test('--zip goes through the values together', async () => {
  const args = ['sweep', '-', '--json', '--zip', '--vary', 'parallelism.tp=2,4', '--vary', 'cluster.chips=64,128']
  const { stdout } = await walltime(args, { input: SMALL })
  expect(rowsOf(stdout).map((row) => [row['parallelism.tp'], row['cluster.chips']])).toEqual([
    [2, 64],
    [4, 128],
  ])
})

test('a sample draws its points, the same for a seed', async () => {
  const draw = async (seed: string) => {
    const vary = ['--vary', 'training.globalBatch=64..640+64', '--vary', 'software.tensorOverlap=0..0.9']
    const args = ['sweep', '-', ...vary, '--sample', 'sobol', '--points', '16', '--seed', seed, '--json']
    return (await walltime(args, { input: SMALL })).stdout
  }
  const [a, b, again] = [await draw('a'), await draw('b'), await draw('a')]
  expect(rowsOf(a).length).toBe(16)
  expect(new Set(rowsOf(a).map((row) => row['software.tensorOverlap'])).size).toBe(16)
  expect(again).toBe(a)
  expect(b).not.toBe(a)
})

test('a study file says what the options say', async () => {
  const cwd = folder({
    's.yaml': SMALL,
    'study.yaml': 'vary: {parallelism.tp: [2, 4], cluster.chips: 64..128x2}\nwhere: memory.fits\nobjective: step.mfu\n',
    'wrong.yaml': 'vary: {parallelism.tp: [2, 4]}\nwher: memory.fits\n',
  })
  const study = await walltime(['sweep', 's.yaml', '--study', 'study.yaml'], { cwd })
  const vary = ['--vary', 'parallelism.tp=2,4', '--vary', 'cluster.chips=64..128x2']
  const told = await walltime(['sweep', 's.yaml', ...vary, '--where', 'memory.fits', '--objective', 'step.mfu'], {
    cwd,
  })
  expect(study.stdout).toBe(told.stdout)
  const wrong = await walltime(['sweep', 's.yaml', '--study', 'wrong.yaml'], { cwd })
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toMatch(/wrong\.yaml:2:1: wher: unknown key; did you mean where\?/)
})

test('--with simulate: distributions beside the estimate; a run that never ends is a row with its error', async () => {
  const args = ['sweep', '-', '--json', '--with', 'simulate', '--trials', '200', '--seed', 'a']
  const input = `${SMALL}reliability: {failures: [{id: x, per: chip, rate: 1/(5 days), detection: 1 h}]}\n`
  const vary = ['--vary', 'reliability.restart=10 min,3000 h', '--where', 'wallClockSeconds.p90 < 1000 days']
  const { code, stdout } = await walltime([...args, ...vary], { input })
  expect(code).toBe(0)
  const [fine, stuck] = rowsOf(stdout)
  expect(Number(fine?.['wallClockSeconds.p90'])).toBeGreaterThan(Number(fine?.['run.seconds']))
  expect(stuck).toMatchObject({ 'wallClockSeconds.p90': null, point: 1 })
  expect(stuck?.['error']).toMatch(/would fail more than/)
}, 120_000)

test('parallelism: auto is planned anew at each point', async () => {
  const input = SMALL.replace('parallelism: {tp: 2, pp: 1}', 'parallelism: auto')
  const { code, stdout } = await walltime(['sweep', '-', '--json', '--vary', 'cluster.chips=16,64'], { input })
  expect(code).toBe(0)
  const rows = rowsOf(stdout)
  expect(rows.map((row) => row['memory.fits'])).toEqual([true, true])
})

test('a point that cannot be put together is a row with its error', async () => {
  const vary = ['--vary', 'cluster.system=dgx-h100,dgx-a100', '--vary', 'training.precision=bf16,fp8']
  const { code, stdout } = await walltime(['sweep', '-', '--json', ...vary], { input: SMALL })
  expect(code).toBe(0)
  expect(rowsOf(stdout).length).toBe(3)
})

test('--save-plot draws lines and heat maps', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const tp = ['--vary', 'parallelism.tp=2,4,8']
  await walltime(['sweep', 's.yaml', ...tp, '--out', 'o.csv', '--save-plot', 'o.svg'], { cwd })
  expect(readFileSync(join(cwd, 'o.svg'), 'utf8')).toMatch(/^<svg .*>step\.seconds by parallelism\.tp<.*<\/svg>\n$/s)
  const batch = ['--vary', 'training.globalBatch=64..640+64']
  const png = await walltime(['sweep', 's.yaml', ...tp, ...batch, '--save-plot', 'o.png'], { cwd })
  expect(png.code).toBe(0)
  expect(readFileSync(join(cwd, 'o.png')).subarray(1, 4).toString()).toBe('PNG')
  const other = await walltime(['sweep', 's.yaml', ...tp, '--save-plot', 'o.gif'], { cwd })
  expect(other.stderr).toMatch(/must end in \.svg or \.png/)
})

test('--json with --out: one document that sums up', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const { stdout } = await walltime(['sweep', 's.yaml', ...GRID, '--out', 'o.csv', '--json', '--quiet'], { cwd })
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ out: 'o.csv', points: 12, written: 8, failed: 0, interrupted: false },
    refused: { 'layout.batch': 3, 'layout.chips': 1 },
    best: { values: { 'parallelism.tp': 2, 'cluster.chips': 128 } },
  })
})

test.runIf(existsSync('/dev/full')).each(['csv', 'parquet'])('a full disk is said (.%s)', async (ending) => {
  const cwd = folder()
  symlinkSync('/dev/full', join(cwd, `o.${ending}`))
  const args = ['sweep', MAIN, '--vary', 'parallelism.tp=8', '--out', `o.${ending}`]
  const { code, stderr } = await walltime(args, { cwd })
  expect(code).toBe(2)
  expect(stderr).toMatch(/o\.\w+: .*disk is full.*--resume/)
})

test('a file that exists is left alone without --resume', async () => {
  const cwd = folder({ 'o.csv': 'mine\n', 'o.parquet': 'mine' })
  for (const out of ['o.csv', 'o.parquet']) {
    const before = readFileSync(join(cwd, out), 'utf8')
    const refused = await walltime(['sweep', MAIN, '--vary', 'parallelism.tp=8', '--out', out], { cwd })
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(/exists; --resume continues it/)])
    const other = await walltime(['sweep', MAIN, '--vary', 'parallelism.tp=8', '--out', out, '--resume'], { cwd })
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/another sweep or scenario/)])
    expect(readFileSync(join(cwd, out), 'utf8')).toBe(before)
  }
})

test.each([
  [[], /--vary/],
  [['--vary', 'cluster.system=dgx-h100,dgx-b20'], /cluster\.system="dgx-b20".*did you mean "dgx-b200"/],
  [['--vary', 'parallelism.tq=1,2'], /did you mean "tp"/],
  [['--vary', 'parallelism.tp=2,four'], /parallelism\.tp="four": parallelism\.tp: must be a whole number/],
  [['--vary', 'training.tokens=1..3+1 GB'], /not a range/],
  [['--vary', 'parallelism.tp='], /value is missing/],
  [['--vary', 'cluster.chips=1..1e9+1'], /1,000,000,000 values; at most 100,000,000/],
  [
    ['--vary', 'cluster.chips=1..1e6+1', '--vary', 'parallelism.tp=1..1e6+1'],
    /1,000,000,000,000 points; at most 100,000,000/,
  ],
  [['--vary', 'parallelism.tp=1', '--vary', 'parallelism.tp=2'], /given twice/],
  [['--vary', 'parallelism.tp=1', '--out', 'o.txt'], /\.csv, \.ndjson or \.parquet/],
  [['--vary', 'parallelism.tp=8', '--out', 'no/such/o.csv'], /directory does not exist/],
  [['--vary', 'parallelism.tp=8', '--out', 'no/such/o.parquet'], /directory does not exist/],
  [['--vary', 'parallelism.tp=1..8'], /has no steps/],
  [['--vary', 'parallelism.tp=1..8', '--sample', 'halton', '--points', '4'], /random, latin-hypercube, sobol/],
  [['--vary', 'parallelism.tp=1..8', '--sample', 'sobol'], /needs --points/],
  [['--vary', 'parallelism.tp=1,2', '--vary', 'parallelism.pp=1', '--zip'], /parallelism\.tp has 2, parallelism\.pp 1/],
  [['--vary', 'parallelism.tp=8', '--with', 'magic'], /estimate or simulate/],
  [['--vary', 'parallelism.tp=8', '--trials', '100'], /add --with simulate/],
  [['--vary', 'parallelism.tp=8', '--resume'], /give --out/],
  [['--vary', 'parallelism.tp=8', '--where', 'step.mfo > 0.4'], /did you mean step\.mfu\? \(column 1\)/],
  [['--vary', 'parallelism.tp=8', '--where', 'step.mfu'], /is a number; a condition is wanted/],
  [['--vary', 'parallelism.tp=8', '--where', 'cos.constructor("return process")'], /"cos\.constructor" is refused/],
  [['--vary', 'parallelism.tp=8', '--objective', 'import("x")'], /the function "import" is refused/],
  [['--vary', 'parallelism.tp=8', '--objective', 'wallClockSeconds.p90'], /add --with simulate/],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await walltime(['sweep', MAIN, ...args], { cwd: folder() })
  expect(stderr).toMatch(message)
  expect(code).toBe(2)
})

test('a sweep of which nothing can be laid out ends with 1', async () => {
  const { code } = await walltime(['sweep', '-', '--vary', 'parallelism.tp=3,5'], { input: SMALL })
  expect(code).toBe(1)
})

test('a condition that nothing meets is said, and ends with 1', async () => {
  const args = ['sweep', '-', '--vary', 'parallelism.tp=2,4', '--where', 'step.mfu > 0.99']
  const { code, stderr } = await walltime(args, { input: SMALL })
  expect(code).toBe(1)
  expect(stderr).toMatch(/no point meets --where step\.mfu > 0\.99: 2 points could be laid out/)
})

test('a broken scenario is told at its place before anything is swept', async () => {
  const cwd = folder({ 's.yaml': SMALL.replace('dgx-h100', 'dgx-h10') })
  const { code, stdout, stderr } = await walltime(['sweep', 's.yaml', '--vary', 'parallelism.tp=2,4'], { cwd })
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/s\.yaml:3:19: cluster\.system: .*did you mean "dgx-h100"/)
})

test('a scenario may lack what is varied', async () => {
  const input = SMALL.replace('system: dgx-h100, ', '')
  const { code } = await walltime(['sweep', '-', '--vary', 'cluster.system=dgx-h100,dgx-b200'], { input })
  expect(code).toBe(0)
})

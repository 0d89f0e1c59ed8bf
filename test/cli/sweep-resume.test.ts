import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { BIN, folder, MAIN, SMALL, walltime } from './walltime.ts'

const GRID = ['--vary', 'parallelism.tp=1..8x2', '--vary', 'cluster.chips=64,128,100']

/** A grid of some seconds: 79,872 points, of which 78,336 can be laid out. */
const LONG = [
  ...['--vary', 'training.globalBatch=64..106496+64', '--vary', 'parallelism.tp=1..8x2'],
  ...['--vary', 'parallelism.zero=0..3+1', '--vary', 'training.tokens=1e12,2e12,3e12'],
]

/** Starts a sweep and kills it outright (SIGKILL) as soon as `until` holds. */
function killed(args: readonly string[], cwd: string, until: () => boolean): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [BIN, ...args], { cwd, stdio: 'ignore' })
    const watch = setInterval(() => {
      if (until()) child.kill('SIGKILL')
    }, 2)
    child.on('close', (_, signal) => {
      clearInterval(watch)
      resolve(signal)
    })
  })
}

const sizeOf = (file: string) => (existsSync(file) ? statSync(file).size : 0)

/** Rows of a query. */
async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const database = await DuckDBInstance.create()
  const connection = await database.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } finally {
    connection.closeSync()
  }
}

test.each(['csv', 'ndjson'])('a sweep into .%s resumes in the middle of a row', async (ending) => {
  const cwd = folder({ 's.yaml': SMALL })
  const args = ['sweep', 's.yaml', ...GRID, '--out', `o.${ending}`]
  const out = join(cwd, `o.${ending}`)
  await walltime(args, { cwd })
  const whole = readFileSync(out, 'utf8')
  for (const share of [0.02, 0.3, 0.6, 0.99, 1]) {
    writeFileSync(out, whole.slice(0, Math.floor(whole.length * share)))
    const { code, stderr } = await walltime([...args, '--resume'], { cwd })
    expect([code, readFileSync(out, 'utf8') === whole]).toEqual([0, true])
    if (share > 0.2) expect(stderr).toMatch(/were there before/)
    expect(stderr).toMatch(/best: step\.seconds = [\d.]+ at parallelism\.tp=2 cluster\.chips=128/)
  }
})

test.each(['csv', 'ndjson'])(
  'a sweep into .%s that was killed goes on without repeating or losing a row',
  async (ending) => {
    const cwd = folder({ 's.yaml': SMALL })
    const out = join(cwd, `o.${ending}`)
    const args = ['sweep', 's.yaml', ...LONG, '--out', `o.${ending}`]
    expect(await killed(args, cwd, () => sizeOf(out) > 200_000)).toBe('SIGKILL')
    const { code } = await walltime([...args, '--resume'], { cwd })
    expect(code).toBe(0)
    const fresh = join(cwd, `f.${ending}`)
    await walltime(['sweep', 's.yaml', ...LONG, '--out', fresh], { cwd })
    expect(readFileSync(out, 'utf8') === readFileSync(fresh, 'utf8')).toBe(true)
  },
  180_000,
)

test('a sweep into .parquet that was killed goes on without repeating or losing a row', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const [out, fresh] = [join(cwd, 'o.parquet'), join(cwd, 'f.parquet')]
  const journal = `${out}.journal`
  const args = ['sweep', 's.yaml', ...LONG, '--out', 'o.parquet']
  // Behind the first group of rows.
  const groups = () => (existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').length - 2 : 0)
  expect(await killed(args, cwd, () => groups() >= 1)).toBe('SIGKILL')
  // As if it had been killed in the middle of writing a group, and of its line in the journal.
  writeFileSync(out, 'half a group', { flag: 'a' })
  writeFileSync(journal, '{"rows":40000,"byt', { flag: 'a' })
  const { code, stderr } = await walltime([...args, '--resume'], { cwd })
  expect(code).toBe(0)
  expect(stderr).toMatch(/[2-7]\d,\d{3} were there before; 79,872 points in all/)
  expect(existsSync(journal)).toBe(false)
  await walltime(['sweep', 's.yaml', ...LONG, '--out', fresh], { cwd })
  const [counts] = await query(`select count(*), count(distinct point), count(error) from '${out}'`)
  const [rows] = await query(`select count(*) from '${fresh}'`)
  expect(counts).toEqual([rows?.[0], rows?.[0], 0n])
  for (const [one, other] of [
    [out, fresh],
    [fresh, out],
  ]) {
    expect(await query(`select count(*) from (from '${one}' except from '${other}')`)).toEqual([[0n]])
  }
  const again = await walltime([...args, '--resume'], { cwd })
  expect([again.code, again.stderr]).toEqual([0, expect.stringMatching(/0 rows written.*, \d+,\d+ were there before/)])
}, 180_000)

test('DuckDB reads types, units and figures of a Parquet file', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const vary = ['--vary', 'parallelism.schedule=1f1b,gpipe', '--vary', 'parallelism.tp=2,4,8']
  await walltime(['sweep', 's.yaml', ...vary, '--out', 'o.parquet'], { cwd })
  const csv = await walltime(['sweep', 's.yaml', ...vary], { cwd })
  const out = join(cwd, 'o.parquet')
  const described = await query(`select column_name, column_type from (describe from '${out}')`)
  expect(Object.fromEntries(described as readonly (readonly [string, string])[])).toMatchObject({
    ...{ 'parallelism.schedule': 'VARCHAR', 'parallelism.tp': 'DOUBLE', 'step.seconds': 'DOUBLE' },
    ...{ 'memory.fits': 'BOOLEAN', error: 'VARCHAR', point: 'DOUBLE' },
  })
  const rows = await query(`select "parallelism.schedule", "parallelism.tp", "step.seconds" from '${out}'`)
  const lines = csv.stdout.trimEnd().split('\n').slice(1)
  expect(rows.map((row) => row.join(','))).toEqual(lines.map((line) => line.split(',').slice(0, 3).join(',')))
  const [units] = await query(`select decode(value) from parquet_kv_metadata('${out}') where decode(key) = 'units'`)
  expect(JSON.parse(String(units?.[0]))).toMatchObject({ 'step.seconds': 's', 'memory.peakBytes': 'B' })
})

test('what is no beginning of a row is not cut off', async () => {
  const cwd = folder({ 's.yaml': SMALL, 'o.csv': 'parallelism.tp,mine', 'o.ndjson': '{"parallelism.tp":2,' })
  const run = (out: string) => walltime(['sweep', 's.yaml', ...GRID, '--out', out, '--resume'], { cwd })
  expect((await run('o.csv')).code).toBe(2)
  expect(readFileSync(join(cwd, 'o.csv'), 'utf8')).toBe('parallelism.tp,mine')
  expect((await run('o.ndjson')).code).toBe(0)
})

test('a file of another sweep or another scenario is left alone', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const run = (vary: readonly string[], out: string, ...more: readonly string[]) =>
    walltime(['sweep', 's.yaml', ...vary, '--out', out, ...more], { cwd })
  for (const out of ['o.csv', 'o.parquet']) {
    await run(GRID, out)
    const before = readFileSync(join(cwd, out))
    const others = [
      await run(['--vary', 'parallelism.tp=1,2'], out, '--resume'),
      await run(GRID, out, '--resume', '--set', 'model=llama-2-7b'),
      await run(['--vary', 'parallelism.tp=2,4', '--vary', 'cluster.chips=64,128,100'], out, '--resume'),
    ]
    for (const { code, stderr } of others) {
      expect([code, stderr]).toEqual([2, expect.stringMatching(/another sweep or scenario/)])
    }
    expect(readFileSync(join(cwd, out)).equals(before)).toBe(true)
  }
})

test.each(['csv', 'parquet'])(
  'Ctrl-C leaves whole rows, and the same command goes on (.%s)',
  async (ending) => {
    const cwd = folder()
    const args = ['sweep', MAIN, '--vary', 'training.globalBatch=128..640000000+128', '--out', `o.${ending}`]
    const out = join(cwd, `o.${ending}`)
    const first = await walltime(args, { cwd, interruptAfter: 5000 })
    expect(first.code).toBe(3)
    expect(first.stderr).toMatch(/interrupted: [\d,]+ rows written/)
    const points = async () => {
      const [row] = await query(`select count(*), count(distinct point) from '${out}'`)
      return (row ?? []).map(Number)
    }
    const [rows = 0, distinct] = await points()
    expect(rows).toBeGreaterThan(10)
    expect(distinct).toBe(rows)
    const second = await walltime([...args, '--resume'], { cwd, interruptAfter: 5000 })
    expect(second.code).toBe(3)
    const [more = 0, stillDistinct] = await points()
    expect(more).toBeGreaterThan(rows)
    expect(stillDistinct).toBe(more)
  },
  60_000,
)

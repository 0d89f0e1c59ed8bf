import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const TRIALS = ['--trials', '200']

function longest(text: string): number {
  return Math.max(...text.split('\n').map((line) => [...line].length))
}

test('every mean is printed with its standard error, and the quantiles have theirs below', async () => {
  const { stdout } = await walltime(['simulate', MAIN, ...TRIALS, '--start', '2026-03-01'])
  expect(longest(stdout)).toBeLessThanOrEqual(80)
  for (const row of [
    'wall clock, days',
    'ETTR, %',
    'chip-hours paid',
    'chip-hours used',
    'checkpoints, ',
    'energy, ',
  ]) {
    expect(stdout).toMatch(new RegExp(`^  ${row}.* ± [\\d.,]+$`, 'm'))
  }
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Standard errors of P5, P50, P95: time [\d., ]+ days; cost [\d., ]+ USD M\./,
  )
  for (const cause of ['productive', 'restart', 'checkpoint save'])
    expect(stdout).toMatch(new RegExp(`^  ${cause} +[\\d.]+ ± [\\d.]+ (?:days|h|min|s) +[\\d.]+ %`, 'm'))
  expect(stdout).toMatch(
    /P5 2026-\d\d-\d\d, P50 2026-\d\d-\d\d, P90 2026-\d\d-\d\d, P95 2026-\d\d-\d\d; begun\n? +2026-03-01/,
  )
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Worst hour of the median trial \(no\. \d+\): ETTR [\d.]+ %, [\d.]+ (?:days|h) after/,
  )
})

test('--json: names of ml-goodput-measurement, standard errors, the worst hour, dates of the end', async () => {
  const args = ['simulate', '-', '--json', ...TRIALS, '--start', '2026-03-01T06:00+02:00']
  const { code, stdout } = await walltime(args, { input: SMALL })
  expect(code).toBe(0)
  const result = JSON.parse(stdout)
  const booked = Object.values<number>(result.mlGoodput).reduce((sum, s) => sum + s, 0)
  expect(booked / result.wallClockSeconds.mean).toBeCloseTo(1, 9)
  expect(result.standardErrors.productiveSeconds).toBeGreaterThan(0)
  expect(Object.keys(result.standardErrors.badputSeconds)).toEqual(Object.keys(result.badputSeconds))
  expect(Object.keys(result.standardErrors.interruptionsByClass)).toEqual(Object.keys(result.interruptionsByClass))
  expect(result.slidingEttr).toMatchObject({ trial: result.typicalTrials.p50, windowSeconds: 3600 })
  expect(result.finish.start).toBe('2026-03-01T04:00:00.000Z')
  const end = Date.parse(result.finish.p50) - Date.parse(result.finish.start)
  expect(end / 1000).toBeCloseTo(result.wallClockSeconds.p50, -1)
  expect(result.finish.standardErrors.p50).toBe(result.wallClockSeconds.standardErrors.p50)
})

test('run says when it ends too', async () => {
  const { stdout } = await walltime(['run', '-', '--json', ...TRIALS, '--start', '2026-03-01'], { input: SMALL })
  expect(JSON.parse(stdout).simulate.finish.p95).toMatch(/^2026-03-\d\dT/)
})

test('--until-error goes on until it is that precise, or says that it is not', async () => {
  const at = async (...options: readonly string[]) =>
    JSON.parse((await walltime(['simulate', '-', '--json', ...options], { input: SMALL })).stdout)
  const easy = await at('--until-error', '5%')
  expect(easy.precision).toMatchObject({ target: 0.05, reached: true })
  expect(easy.precision.wallClockSeconds.p95).toBeLessThanOrEqual(0.05)
  expect(easy.trials).toBeLessThan(10_000)
  const capped = await at('--until-error', '0.00001', '--trials', '2000')
  expect(capped).toMatchObject({ trials: 2000, precision: { target: 1e-5, reached: false } })
  const { stdout } = await walltime(['simulate', '-', '--until-error', '5%'], { input: SMALL })
  expect(stdout.replace(/\s+/g, ' ')).toMatch(
    /Precision of 5\.00 % reached\. Time: P50 ± [\d.]+ %, P95 ± [\d.]+ %; cost:/,
  )
})

test('--timeline writes trials: rows that adjoin, or a trace for Perfetto', async () => {
  const cwd = folder({ 's.yaml': SMALL })
  const files = ['--timeline', 'a.csv', '--timeline', 'b.json', '--timeline', 'c.csv']
  const args = ['simulate', 's.yaml', ...TRIALS, ...files, '--trial', 'p95', '--trial', 'P50', '--trial', '7']
  const { code, stderr } = await walltime(args, { cwd })
  expect(code).toBe(0)
  expect(stderr).toMatch(
    /^a\.csv: trial \d+ \(P95\), .* in \d+ spans\nb\.json: trial \d+ \(P50\), .*; open it in ui\.perfetto\.dev\nc\.csv: trial 7, /,
  )
  const { columns, ...rows } = csv(readFileSync(join(cwd, 'a.csv'), 'utf8'))
  expect(columns.slice(0, 6)).toEqual(['start_s', 'end_s', 'state', 'phase', 'missing_nodes', 'work_s'])
  expect(rows.all[0]?.['start_s']).toBe('0')
  for (const [i, row] of rows.all.entries()) if (i > 0) expect(row['start_s']).toBe(rows.all[i - 1]?.['end_s'])
  const json = JSON.parse((await walltime(['simulate', 's.yaml', '--json', ...TRIALS], { cwd })).stdout)
  expect(Number(rows.all.at(-1)?.['end_s']) / json.wallClockSeconds.p95).toBeCloseTo(1, 1)
  const { traceEvents, displayTimeUnit, otherData } = JSON.parse(readFileSync(join(cwd, 'b.json'), 'utf8'))
  expect(displayTimeUnit).toBe('ms')
  expect(otherData).toMatchObject({ seed: 'walltime', trial: json.typicalTrials.p50 })
  const kinds = new Set(traceEvents.map((event: { ph: string }) => event.ph))
  expect(['M', 'X'].every((kind) => kinds.has(kind))).toBe(true)
})

function csv(text: string) {
  const [head = '', ...lines] = text.trimEnd().split('\n')
  const columns = head.split(',')
  const all = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [columns[i] ?? '', cell])))
  return { columns, all }
}

test('--tune finds the interval, beside the closed forms and what the scenario has', async () => {
  const args = ['simulate', '-', '--tune', 'checkpoint.interval', '--trials', '100']
  const { code, stdout } = await walltime(args, { input: SMALL })
  expect(code).toBe(0)
  expect(longest(stdout)).toBeLessThanOrEqual(80)
  expect(stdout).toMatch(/^TUNE checkpoint\.interval by cost, 100 trials a value, seed walltime\n {2}Best /m)
  expect(stdout.replace(/\s+/g, ' ')).toMatch(/Closed forms: Young [\d.]+ min, Daly [\d.]+ min, exact [\d.]+ min\./)
  const { tune } = JSON.parse((await walltime([...args, '--json'], { input: SMALL })).stdout)
  const [{ best, interval, own, closedForms, points }] = tune
  expect(interval[0]).toBeLessThanOrEqual(best.value)
  expect(interval[1]).toBeGreaterThanOrEqual(best.value)
  expect(own.difference).toBeLessThanOrEqual(3 * own.differenceError)
  expect(Math.abs(Math.log(best.value / closedForms.optimal))).toBeLessThan(Math.log(3))
  expect(points.length).toBeGreaterThan(9)
})

test('--tune takes lists, ranges and any number of the scenario', async () => {
  const args = ['simulate', '-', '--json', '--trials', '20', '--by', 'time', '--tune', 'spares=0..6']
  const more = ['--tune', 'reliability.checkpoint.interval=1min, 1h', '--tune', 'restart=60,600']
  const { tune } = JSON.parse((await walltime([...args, ...more], { input: SMALL })).stdout)
  const values = tune.map(({ points }: { points: { value: number }[] }) => points.map(({ value }) => value))
  expect(values[0].every(Number.isInteger)).toBe(true)
  expect(values[1]).toEqual(expect.arrayContaining([60, 3600]))
  expect(values[2]).toEqual([60, 600])
  expect(tune[2].best.value).toBe(60)
})

test.each([
  [['--until-error', '0'], 'It must be a share such as 1% or 0.01.'],
  [['--until-error', '100%'], 'It must be a share such as 1% or 0.01.'],
  [['--start', '2026-02-30'], 'It must be a date such as 2026-03-01 or 2026-03-01T09:00Z.'],
  [['--start', 'soon'], 'It must be a date such as 2026-03-01 or 2026-03-01T09:00Z.'],
  [['--timeline', 't.txt'], '--timeline t.txt: write .csv, or .json for ui.perfetto.dev'],
  [['--timeline', '-'], '--timeline needs the name of a file to write'],
  [['--timeline', 'no/t.csv'], 'no/t.csv: cannot be written: its directory does not exist'],
  [['--timeline', 's.yaml'], 's.yaml: is the scenario itself; name another file for --timeline'],
  [['--trial', 'p50'], '--trial is given 1 times, --timeline 0: name a file for each trial'],
  [
    ['--timeline', 't.csv', '--trial', 'p42'],
    '--trial must be p5, p50, p95 or the number of a trial from 0, not "p42"',
  ],
  [['--tune', 'spares='], 'the values are missing; write PATH=lo..hi or PATH=a,b,c'],
  [['--tune', 'spares=4..2'], 'the range ends at 2, not above its start 4'],
  [['--tune', 'spares=1..2..3'], 'not a range; write PATH=lo..hi'],
  [['--tune', 'spares=a'], '"a" is neither a number nor a time'],
  [['--tune', 'checkpoint.nothing=1,2'], 'unknown key "nothing"'],
  [['--tune', 'spares', '--start', '2026-03-01'], '--tune compares means: it takes no --start'],
  [['--by', 'time'], '--by says what --tune makes least: give --tune PATH'],
  [['--tune', 'elastic.minReplicas'], 'no value of elastic.minReplicas to begin from'],
])('%j is refused in one line, with exit code 2 and nothing printed or written', async (options, message) => {
  const cwd = folder({ 's.yaml': SMALL })
  const { code, stdout, stderr } = await walltime(['simulate', 's.yaml', '--trials', '5', ...options], { cwd })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain(message)
  expect(readdirSync(cwd)).toEqual(['s.yaml'])
})

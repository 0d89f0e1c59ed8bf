import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folder, SMALL, walltime } from './walltime.ts'

const SECTIONS = ['chips', 'links', 'fabrics', 'systems', 'prices', 'models', 'software', 'failures'] as const

test.each(SECTIONS)('show %s lists them, each can be printed', async (section) => {
  const list = await walltime(['show', section])
  expect(list.code).toBe(0)
  const ids = JSON.parse((await walltime(['show', section, '--json'])).stdout).map(({ id }: { id: string }) => id)
  expect(ids.length).toBeGreaterThan(1)
  for (const id of ids) expect(list.stdout).toContain(id)
  for (const line of list.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
  const one = await walltime(['show', section, ids[0]])
  expect(one.code).toBe(0)
  expect(one.stdout).toContain(ids[0])
  for (const line of one.stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80)
})

test('a profile has a unit and a source for every number, and unchecked ones are marked', async () => {
  const { stdout } = await walltime(['show', 'chips', 'h100-sxm'])
  expect(stdout).toMatch(/memory\.bandwidth +3\.35 TB\/s +\[1\]/)
  expect(stdout).toContain('SOURCES')
  expect(stdout).toMatch(/\[\d+\] unchecked/)
  expect(stdout).toContain('NOT CHECKED')
})

test('show scenarios lists files that run as they are named', async () => {
  const { stdout } = await walltime(['show', 'scenarios', '--json'])
  const scenarios = JSON.parse(stdout)
  expect(scenarios.map(({ id }: { id: string }) => id)).toContain('llama-3.1-405b-16k-h100')
})

test('schema is a JSON Schema that names the parts of a scenario', async () => {
  const schema = JSON.parse((await walltime(['schema'])).stdout)
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['model', 'cluster', 'training', 'parallelism', 'cost']),
  )
})

test('init writes a scenario that runs as it stands, and replaces none', async () => {
  const cwd = folder({ 'mine.yaml': SMALL })
  expect((await walltime(['init'], { cwd })).code).toBe(0)
  const run = await walltime(['run', 'scenario.yaml', '--trials', '100'], { cwd })
  expect(run.code).toBe(0)
  expect(readFileSync(join(cwd, 'scenario.yaml'), 'utf8')).toContain('walltime schema')
  const again = await walltime(['init', 'mine.yaml'], { cwd })
  expect(again.code).toBe(2)
  expect(again.stderr).toMatch(/exists.*--force/)
  expect(readFileSync(join(cwd, 'mine.yaml'), 'utf8')).toBe(SMALL)
  expect((await walltime(['init', 'mine.yaml', '--force'], { cwd })).code).toBe(0)
  expect(readFileSync(join(cwd, 'mine.yaml'), 'utf8')).not.toBe(SMALL)
})

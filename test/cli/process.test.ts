import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { BIN, MAIN, walltime } from './walltime.ts'

test('--help and --version load neither the model nor the engine', async () => {
  const probe =
    `data:text/javascript,import{register}from'node:module';register('data:text/javascript,'+encodeURIComponent(
    "export async function load(url,context,next){process._rawDebug('LOADED '+url);return next(url,context)}"))`.replace(
      /\s+/g,
      ' ',
    )
  for (const args of [['--help'], ['run', '--help'], ['--version']]) {
    const { code, stdout, stderr } = await walltime(args, { nodeOptions: ['--import', probe] })
    expect(code).toBe(0)
    expect(stdout).not.toBe('')
    const loaded = stderr.split('\n').filter((line) => line.startsWith('LOADED'))
    expect(loaded.length).toBeGreaterThan(3)
    expect(
      loaded.filter((url) => /packages\/(core|sim|hardware)\/|zod|mathjs|cli-table3|cli-progress/.test(url)),
    ).toEqual([])
  }
})

test('no command: the help on standard error, exit code 2', async () => {
  const { code, stdout, stderr } = await walltime([])
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('Usage: walltime')
})

test('a reader that leaves ends the program quietly', async () => {
  const child = spawn(process.execPath, [BIN, 'sweep', MAIN, '--vary', 'training.globalBatch=128..25600+128'])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(stderr).not.toMatch(/EPIPE|\n\s+at /)
  expect(code).toBe(0)
})

test('Ctrl-C keeps the trials that were finished', async () => {
  const { code, stdout, stderr } = await walltime(
    ['simulate', MAIN, '--json', '--trials', '10000000', '--threads', '1'],
    { interruptAfter: 5000 },
  )
  expect(code).toBe(3)
  expect(stderr).toMatch(/interrupted: the result has the [\d,]+ of 10,000,000 trials/)
  const { trials, interrupted, wallClockSeconds } = JSON.parse(stdout)
  expect(interrupted).toBe(true)
  expect(trials).toBeGreaterThan(0)
  expect(trials).toBeLessThan(1e7)
  expect(wallClockSeconds.p50).toBeGreaterThan(0)
})

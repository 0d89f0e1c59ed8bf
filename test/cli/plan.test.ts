import { describe, expect, test } from 'vitest'
import { folder, MAIN, SMALL, walltime } from './walltime.ts'

const AUTO = SMALL.replace('{tp: 2, pp: 1}', 'auto')

interface Counts {
  readonly size: number
  readonly evaluated: number
  readonly pruned: number
  readonly refused: Readonly<Record<string, number>>
}

const total = ({ evaluated, pruned, refused }: Counts) =>
  evaluated + pruned + Object.values(refused).reduce((a, b) => a + b, 0)

async function plan(args: readonly string[], input = SMALL) {
  const { code, stdout, stderr } = await walltime(['plan', '-', '--json', ...args], { input })
  return { code, stderr, result: JSON.parse(stdout) }
}

describe('walltime plan', () => {
  test('candidates come best first with the keys of an estimate, and what each loses adds up', async () => {
    const { code, stderr, result } = await plan(['--top', '5'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(result.candidates).toHaveLength(5)
    expect(total(result)).toBe(result.size)
    const [first] = result.candidates
    expect(first.loses).toBeNull()
    expect(first.layout).toMatchObject({ tp: expect.any(Number), dp: expect.any(Number), zero: expect.any(Number) })
    for (const [i, { step, memory, loses }] of result.candidates.entries()) {
      expect(memory.fits).toBe(true)
      if (i === 0) continue
      expect(step.seconds).toBeGreaterThanOrEqual(result.candidates[i - 1].step.seconds)
      const parts = loses.parts.reduce((sum: number, { seconds }: { seconds: number }) => sum + seconds, 0)
      expect(parts).toBeCloseTo(loses.seconds, 9)
      expect(step.seconds - first.step.seconds).toBeCloseTo(loses.seconds, 9)
    }
    expect(result.given.step.seconds).toBeGreaterThanOrEqual(first.step.seconds)
  })

  test('the layout that it says to use gives the step that it promises', async () => {
    const { result } = await plan(['--top', '1'])
    const [{ parallelism, step, memory }] = result.candidates
    const input = SMALL.replace('{tp: 2, pp: 1}', JSON.stringify(parallelism))
    const { stdout } = await walltime(['estimate', '-', '--json'], { input })
    expect(JSON.parse(stdout).step.seconds).toBe(step.seconds)
    expect(JSON.parse(stdout).memory.peakBytes).toBe(memory.peakBytes)
  })

  test('choices and conditions restrict it; refusals are counted by their reason', async () => {
    const where = 'memory.peakBytes < 0.5 * memory.capacityBytes and oneOf(parallelism.pp, [1, 2])'
    const { code, result } = await plan(['--choose', 'parallelism.tp=2,4', '--where', where])
    expect(code).toBe(0)
    expect(total(result)).toBe(result.size)
    for (const { layout, memory } of result.candidates) {
      expect([2, 4]).toContain(layout.tp)
      expect([1, 2]).toContain(layout.pp)
      expect(memory.peakBytes).toBeLessThan(0.5 * memory.capacityBytes)
    }
    expect(result.refused[where]).toBeGreaterThan(0)
  })

  test('money and energy order layouts as time does; an expression does what it says', async () => {
    const restricted = ['--choose', 'parallelism.recompute=none,full', '--choose', 'parallelism.zero=1,3', '--top', '3']
    const [time, cost, memory] = await Promise.all(
      [[], ['--objective', 'cost'], ['--objective', 'memory.peakBytes']].map((more) => plan([...restricted, ...more])),
    )
    expect(cost?.result.candidates.map((one: { layout: unknown }) => one.layout)).toEqual(
      time?.result.candidates.map((one: { layout: unknown }) => one.layout),
    )
    expect(memory?.result.candidates[0].memory.peakBytes).toBeLessThan(time?.result.candidates[0].memory.peakBytes)
    expect(memory?.result.pruned).toBe(0)
  })

  test('nothing fits: 1, with the layout that comes nearest', async () => {
    const input = SMALL.replace('llama-3-8b', 'llama-3.1-405b').replace('chips: 64', 'chips: 8')
    const { code, result } = await plan(['--choose', 'parallelism.optimizerOffload=false'], input)
    expect(code).toBe(1)
    expect(result.candidates).toEqual([])
    expect(result.nearest.memory.peakBytes).toBeGreaterThan(result.nearest.memory.capacityBytes)
    expect(total(result)).toBe(result.size)
  })

  test('a condition that no layout meets: 1', async () => {
    const { code, stdout } = await walltime(
      ['plan', '-', '--choose', 'parallelism.recompute=none', '--where', 'step.mfu > 0.99'],
      { input: SMALL },
    )
    expect(code).toBe(1)
    expect(stdout).toContain('No layout meets the conditions')
  })

  test('the report names the winner, why others lose, the front and what binds', async () => {
    const { code, stdout } = await walltime(['plan', '-', '--explain', '--front', '--top', '3'], { input: SMALL })
    expect(code).toBe(0)
    for (const text of [/proven slower/, /own layout takes/, /TIME, MEMORY AND COST/, /WHAT BINDS/, /To use the first/])
      expect(stdout).toMatch(text)
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80)
  })

  test('Ctrl-C keeps the best so far', async () => {
    const { code, stdout, stderr } = await walltime(
      ['plan', MAIN, '--json', '--objective', 'step.seconds * memory.peakBytes'],
      { interruptAfter: 4000 },
    )
    expect(code).toBe(3)
    expect(stderr).toContain('interrupted')
    const result = JSON.parse(stdout)
    expect(result.complete).toBe(false)
    expect(total(result)).toBeLessThan(result.size)
  })

  test.each([
    [['--set', 'override.stepSeconds=6 s'], /override: a scenario whose step is overridden cannot be planned/],
    [['--choose', 'parallelism.tp'], /no "="/],
    [['--choose', 'cluster.chips=8'], /a plan chooses fields of parallelism/],
    [['--choose', 'parallelism.dp=8'], /nothing that a plan chooses/],
    [['--choose', 'parallelism.micro=1'], /did you mean "microBatch"/],
    [['--choose', 'parallelism.tp=0'], /whole number/],
    [['--choose', 'parallelism.tp=two'], /whole number/],
    [['--choose', 'parallelism.schedule=2f2b'], /1f1b/],
    [['--choose', 'parallelism.tp=1', '--choose', 'parallelism.tp=2'], /given twice/],
    [['--choose', '__proto__.tp=1'], /no path/],
    [['--where', 'step.mfu >'], /--where/],
    [['--where', 'step.mfuu > 0.4'], /did you mean/],
    [['--where', 'import("fs")'], /--where/],
    [['--where', 'step.constructor > 1'], /--where/],
    [['--objective', 'parallelism.schedule'], /--objective/],
    [['--top', '0'], /--top/],
  ])('%j is refused before anything is searched', async (args, message) => {
    const { code, stdout, stderr } = await walltime(['plan', '-', ...args], { input: SMALL })
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('a layout in the file that breaks rules does not stand in the way', async () => {
    const { code, result } = await plan(['--top', '1'], SMALL.replace('tp: 2', 'tp: 3'))
    expect(code).toBe(0)
    expect(result.given).toBeNull()
  })
})

describe('parallelism: auto', () => {
  test('estimate, run and simulate take the first of the plan and say so', async () => {
    const { result } = await plan(['--top', '1'])
    const own = result.candidates[0].step.seconds
    const estimated = await walltime(['estimate', '-', '--json'], { input: AUTO })
    const { step, assumptions } = JSON.parse(estimated.stdout)
    expect(step.seconds).toBe(own)
    expect(assumptions.find(({ path }: { path: string }) => path === 'parallelism').source).toMatch(
      /^auto: the fastest of/,
    )
    const run = await walltime(['run', '-', '--json', '--trials', '50'], { input: AUTO })
    expect(JSON.parse(run.stdout).estimate.step.seconds).toBe(own)
    const explained = await walltime(['estimate', '-', '--explain'], { input: AUTO })
    expect(explained.stdout).toMatch(/parallelism = tp \d+/)
  })

  test('compare plans each side, sweep each point', async () => {
    const swap = ['--swap', 'cluster.system=dgx-b200', '--trials', '50']
    const compared = await walltime(['compare', '-', '--json', ...swap], { input: AUTO })
    const { baseline, candidates } = JSON.parse(compared.stdout)
    expect(baseline.estimate.memory.fits && candidates[0].estimate.memory.fits).toBe(true)
    const swept = await walltime(['sweep', '-', '--json', '--vary', 'cluster.chips=32,64'], { input: AUTO })
    expect(swept.code).toBe(0)
    expect(swept.stdout.trim().split('\n')).toHaveLength(2)
  })

  test('where nothing fits the result is printed, with a warning and 1', async () => {
    const input = AUTO.replace('llama-3-8b', 'llama-3.1-405b').replace('chips: 64', 'chips: 8')
    const { code, stdout } = await walltime(['estimate', '-', '--json'], { input })
    expect(code).toBe(1)
    const { memory, warnings } = JSON.parse(stdout)
    expect(memory.fits).toBe(false)
    expect(warnings.map(({ code: name }: { code: string }) => name)).toContain('plan.memory')
  })

  test('where no layout divides, the file is wrong', async () => {
    const cwd = folder({ 's.yaml': AUTO.replace('chips: 64', 'chips: 61') })
    const { code, stderr } = await walltime(['estimate', 's.yaml'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(/s\.yaml:8:14: parallelism: none of .* layouts can run/)
  })
})

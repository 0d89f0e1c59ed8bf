import { expect, test } from 'vitest'
import { folder, walltime } from './walltime.ts'

interface Swap {
  readonly from: string
  readonly to: string
  readonly rows: readonly string[]
  readonly measured: number
  readonly predicted: number
  readonly error: number
}

test('swaps of the rows that ship: every pair, a ratio by hand, better than half of the baseline', async () => {
  const { code, stdout, stderr } = await walltime(['validate', '--swaps', '--json'])
  expect(stderr).toBe('')
  const { swaps, score, byPair, otherFormat } = JSON.parse(stdout)
  expect(swaps).toHaveLength(75)
  expect(score.pairs).toBe(75)
  const counts = Object.fromEntries(
    byPair.map((pair: Swap & { pairs: number }) => [`${pair.from} ${pair.to}`, pair.pairs]),
  )
  expect(counts).toEqual({
    'A100-40GB A100-80GB': 19,
    'A100-40GB H100-SXM-80GB': 19,
    'A100-80GB H100-SXM-80GB': 13,
    'H100-SXM-80GB B200': 1,
    'H100-SXM-80GB GB200': 3,
    'H100-SXM-80GB B300': 1,
    'H100-SXM-80GB GB300': 1,
    'B200 GB200': 8,
    'B200 B300': 1,
    'GB200 B300': 1,
    'GB200 GB300': 2,
    'B300 GB300': 2,
    'MI350X MI355X': 1,
    'TPU-v5e TPU-v5p': 2,
    'TPU-v6e TPU-v7x-Ironwood': 1,
  })
  // Llama 3 8B, FP8 current scaling, 8 chips, sequences of 8,192, 25.11 release of the NeMo performance summary:
  // 30,624 tokens per second and B200, 14,451 per second and H100: 2.12.
  const hopper = swaps.find(({ from, to }: Swap) => from === 'H100-SXM-80GB' && to === 'B200')
  expect(hopper.rows).toEqual([
    'mbridge-25.11-llama3-8b-H100-8-FP8-CS-gbs128',
    'mbridge-25.11-llama3-8b-B200-8-FP8-CS-gbs128',
  ])
  expect(hopper.measured).toBeCloseTo(30624 / 14451, 2)
  for (const { measured, predicted, error } of swaps) expect(error).toBeCloseTo(Math.abs(predicted / measured - 1), 9)
  const mean = swaps.reduce((sum: number, { error }: Swap) => sum + error, 0) / 75
  expect(score.meanError).toBeCloseTo(mean, 9)
  expect(score.meanError).toBeLessThan(0.5 * score.baselineMeanError)
  expect(score.leftOutMeanError).toBeLessThan(0.5 * score.baselineLeftOutMeanError)
  for (const { precision } of otherFormat.swaps) expect(precision).toMatch(/^bf16 to fp8$/)
  // The bar is 6 %: the answer is no as long as the mean is above it.
  expect(code).toBe(score.meanError > 0.06 ? 1 : 0)
  expect(score.meanError).toBeLessThan(0.08)
})

const row = (id: string, chip: string, stepSeconds: number) => ({
  id,
  model: {
    name: 'Small',
    layers: 32,
    hidden: 4096,
    ffn_hidden: 14336,
    heads: 32,
    kv_heads: 8,
    vocab: 128256,
    gated_mlp: true,
  },
  hardware: { chip, chips: 8 },
  software: { framework: 'megatron-core', year: 2025 },
  precision: 'BF16',
  sequenceLength: 8192,
  globalBatchSequences: 128,
  parallelism: { tp: 2, dp: 4 },
  measured: { stepSeconds },
})

test('a report of own rows: 80 columns, no colour in a pipe, the shortfall in words', async () => {
  const rows = JSON.stringify([row('a', 'H100-SXM-80GB', 16), row('b', 'B200', 1)])
  const cwd = folder({ 'rows.json': rows })
  const { code, stdout, stderr } = await walltime(['validate', 'rows.json', '--swaps'], { cwd })
  expect(code).toBe(1)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/H100-SXM-80GB to B200 +1 +16\.00 +16\.00-16\.00/)
  expect(stdout).toMatch(/FELL SHORT: the mean error is/)
  expect(stdout).not.toMatch(/NaN|undefined|null|Infinity|left out/)
  expect(Math.max(...stdout.split('\n').map((line) => [...line].length))).toBeLessThanOrEqual(80)
  expect(stdout).not.toContain('\u001b')
})

test('rows of one chip swap nothing: said, exit code 1; with --runs: refused', async () => {
  const input = JSON.stringify([row('a', 'H100-SXM-80GB', 16)])
  const { code, stdout } = await walltime(['validate', '--swaps', '-'], { input })
  expect(code).toBe(1)
  expect(stdout).toMatch(/FELL SHORT: no two rows are the same training on two chips/)
  expect((await walltime(['validate', '--swaps', '--runs'])).code).toBe(2)
})

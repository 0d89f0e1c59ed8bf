import { readFileSync } from 'node:fs'
import { builtinCatalog } from '@walltime/hardware'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from './estimate.ts'
import { MEMORY_PARTS, STEP_PARTS } from './estimate-result.ts'
import { modelFlopsPerStep } from './model/flops.ts'
import { facilityPower, IDLE_POWER_SHARE, paidChips } from './run/run.ts'
import { readScenario } from './scenario/read.ts'
import { mainPhase, type Scenario, trainerChip, trainerPool } from './scenario/scenario.ts'
import { setPath } from './scenario/set-path.ts'

function read(data: unknown): Scenario {
  const result = readScenario(JSON.stringify(data))
  if (!result.ok) throw new Error(result.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  return result.scenario
}

/** A shipped scenario, and the same with changes by path. */
function shipped(name: string, changes: Readonly<Record<string, unknown>> = {}): Scenario {
  const text = readFileSync(new URL(`../../../scenarios/${name}.yaml`, import.meta.url), 'utf8')
  const settings = Object.entries(changes).map(([path, value]) => ({ path: path.split('.'), value, text: path }))
  const result = readScenario(text, { settings })
  if (!result.ok) throw new Error(result.issues.map(({ message }) => message).join('; '))
  return result.scenario
}

const MAIN = 'llama-3.1-405b-16k-h100'
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
const relativeError = (value: number, expected: number) => Math.abs(value / expected - 1)

const SMALL = {
  model: 'llama-3-8b',
  cluster: { system: 'dgx-h100', chips: 64 },
  training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 128 },
  parallelism: { tp: 2 },
  cost: { price: '2 USD/chip-hour' },
}

describe('Llama 3.1 405B on 16,384 H100', () => {
  const result = estimate(shipped(MAIN))

  it('takes the step of 400 TFLOP/s a chip within 10 % (arXiv:2407.21783, table 4)', () => {
    // Their FLOPs of a step of 16.8M tokens, 6.48 s at 400 TFLOP/s on 16,384 chips.
    expect(relativeError(result.step.seconds, 6.48)).toBeLessThan(0.1)
    expect(relativeError(result.step.modelTflopsPerChip, 400)).toBeLessThan(0.1)
  })

  it('fits, and without its recompute does not', () => {
    expect(result.memory.fits).toBe(true)
    expect(result.memory.peakBytes).toBeLessThan(80 * 2 ** 30)
    expect(estimate(shipped(MAIN, { 'parallelism.recompute': 'none' })).memory.fits).toBe(false)
  })

  it('has the layout of its paper', () => {
    expect(result.layout).toMatchObject({ tp: 8, cp: 1, pp: 16, dp: 128, microBatches: 16 })
    expect(result.layout.layersPerStage).toEqual([7, ...Array.from({ length: 14 }, () => 8), 7])
  })

  it('takes 54 to 90 days without failures for 15.6T tokens', () => {
    const { steps, seconds } = result.run
    expect(steps).toBe(Math.ceil(15.6e12 / (2048 * 8192)))
    expect(seconds).toBeCloseTo(steps * result.step.seconds, 3)
    expect(seconds / 86_400).toBeGreaterThan(54)
    expect(seconds / 86_400).toBeLessThan(90)
  })

  it('moves the gradients of a stage once over data parallelism and two gathers and scatters a layer over tensor parallelism', () => {
    const line = (group: string, name: string) => result.traffic.find((t) => t.group === group && t.name === name)
    // Per layer and micro-batch: forward 2 all-gathers and 2 reduce-scatters, backward 4 and 2 (inputs gathered again).
    const buffer = 8192 * 16384 * 2
    const gathers = line('tp', 'allGather')
    const scatters = line('tp', 'reduceScatter')
    expect(gathers?.bytes).toBe(16 * 8 * 6 * buffer)
    expect(scatters?.bytes).toBe(16 * 8 * 4 * buffer)
    // A middle stage: 8 of 126 layers over tp 8, gradients in 4 bytes, parameters in 2.
    const layer = 16384 * (128 + 16) * 128 + 128 * 128 * 16384 + 3 * 16384 * 53248
    const parameters = 8 * (layer / 8 + 2 * 16384)
    expect(line('dense-dp', 'gradient reduce-scatter')?.bytes).toBeCloseTo(4 * parameters, 0)
    expect(line('dense-dp', 'parameter all-gather')?.bytes).toBeCloseTo(2 * parameters, 0)
    // Hidden states to the next stage: scattered over tp, each way, of 8 chunks and 16 micro-batches.
    expect(line('pp', 'sendRecv')?.bytes).toBe((2 * 8 * 16 * buffer) / 8)
  })
})

describe('GPT-3 on 1,024 A100', () => {
  const result = estimate(shipped('gpt-3-175b-1k-a100'))

  it('has 140 TFLOP/s a chip with recompute within 20 % (arXiv:2104.04473, section 5.1)', () => {
    expect(relativeError((result.step.hfu * 312e12) / 1e12, 140)).toBeLessThan(0.2)
  })

  it('takes 34 days within 20 % (the same, equation 4)', () => {
    expect(relativeError(result.run.seconds / 86_400, 34)).toBeLessThan(0.2)
  })

  it('counts one more forward of the layers, without the head, as recompute', () => {
    const scenario = shipped('gpt-3-175b-1k-a100')
    const head = 6 * 12288 * 51200 * 2048 * 1536
    const layers = modelFlopsPerStep(scenario.model, 2048, 1536) - head
    expect(result.step.hfu / result.step.mfu).toBeCloseTo(1 + layers / 3 / result.step.modelFlops, 6)
  })
})

describe('the step', () => {
  it('is the sum of its parts in every shipped scenario', () => {
    for (const name of [MAIN, 'gpt-3-175b-1k-a100', 'deepseek-v3-2k-h800', 'gpt-4-rumoured-given-mfu']) {
      const { step } = estimate(shipped(name))
      expect(Object.keys(step.breakdown).sort()).toEqual([...STEP_PARTS].sort())
      expect(relativeError(sum(Object.values(step.breakdown)), step.seconds)).toBeLessThan(1e-9)
    }
  })

  it('lies in its interval', () => {
    const { step } = estimate(read(SMALL))
    const [low, high] = step.interval90
    expect(low).toBeLessThan(step.seconds)
    expect(step.seconds).toBeLessThan(high)
    expect(step.spread.p50).toBe(step.seconds)
    // Two-sided factor of a lognormal law: the median is the geometric mean of its quantiles.
    expect(Math.sqrt(low * high) / step.seconds).toBeCloseTo(1, 10)
  })

  it('has wider intervals for mixtures, and for chips whose kernels were not measured, which it says', () => {
    const width = (changes: object) => {
      const result = estimate(read({ ...SMALL, ...changes }))
      const [low, high] = result.step.interval90
      return { width: high / low, codes: result.warnings.map(({ code }) => code) }
    }
    const plain = width({})
    expect(plain.codes).not.toContain('kernels.unmeasured')
    expect(width({ model: 'mixtral-8x7b', parallelism: { ep: 8 } }).width).toBeGreaterThan(plain.width)
    const trainium = width({ cluster: { system: 'trn2', chips: 64 } })
    expect(trainium.width).toBeGreaterThan(plain.width)
    expect(trainium.codes).toContain('kernels.unmeasured')
  })

  it('has rates and utilisations that follow from its time', () => {
    const { step } = estimate(read(SMALL))
    const tokens = 128 * 8192
    expect(step.tokensPerSecond).toBeCloseTo(tokens / step.seconds, 6)
    expect(step.tokensPerSecondPerChip).toBeCloseTo(tokens / step.seconds / 64, 6)
    expect(step.mfu).toBeCloseTo(step.modelFlops / step.seconds / 64 / 989.4e12, 4)
    expect(step.modelTflopsPerChip).toBeCloseTo(step.modelFlops / step.seconds / 64 / 1e12, 6)
    expect(step.hfu).toBe(step.mfu)
    expect(step.overridden).toBe(false)
    expect(step.ownSeconds).toBe(step.seconds)
  })
})

describe('an override', () => {
  const own = estimate(read(SMALL)).step

  it('of the step replaces it, keeps walltime’s own and scales the parts', () => {
    const { step } = estimate(read({ ...SMALL, override: { stepSeconds: '2 s' } }))
    expect(step.seconds).toBe(2)
    expect(step.interval90).toEqual([2, 2])
    expect(step.overridden).toBe(true)
    expect(step.ownSeconds).toBe(own.seconds)
    expect(relativeError(sum(Object.values(step.breakdown)), 2)).toBeLessThan(1e-9)
  })

  it('of the utilisation comes out again', () => {
    for (const mfu of [0.05, 0.34, 1]) {
      const { step, run } = estimate(read({ ...SMALL, override: { mfu } }))
      expect(step.mfu).toBeCloseTo(mfu, 12)
      expect(relativeError(sum(Object.values(step.breakdown)), step.seconds)).toBeLessThan(1e-9)
      expect(run.seconds).toBeCloseTo(run.steps * step.seconds, 3)
      expect(step.ownSeconds).toBe(own.seconds)
    }
  })

  it('with quantiles turns them round: a high utilisation is a short step', () => {
    const { step } = estimate(read({ ...SMALL, override: { mfu: { p5: 0.3, p50: 0.4, p95: 0.45 } } }))
    const atFullUse = step.modelFlops / (64 * 989.4e12)
    expect(step.interval90[0] / (atFullUse / 0.45)).toBeCloseTo(1, 4)
    expect(step.seconds / (atFullUse / 0.4)).toBeCloseTo(1, 4)
    expect(step.interval90[1] / (atFullUse / 0.3)).toBeCloseTo(1, 4)
  })
})

describe("a pilot's own steps", () => {
  const own = estimate(read(SMALL)).step
  const pilot = (seconds: number, changes: object = {}) => ({
    ...{ parallelism: SMALL.parallelism, chips: 64, stepSeconds: seconds },
    ...changes,
  })

  it('of the same layout move the estimate nearly all the way and narrow its interval', () => {
    const { step } = estimate(read({ ...SMALL, measured: [pilot(1.2 * own.seconds)] }))
    expect(step.seconds / own.seconds).toBeGreaterThan(1.15)
    expect(step.seconds / own.seconds).toBeLessThanOrEqual(1.2)
    expect(step.interval90[1] / step.interval90[0]).toBeLessThan(own.interval90[1] / own.interval90[0])
    expect(relativeError(sum(Object.values(step.breakdown)), step.seconds)).toBeLessThan(1e-9)
    expect(step.ownSeconds).toBe(own.seconds)
  })

  it('of another layout move it less', () => {
    const parallelism = { tp: 4, pp: 2 }
    const other = estimate(read({ ...SMALL, parallelism })).step.seconds
    const { step } = estimate(read({ ...SMALL, measured: [pilot(1.2 * other, { parallelism })] }))
    expect(step.seconds / own.seconds).toBeGreaterThan(1.02)
    expect(step.seconds / own.seconds).toBeLessThan(1.15)
  })

  it('that walltime meets exactly leave the median', () => {
    const { step } = estimate(read({ ...SMALL, measured: [pilot(own.seconds)] }))
    expect(step.seconds).toBeCloseTo(own.seconds, 9)
  })

  it('of a layout that does not divide are refused in their place', () => {
    const result = readScenario(JSON.stringify({ ...SMALL, measured: [pilot(1, { parallelism: { tp: 3 } })] }))
    expect(result.ok ? [] : result.issues.map(({ code, path }) => [code, path.join('.')])).toEqual([
      ['layout.chips', 'measured.0.parallelism.tp'],
    ])
  })
})

describe('the run', () => {
  const scenario = read({
    ...SMALL,
    cluster: { ...SMALL.cluster, pue: 1.5 },
    reliability: { spares: { nodes: 2 } },
    override: { stepSeconds: 3 },
  })
  const { run } = estimate(scenario)

  it('adds up by hand: steps, hours, dollars with paid spares, joules of the training chips', () => {
    // 1e12 tokens of 128·8192 a step.
    expect(run.steps).toBe(953_675)
    expect(run.seconds).toBe(953_675 * 3)
    const hours = (953_675 * 3) / 3600
    expect(run.chipHours).toBeCloseTo(64 * hours, 6)
    expect(run.rentalUsd).toBeCloseTo((64 + 16) * hours * 2, 4)
    // 1,275 W (10.2 kW over 8) and 100 W of network a chip, 80 % busy, PUE 1.5.
    expect(run.energyJoules / (64 * 1375 * 0.8 * 1.5 * run.seconds)).toBeCloseTo(1, 12)
  })

  it('pays spares unless they are free', () => {
    expect(paidChips(scenario)).toBe(80)
    expect(paidChips(read({ ...SMALL, reliability: { spares: { nodes: 2, paid: false } } }))).toBe(64)
  })

  it('draws power in proportion to share, chips and PUE', () => {
    const pool = trainerPool(scenario)
    expect(facilityPower(pool, 64, IDLE_POWER_SHARE)).toBeCloseTo(64 * 1375 * 0.3 * 1.5, 6)
  })
})

/** A layout that divides: chips = tp·pp·cp·dp on whole nodes of eight, batch over dp. */
const layouts = fc
  .record({
    system: fc.constantFrom('dgx-a100', 'dgx-h100', 'dgx-b200', 'hgx-h800', 'p5', 'gb200-nvl72'),
    model: fc.constantFrom('llama-3-8b', 'llama-3-70b', 'mixtral-8x7b', 'gpt-oss-120b'),
    tp: fc.constantFrom(1, 2, 4, 8),
    pp: fc.constantFrom(1, 2, 4),
    cp: fc.constantFrom(1, 2),
    dp: fc.constantFrom(8, 16),
    ep: fc.constantFrom(1, 2, 8),
    vpp: fc.constantFrom(1, 2, 4),
    microBatch: fc.constantFrom(1, 2),
    microBatches: fc.constantFrom(4, 8),
    zero: fc.constantFrom(0, 1, 2, 3),
    sequenceParallel: fc.boolean(),
    recompute: fc.constantFrom('none', 'selective', 'full'),
  })
  .map(({ system, model, microBatches, ...layout }) => ({
    model,
    cluster: { system, chips: layout.tp * layout.pp * layout.cp * layout.dp },
    training: { tokens: 1e12, sequenceLength: 4096, globalBatch: layout.dp * layout.microBatch * microBatches },
    parallelism: {
      ...layout,
      ep: model === 'mixtral-8x7b' || model === 'gpt-oss-120b' ? layout.ep : 1,
      vpp: layout.pp > 1 ? layout.vpp : 1,
    },
    cost: { price: '2 USD/chip-hour' },
  }))

const RUNS = { numRuns: 100 }

describe('any layout', () => {
  it('has finite, positive seconds and bytes, parts that are not negative and add up, and utilisation below one', () => {
    fc.assert(
      fc.property(layouts, (data) => {
        const { step, memory, run, traffic } = estimate(read(data))
        expect(step.seconds).toBeGreaterThan(0)
        expect(Number.isFinite(step.seconds)).toBe(true)
        for (const part of STEP_PARTS) expect(step.breakdown[part]).toBeGreaterThanOrEqual(0)
        for (const part of MEMORY_PARTS) expect(memory.breakdown[part]).toBeGreaterThanOrEqual(0)
        expect(relativeError(sum(Object.values(step.breakdown)), step.seconds)).toBeLessThan(1e-9)
        expect(step.mfu).toBeGreaterThan(0)
        expect(step.mfu).toBeLessThanOrEqual(step.hfu)
        expect(step.hfu).toBeLessThan(1)
        expect(run.seconds).toBeGreaterThan(0)
        for (const line of traffic) {
          expect(line.exposedSeconds).toBeGreaterThanOrEqual(0)
          expect(line.seconds).toBeGreaterThan(0)
          expect(Number.isFinite(line.seconds)).toBe(true)
        }
        const { data: exposed } = step.breakdown
        const total = sum(traffic.filter(({ part }) => part === 'data').map(({ seconds }) => seconds))
        expect(exposed).toBeLessThanOrEqual(total * (1 + 1e-9))
      }),
      RUNS,
    )
  })

  it('runs longer for more tokens, costs more at a dearer price', () => {
    fc.assert(
      fc.property(layouts, fc.double({ min: 1.01, max: 10, noNaN: true }), (data, factor) => {
        const { run } = estimate(read(data))
        const longer = estimate(read(setPath(data, ['training', 'tokens'], 1e12 * factor))).run
        expect(longer.seconds).toBeGreaterThan(run.seconds)
        expect(longer.rentalUsd).toBeGreaterThan(run.rentalUsd)
        const dearer = estimate(read(setPath(data, ['cost', 'price'], `${(2 * factor).toFixed(6)} USD/chip-hour`))).run
        expect(dearer.rentalUsd).toBeGreaterThan(run.rentalUsd)
        expect(dearer.seconds).toBe(run.seconds)
      }),
      RUNS,
    )
  })

  it('is not slower with a higher peak, memory bandwidth, scale-up or network bandwidth; not faster with oversubscription', () => {
    fc.assert(
      fc.property(layouts, fc.double({ min: 1.1, max: 4, noNaN: true }), (data, factor) => {
        const scenario = read(data)
        const pool = trainerPool(scenario)
        const { system, fabric } = pool
        const withPool = (changes: Partial<typeof pool>) =>
          estimate({ ...scenario, cluster: { pools: [{ ...pool, ...changes }], links: [] } }).step.seconds
        const chip = trainerChip(scenario)
        const peakFlops = Object.fromEntries(Object.entries(chip.peakFlops).map(([k, v]) => [k, v * factor]))
        const memory = { ...chip.memory, bandwidth: chip.memory.bandwidth * factor }
        const scaleUp = { ...system.scaleUp, bandwidth: system.scaleUp.bandwidth * factor }
        const now = withPool({}) * (1 + 1e-9)
        expect(withPool({ system: { ...system, chip: { ...chip, peakFlops } } })).toBeLessThanOrEqual(now)
        expect(withPool({ system: { ...system, chip: { ...chip, memory } } })).toBeLessThanOrEqual(now)
        expect(withPool({ system: { ...system, scaleUp } })).toBeLessThanOrEqual(now)
        expect(withPool({ fabric: { ...fabric, linkBandwidth: fabric.linkBandwidth * factor } })).toBeLessThanOrEqual(
          now,
        )
        const narrow = { ...fabric, podChips: 16, oversubscription: factor }
        expect(withPool({ fabric: narrow })).toBeGreaterThanOrEqual(withPool({}) * (1 - 1e-9))
      }),
      RUNS,
    )
  })

  it('computes the model’s FLOPs and half a forward of attention again, over all ranks of a step', () => {
    // Balanced experts, sequence parallelism and one head of keys a rank at least: nothing is computed twice.
    fc.assert(
      fc.property(layouts, (data) => {
        const scenario = read({
          ...data,
          model: { extends: 'llama-3-8b' },
          parallelism: { ...data.parallelism, ep: 1, recompute: 'full', sequenceParallel: true },
        })
        const { step } = estimate(scenario)
        const { training } = mainPhase(scenario)
        const head = 6 * 4096 * 128_256 * training.globalBatch * training.sequenceLength
        const expected = 1 + (step.modelFlops - head) / 3 / step.modelFlops
        expect(step.hfu / step.mfu).toBeCloseTo(expected, 9)
      }),
      RUNS,
    )
  })
})

describe('a mixture with an uneven load', () => {
  it('has the same HFU over MFU as an even one: no more is computed, only unevenly', () => {
    const ratio = (imbalance: number) => {
      const model = { extends: 'mixtral-8x7b', moe: { imbalance } }
      const { step } = estimate(read({ ...SMALL, model, parallelism: { ep: 8, recompute: 'full' } }))
      return step.hfu / step.mfu
    }
    expect(ratio(1.5)).toBeCloseTo(ratio(1), 9)
  })
})

describe('a mixture with a skew', () => {
  const sent = (moe: object, ep: number) => {
    const model = { extends: 'mixtral-8x7b', moe }
    const { traffic } = estimate(read({ ...SMALL, model, parallelism: { ep } }))
    return traffic.find((line) => line.name === 'allToAll')?.bytes ?? 0
  }

  it('loads its busiest rank by ep^skew, with 0 like balanced experts', () => {
    for (const ep of [2, 4, 8]) {
      expect(sent({ skew: 0.21 }, ep) / sent({ imbalance: 1 }, ep)).toBeCloseTo(ep ** 0.21, 9)
      expect(sent({ skew: 0 }, ep)).toBe(sent({ imbalance: 1 }, ep))
      expect(sent({ skew: null }, ep)).toBe(sent({}, ep))
    }
  })

  it('sends no rank a token more often than it holds experts: with one of eight experts of two a token, four times the mean', () => {
    expect(sent({ skew: 1 }, 8) / sent({ imbalance: 1 }, 8)).toBeCloseTo(4, 9)
  })
})

describe('experts split over tensor parallelism', () => {
  it('gather their tokens before and scatter them after, forward and backward', () => {
    const { traffic } = estimate(read({ ...SMALL, model: 'mixtral-8x7b', parallelism: { tp: 2, ep: 4, etp: 2 } }))
    const bytes = (group: string, name: string) =>
      traffic.find((line) => line.group === group && line.name === name)?.bytes ?? 0
    // 8,192 tokens on two ranks, each to two experts, of the slowest rank's load 1.1; 4,096 wide in 2 bytes.
    const sent = (8192 / 2) * 2 * 1.1 * 4096 * 2
    // 32 layers, 128 sequences on 32 replicas; dispatch and combine, forward and backward.
    expect(bytes('ep', 'allToAll') / (32 * 4 * 4 * sent)).toBeCloseTo(1, 10)
    // Both ranks' tokens: before the experts, and again for the gradients of what they put out.
    expect(bytes('etp', 'allGather') / (32 * 4 * 2 * 2 * sent)).toBeCloseTo(1, 10)
    expect(bytes('etp', 'reduceScatter') / (32 * 4 * 2 * 2 * sent)).toBeCloseTo(1, 10)
  })
})

describe('every shipped system', () => {
  it.each(Object.keys(builtinCatalog.systems))('%s has a finite step in tp, pp, dp and cp', (system) => {
    const chipsPerNode = builtinCatalog.systems[system]?.chipsPerNode ?? 8
    for (const parallelism of [{}, { tp: 4 }, { pp: 2 }, { cp: 2 }, { tp: 2, pp: 2, vpp: 2 }, { zero: 3 }]) {
      const { step } = estimate(
        read({
          ...SMALL,
          cluster: { system, chips: 4 * chipsPerNode },
          training: { ...SMALL.training, globalBatch: 4 * chipsPerNode },
          parallelism,
        }),
      )
      expect(Number.isFinite(step.seconds)).toBe(true)
      expect(step.seconds).toBeGreaterThan(0)
    }
  })

  it('a torus has a finite step in three stages of sixteen chips', () => {
    const parallelism = { tp: 8, cp: 2, pp: 3 }
    const { step } = estimate(read({ ...SMALL, cluster: { system: 'trn2-ultra', chips: 48 }, parallelism }))
    expect(step.seconds).toBeGreaterThan(0)
  })
})

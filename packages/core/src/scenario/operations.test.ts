import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { problemsOf, withReliability } from './reliability.fixture.ts'
import { communicatorSeconds, restartSeconds } from './restart-seconds.ts'

const of = (section: string, rest = '') => withReliability(section, rest).reliability
const changed = (section: string, path: readonly string[], value: unknown) =>
  withReliability(section, '', { settings: [{ path, value, text: path.join('.') }] }).reliability
const PARAMETERS = 8_030_261_248

describe('checkpoints', () => {
  it('take rules, times and steps as intervals', () => {
    const interval = (text: string) => of(`checkpoint: { interval: ${text} }`).checkpoint.interval
    expect(interval('young')).toBe('young')
    expect(interval('100 steps')).toEqual({ steps: 100 })
    expect(interval('30 min')).toBe(1800)
    expect(problemsOf('checkpoint: { interval: dayl }').join()).toMatch(/did you mean "daly"/)
    expect(problemsOf('checkpoint: { interval: 0 steps }').join()).toMatch(/from 1 to 1e9 steps/)
    expect(problemsOf('checkpoint: { interval: 3 GB }').join()).toMatch(/not a time/)
  })

  it('follow the state of the optimizer', () => {
    const bytes = (optimizer: string) => changed('startup: 0', ['training', 'optimizer'], optimizer).checkpoint.bytes
    // 16-bit weights beside 32-bit master weights and moments, or beside moments of 16 bits.
    expect(bytes('adam')).toBe(14 * PARAMETERS)
    expect(bytes('adam-bf16-moments')).toBe(10 * PARAMETERS)
  })

  it('are written by all nodes where ZeRO shards the state, else by the nodes of one replica', () => {
    const tiers = 'checkpoint: { tiers: [{ kind: local, bandwidth: 1 GB/s }, { kind: file-system }] }'
    const seconds = (zero: number) => changed(tiers, ['parallelism', 'zero'], zero).checkpoint.durableAfter
    expect(seconds(1)).toBeCloseTo((14 * PARAMETERS) / 8 / 1e9, 6)
    expect(seconds(0)).toBeCloseTo((14 * PARAMETERS) / 1e9, 6)
  })

  it('share their storage with other jobs, and with readers of the same weights', () => {
    const tier = (fields: string) =>
      of(`restart: { load: auto }\ncheckpoint: { tiers: [{ kind: file-system, bandwidth: 10 GB/s, ${fields} }] }`)
        .checkpoint
    const alone = tier('interval: 1 h')
    expect(alone.durableAfter).toBeCloseTo((14 * PARAMETERS) / 10e9, 6)
    expect(alone.load).toBeCloseTo((14 * PARAMETERS) / 10e9, 6)
    expect(tier('share: 25 %').durableAfter / alone.durableAfter).toBeCloseTo(4, 9)
    // 32 replicas read 2 bytes a parameter each, the rest is read once.
    expect(tier('readsOnce: false').load / alone.load).toBeCloseTo((14 + 31 * 2) / 14, 9)
  })

  it('in memory stop training for the copy of a chip over its host link, and are copied to a peer', () => {
    const { checkpoint } = of('checkpoint: { tiers: [{ kind: memory }, { kind: object-store }] }')
    // 64 chips; an H100 has 63 GB/s to its host (PCIe 5).
    expect(checkpoint.blocking).toBeCloseTo((14 * PARAMETERS) / 64 / 63e9, 9)
    expect(checkpoint.replicas).toBe(2)
    expect(checkpoint.tiers).toMatchObject([{ kind: 'object-store', blocking: checkpoint.blocking, interval: 'auto' }])
  })

  it('count the time to load only where the restart does not contain it', () => {
    const tiers = 'checkpoint: { tiers: [{ kind: file-system, bandwidth: 10 GB/s }] }'
    expect(of(`restart: 10 min\n${tiers}`).checkpoint.load).toBe(0)
    expect(of(`restart: { load: 30 s }\n${tiers}`).checkpoint.load).toBe(0)
    expect(of(`restart: { load: auto }\n${tiers}`).checkpoint.load).toBeGreaterThan(10)
    expect(of(`restart: 10 min\n${tiers.replace('kind', 'load: 20 s, kind')}`).checkpoint.load).toBe(20)
  })

  it.each([
    ['tiers: [{ kind: file-system }, { kind: memory }]', /memory cannot stand behind file-system/],
    ['tiers: [{ kind: memory }, { kind: memory }]', /each once/],
    ['tiers: [{ kind: memory, interval: 10 min }, { kind: local, interval: 5 min }]', /no shorter a time/],
    ['tiers: [{ kind: memory, interval: 10 steps }, { kind: local, interval: 5 steps }]', /number of steps/],
    ['interval: 10 min, tiers: [{ kind: memory }, { kind: local, interval: 5 min }]', /no shorter a time/],
    ['interval: 10 min, tiers: [{ kind: memory, interval: 5 min }]', /gives another interval/],
    ['bandwidth: 1 GB/s, tiers: [{ kind: memory }]', /give bandwidth in the tier/],
    ['tiers: [{ kind: local, replicas: 2 }]', /belongs to a tier in memory/],
    ['tiers: [{ kind: memory, replicas: 9 }]', /9 copies need as many nodes; there are 8/],
    ['tiers: [{ kind: local, share: 0.5 }]', /storage that all nodes share/],
    ['tiers: [{ kind: memry }]', /did you mean "memory"/],
    ['tiers: []', /tiers/],
  ])('{ %s } is refused', (fields, message) => {
    expect(problemsOf(`checkpoint: { ${fields} }`).join('\n')).toMatch(message)
  })

  it('that no tier keeps beyond the nodes are warned about', () => {
    const { warnings } = withReliability('checkpoint: { tiers: [{ kind: memory }, { kind: local }] }')
    expect(warnings.map(({ code }) => code)).toContain('checkpoint.unsafe')
  })
})

describe('the restart', () => {
  // ByteRobust, arXiv:2509.16293, table 7.
  it.each([
    [2048, 454, 46],
    [4096, 545, 51],
    [8192, 635, 54],
    [16384, 768, 65],
  ])('of %i chips takes what was measured, within 5 %%', (chips, requeue, hotUpdate) => {
    expect(restartSeconds('requeue', chips) / requeue).toBeCloseTo(1, 1)
    expect(Math.abs(restartSeconds('requeue', chips) / requeue - 1)).toBeLessThan(0.05)
    expect(Math.abs(restartSeconds('hot-update', chips) / hotUpdate - 1)).toBeLessThan(0.1)
  })

  // MegaScale, arXiv:2402.15627, section 3.5: below 5 s at 2,048 chips, below 30 s above 10,000.
  it('sets up communicators', () => {
    expect(communicatorSeconds(2048)).toBeLessThanOrEqual(5)
    expect(communicatorSeconds(10_240)).toBeLessThan(30)
  })

  it('is a time, a spread, or told by its parts', () => {
    expect(of('restart: 5 min').restart).toMatchObject({ p5: 300, p50: 300, p95: 300, law: 'fixed', warmupSteps: 0 })
    const parts = of(
      'restart: { process: { p5: 1 min, p50: 2 min, p95: 4 min }, communicator: 30 s, load: 20 s, warmupSteps: 5 }',
    )
    expect(parts.restart).toMatchObject({ p5: 110, p50: 170, p95: 290, law: 'lognormal', warmupSteps: 5 })
    expect(of('restart: { mode: hot-update, communicator: 0 s }').restart.p50).toBe(30)
    expect(problemsOf('restart: { proces: 1 min, load: auto }').join()).toMatch(/did you mean "process"/)
    expect(problemsOf('restart: { process: soon }').join()).toMatch(/quantity/)
  })
})

describe('spares', () => {
  it('are one pool, or several', () => {
    expect(of('spares: { nodes: 4 }').spares).toEqual({ nodes: 4, paid: true })
    const pools = of('spares: { nodes: 1, pools: [{ kind: warm, nodes: 2 }, { kind: shared }], requeue: 1 h }').spares
    expect(pools).toEqual({
      nodes: 3,
      paid: true,
      pools: [
        { kind: 'hot', nodes: 1, swap: 0, paid: true },
        { kind: 'warm', nodes: 2, swap: 180, paid: true },
        { kind: 'shared', nodes: Number.POSITIVE_INFINITY, swap: 1200, paid: false },
      ],
      requeue: 3600,
    })
  })

  it.each([
    ['pools: [{ kind: hot }]', /a hot pool has a size/],
    ['pools: [{ kind: shared }, { kind: warm, nodes: 2 }]', /is never asked/],
    ['pools: [{ kind: cold, nodes: 2 }]', /unknown value "cold"|must be one of/],
  ])('{ %s } are refused', (fields, message) => {
    expect(problemsOf(`spares: { ${fields} }`).join('\n')).toMatch(message)
  })
})

describe('the fleet', () => {
  it('has lemons and batches', () => {
    expect(of('lemons: {}').lemons).toEqual({ share: 0.012, multiple: 12 })
    expect(of('batches: [{ share: 0.3, age: 100 d }]').batches).toEqual([{ share: 0.3, ageSeconds: 8_640_000 }])
    expect(problemsOf('batches: [{ share: 0.7, age: 1 d }, { share: 0.7, age: 2 d }]').join()).toMatch(/more than 1/)
  })

  it('has a scale-up domain that is replaced as a whole, where it is more than a node', () => {
    expect(problemsOf('domain: {}').join()).toMatch(/is a node: it is replaced as a whole anyway/)
  })

  it('continues with fewer replicas, at least as many as there are', () => {
    expect(of('elastic: {}').elastic).toEqual({ minReplicas: 1, stall: 180, regrow: 180, first: false })
    expect(problemsOf('elastic: { minReplicas: 64 }').join()).toMatch(/has 32 data-parallel replicas/)
  })

  it('is shared with other jobs that fit', () => {
    const cluster = (fields: string) => `cluster: { nodes: 20, jobs: [{ duration: 1 h, ${fields} }] }`
    expect(of(cluster('nodes: 4, every: 1 h')).cluster).toEqual({
      nodes: 20,
      priority: 0,
      grace: 0,
      jobs: [{ id: 'job-1', nodes: 4, priority: 0, rate: 1 / 3600, duration: 3600 }],
    })
    expect(problemsOf(cluster('nodes: 40, every: 1 h')).join()).toMatch(/never starts: the cluster has 20 nodes/)
    expect(problemsOf(cluster('nodes: 4')).join()).toMatch(/either rate or every/)
    expect(problemsOf(cluster('nodes: 4, every: 1 h').replace('20', '7')).join()).toMatch(/the run alone needs 8 nodes/)
  })
})

describe('evaluation', () => {
  it('that never comes is warned about', () => {
    const codes = (every: string) =>
      estimate(withReliability('startup: 0', `evaluation: { every: ${every}, pause: 1 min }\n`)).warnings.map(
        ({ code }) => code,
      )
    expect(codes('1000 steps')).not.toContain('evaluation.every')
    expect(codes('1e9 steps'.replace('1e9', '900000000'))).toContain('evaluation.every')
  })
})

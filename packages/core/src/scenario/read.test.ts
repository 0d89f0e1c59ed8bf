import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { formatPath } from './document.ts'
import { scenarioJsonSchema } from './input-schema.ts'
import { builtinProfiles, extendProfiles } from './profiles.ts'
import { describeIssue, parseScenario, type ReadOptions, readScenario, ScenarioError } from './read.ts'
import { mainPhase, trainerPool } from './scenario.ts'
import { parsePath, setPath } from './set-path.ts'

const TEXT = `name: A test
model: llama-3-8b
cluster:
  system: dgx-h100
  chips: 64
training:
  tokens: 1T tokens
  sequenceLength: 8192
  globalBatch: 128
parallelism: { tp: 2 }
cost:
  price: 2 USD/chip-hour
`

/** Issues of the text with some lines changed, one line each as `line:column code message`. */
function problems(changes: Readonly<Record<string, string>>, options: ReadOptions = {}): readonly string[] {
  let text = TEXT
  for (const [before, after] of Object.entries(changes)) {
    expect(text).toContain(before)
    text = text.replace(before, after)
  }
  const result = readScenario(text, options)
  if (result.ok) return []
  return result.issues.map(({ code, position, setting, message }) => {
    const where = position === undefined ? (setting ?? 'nowhere') : `${position.line}:${position.column}`
    return `${where} ${code} ${message}`
  })
}

const read = (changes: Readonly<Record<string, string>> = {}) =>
  parseScenario(Object.entries(changes).reduce((text, [before, after]) => text.replace(before, after), TEXT))

describe('what is wrong is found where it stands', () => {
  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'an unknown key, with the nearest',
      { 'sequenceLength: 8192': 'sequencelength: 8192' },
      /^8:3 scenario\.key .*did you mean "sequenceLength"/,
    ],
    ['an unknown key at the top', { 'model:': 'modle:' }, /^2:1 scenario\.key .*did you mean "model"/],
    ['an unknown unit', { '1T tokens': '1T tokns' }, /^7:11 quantity\.unit /],
    ['a wrong dimension', { 'cost:': 'reliability: { restart: 3 GB }\ncost:' }, /^11:25 quantity\.dimension .*time/],
    ['what is no amount of tokens', { '1T tokens': '3 GB/s' }, /^7:11 quantity\.\w+ .*tokens/],
    ['a wrong type', { 'sequenceLength: 8192': 'sequenceLength: long' }, /^8:19 scenario\.\w+ must be a whole number/],
    ['a fraction for a whole number', { 'chips: 64': 'chips: 64.5' }, /^5:10 scenario\.value .*64\.5/],
    ['a list for a map', { '{ tp: 2 }': '[2]' }, /^10:14 scenario\.\w+ /],
    ['a missing field, at its parent', { '  tokens: 1T tokens\n': '' }, /^7:3 /],
    ['a key that stands twice', { 'chips: 64': 'chips: 64\n  chips: 32' }, /^6:3 yaml\.syntax .*twice/],
    ['an unclosed bracket', { '{ tp: 2 }': '{ tp: 2' }, /^1[01]:\d+ yaml\.syntax /],
    ['a second document', { 'cost:': '---\ncost:' }, /^11:1 yaml\.syntax .*one document|^11:1 yaml\.syntax/],
    ['an unknown model, with the nearest', { 'llama-3-8b': 'llama-3-8' }, /^2:8 scenario\.unknown .*llama-3-8b/],
    ['an unknown system', { 'dgx-h100': 'dgx-h10' }, /^4:11 \S+ .*dgx-h100/],
    ['a layout that does not divide', { 'tp: 2': 'tp: 3' }, /^10:20 layout\.chips /],
    ['a batch that does not divide', { 'globalBatch: 128': 'globalBatch: 100' }, /^9:16 layout\.batch /],
    [
      'tokens that are no whole sequences',
      { 'globalBatch: 128': 'globalBatch: 1M tokens' },
      /^9:16 layout\.batch .*122 sequences/,
    ],
    ['a batch of half a sequence', { 'globalBatch: 128': 'globalBatch: 12.5' }, /^9:16 scenario\.value .*12\.5/],
    ['nodes that contradict chips', { 'chips: 64': 'chips: 64\n  nodes: 4' }, /^6:10 cluster\.chips .*32 chips/],
    [
      'a precision that the chip lacks',
      { 'globalBatch: 128': 'globalBatch: 128\n  precision: nvfp4' },
      /^10:14 training\.precision .*no fp4/,
    ],
    [
      'an unknown optimizer',
      { 'globalBatch: 128': 'globalBatch: 128\n  optimizer: adm' },
      /^10:14 scenario\.unknown .*"adam"/,
    ],
    ['an unknown software stack', { 'cost:': 'software: megatron\ncost:' }, /^11:11 scenario\.unknown .*megatron-core/],
    ['a software stack of the wrong kind', { 'cost:': 'software: 3\ncost:' }, /^11:11 scenario\.type /],
    ['an unknown price', { '2 USD/chip-hour': 'h100-reservd' }, /^12:10 scenario\.unknown .*h100-reserved/],
    ['a purchase price', { '2 USD/chip-hour': 'h100-purchase' }, /^12:10 (cost\.price|scenario\.unknown)/],
    ['a price meant per hour', { '2 USD/chip-hour': '2.5' }, /^12:10 cost\.price .*2\.5 USD\/chip-hour/],
    [
      'auto on chips that nothing divides',
      { 'chips: 64': 'chips: 61', '{ tp: 2 }': 'auto' },
      /^10:14 plan\.none .*layout\.batch/,
    ],
    ['both overrides', { 'cost:': 'override: { stepSeconds: 3, mfu: 0.4 }\ncost:' }, /^11:34 override /],
    [
      'an unknown set of failures',
      { 'cost:': 'reliability: { failures: llama3 }\ncost:' },
      /^11:26 scenario\.unknown .*llama3-2024/,
    ],
    ['failures of the wrong kind', { 'cost:': 'reliability: { failures: 3 }\ncost:' }, /^11:26 scenario\.type /],
    [
      'a failure class without a rate',
      { 'cost:': 'reliability: { failures: [{ id: x, per: chip }] }\ncost:' },
      /^11:27 failures\.rate /,
    ],
    [
      'a failure class with an unknown key',
      { 'cost:': 'reliability: { failures: [{ id: x, per: chip, mtfb: 3 d }] }\ncost:' },
      /^11:47 scenario\.key .*mtbf/,
    ],
    [
      'phases that do not add up',
      { 'cost:': 'phases: [{ training: { tokens: 2T } }]\ncost:' },
      /^11:9 phases\.tokens have 2\.00 ?T.*, training says 1\.00 ?T/,
    ],
    [
      'a role that is not computed',
      { 'cost:': 'roles: [{ name: rollout, pool: main }]\ncost:' },
      /^11:17 scenario\.roles /,
    ],
    [
      'a role on no pool',
      { 'cost:': 'roles: [{ name: trainer, pool: other }]\ncost:' },
      /^11:32 scenario\.roles .*other/,
    ],
    ['a model of the wrong kind', { 'model: llama-3-8b': 'model: 3' }, /^2:8 scenario\.type /],
    ['a model that extends nothing', { 'model: llama-3-8b': 'model: { extends: llama }' }, /^2:19 scenario\.unknown /],
    [
      'more active experts than there are',
      { 'model: llama-3-8b': 'model: { extends: mixtral-8x7b, moe: { topK: 9 } }' },
      /^2:\d+ model\.shape .*9 .* 8 experts/,
    ],
    [
      'heads that do not share keys evenly',
      { 'model: llama-3-8b': 'model: { extends: llama-3-8b, kvHeads: 5 }' },
      /^2:40 model\.shape .*32 heads .* 5/,
    ],
    [
      'a dense model without an MLP',
      { 'model: llama-3-8b': 'model: { layers: 2, hidden: 64, heads: 4, vocab: 100 }' },
      /^2:\d+ model\.shape .*dense MLP/,
    ],
  ])('%s', (_, changes, expected) => {
    const found = problems(changes)
    expect(
      found.some((line) => expected.test(line)),
      found.join('\n'),
    ).toBe(true)
  })

  it('all at once', () => {
    const found = problems({ 'llama-3-8b': 'llama', 'dgx-h100': 'dgx', '1T tokens': '1T tokens', 'tp: 2': 'tp: 2' })
    expect(found).toHaveLength(2)
  })

  it('a missing model, in words of a user', () => {
    expect(problems({ 'model: llama-3-8b\n': '' }).join()).not.toContain('nonoptional')
  })

  it('a layout that does not divide, inside a phase', () => {
    const before = '  tokens: 1T tokens\n  sequenceLength: 8192\n  globalBatch: 128\nparallelism: { tp: 2 }\n'
    const phase = '  - training: { tokens: 1T, sequenceLength: 8192, globalBatch: 128 }\n    parallelism: { tp: 3 }\n'
    const found = problems({ [`training:\n${before}`]: `phases:\n${phase}` })
    expect(found[0]).toMatch(/^8:24 layout\.chips /)
  })
})

describe('settings', () => {
  const set = (text: string, value: unknown) => ({ path: parsePath(text) ?? [], value, text: `--set ${text}` })

  it('replace values, and are named where they are wrong', () => {
    expect(problems({}, { settings: [set('parallelism.tp', 4)] })).toEqual([])
    const [wrong] = problems({}, { settings: [set('parallelism.tp', 3)] })
    expect(wrong).toMatch(/^--set parallelism\.tp layout\.chips /)
    const [unknown] = problems({}, { settings: [set('parallelism.tpp', 4)] })
    expect(unknown).toMatch(/^--set parallelism\.tpp scenario\.key /)
  })

  it('of chips drop the nodes', () => {
    const result = readScenario(TEXT.replace('chips: 64', 'nodes: 8'), { settings: [set('cluster.chips', 128)] })
    expect(result.ok && trainerPool(result.scenario).chips).toBe(128)
  })

  it('reach into a preset named by id', () => {
    const text = TEXT.replace('chips: 64', 'chips: 64\n  fabric: roce-400')
    const result = readScenario(text, { settings: [set('cluster.fabric.oversubscription', 7)] })
    expect(result.ok && trainerPool(result.scenario).fabric).toMatchObject({ oversubscription: 7, achieved: 0.92 })
  })

  it('the last one wins', () => {
    const settings = [set('parallelism.tp', 3), set('parallelism.tp', 8)]
    const result = readScenario(TEXT, { settings })
    expect(result.ok && mainPhase(result.scenario).parallelism.tp).toBe(8)
  })
})

describe('paths', () => {
  it('are split at dots and brackets', () => {
    expect(parsePath('cluster.fabric.oversubscription')).toEqual(['cluster', 'fabric', 'oversubscription'])
    expect(parsePath('phases[0].training.tokens')).toEqual(['phases', 0, 'training', 'tokens'])
    expect(parsePath('parallelism.layerSplit[3]')).toEqual(['parallelism', 'layerSplit', 3])
  })

  it.each([
    '',
    'a..b',
    '.a',
    'a.',
    '__proto__',
    'a.__proto__.b',
    'constructor.prototype',
    'a.prototype',
    'a'.repeat(201),
  ])('refuse %j', (text) => {
    expect(parsePath(text)).toBeNull()
  })

  it('set a copy and leave the original', () => {
    const data = { a: { b: [1, 2, 3] }, c: 1 }
    expect(setPath(data, ['a', 'b', 1], 9)).toEqual({ a: { b: [1, 9, 3] }, c: 1 })
    expect(setPath(data, ['a', 'b', 7], 9)).toEqual({ a: { b: [1, 2, 3, 9] }, c: 1 })
    expect(setPath(data, ['x', 'y'], 9)).toEqual({ ...data, x: { y: 9 } })
    expect(setPath(data, [], 9)).toBe(9)
    expect(setPath('roce-400', ['oversubscription'], 7)).toEqual({ extends: 'roce-400', oversubscription: 7 })
    expect(data).toEqual({ a: { b: [1, 2, 3] }, c: 1 })
  })

  it('never reach what all objects share', () => {
    setPath({}, ['__proto__', 'polluted'], true)
    setPath({}, ['constructor', 'prototype', 'polluted'], true)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('are written with dots and brackets', () => {
    expect(formatPath(['phases', 0, 'training'])).toBe('phases[0].training')
    expect(formatPath([])).toBe('')
  })
})

describe('an error', () => {
  it('says line, column, path and message of everything that is wrong', () => {
    const text = TEXT.replace('tp: 2', 'tp: 3')
    expect(() => parseScenario(text)).toThrow(ScenarioError)
    expect(() => parseScenario(text)).toThrow(/^10:20: parallelism\.tp: tp·pp·cp = 3·1·1 = 3 does not divide 64 chips/)
  })

  it('names a setting instead of a place', () => {
    const issue = { code: 'x', path: ['a', 1], message: 'is wrong', setting: '--set a[1]=2' }
    expect(describeIssue(issue)).toBe('a[1]: is wrong (from --set a[1]=2)')
    expect(describeIssue({ code: 'x', path: [], message: 'is wrong', position: { line: 2, column: 3 } })).toBe(
      '2:3: is wrong',
    )
  })
})

describe('what is read', () => {
  it('is the scenario with its defaults, each said', () => {
    const scenario = read()
    expect(scenario.name).toBe('A test')
    expect(mainPhase(scenario).training).toMatchObject({ tokens: 1e12, globalBatch: 128, precision: 'bf16' })
    expect(mainPhase(scenario).parallelism).toMatchObject({
      ...{ tp: 2, pp: 1, cp: 1, ep: 1, dp: 32, vpp: 1, microBatch: 1, zero: 1 },
      ...{
        sequenceParallel: true,
        schedule: '1f1b',
        recompute: { mode: 'none', modules: [], layers: null, offload: false },
      },
      optimizerOffload: false,
    })
    expect(scenario.cost.price.usdPerChipHour.p50).toBeCloseTo(2, 12)
    expect(scenario.assumptions.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'cluster.fabric',
        'cluster.pue',
        'training.precision',
        'software',
        'reliability.failures',
      ]),
    )
  })

  it('takes JSON as it takes YAML', () => {
    const yaml = read()
    const json = JSON.stringify({
      ...{ name: 'A test', model: 'llama-3-8b', cluster: { system: 'dgx-h100', chips: 64 } },
      training: { tokens: 1e12, sequenceLength: 8192, globalBatch: 128 },
      ...{ parallelism: { tp: 2 }, cost: { price: '2 USD/chip-hour' } },
    })
    expect(parseScenario(json)).toEqual(yaml)
  })

  it('a batch in tokens is so many sequences', () => {
    const scenario = read({ 'globalBatch: 128': 'globalBatch: 1048576 tokens' })
    expect(mainPhase(scenario).training.globalBatch).toBe(128)
    expect(mainPhase(read({ 'globalBatch: 128': 'globalBatch: "128"' })).training.globalBatch).toBe(128)
  })

  it('nodes are chips', () => {
    expect(trainerPool(read({ 'chips: 64': 'nodes: 8' })).chips).toBe(64)
  })

  it('one pool and one phase are the long form of the same', () => {
    const long = parseScenario(`name: A test
model: llama-3-8b
cluster: { pools: [{ system: dgx-h100, chips: 64 }] }
phases:
  - training: { tokens: 1T tokens, sequenceLength: 8192, globalBatch: 128 }
    parallelism: { tp: 2 }
cost: { price: 2 USD/chip-hour }
`)
    expect(estimate(long).step).toEqual(estimate(read()).step)
  })

  it.each([
    [
      'two pools',
      'cluster: { pools: [{ system: dgx-h100, chips: 8 }, { system: dgx-h100, chips: 8 }] }',
      'cluster.pools',
    ],
    ['pools and a system', 'cluster: { system: dgx-h100, pools: [{ system: dgx-h100, chips: 8 }] }', 'cluster.pools'],
    ['no system', 'cluster: { chips: 8 }', 'scenario.missing'],
    ['no chips', 'cluster: { system: dgx-h100 }', 'scenario.missing'],
  ])('%s are refused', (_, cluster, code) => {
    const found = problems({ 'cluster:\n  system: dgx-h100\n  chips: 64': cluster })
    expect(found.join()).toContain(code)
  })

  it('neither phases nor training are refused', () => {
    const training = 'training:\n  tokens: 1T tokens\n  sequenceLength: 8192\n  globalBatch: 128\n'
    expect(problems({ [training]: '' }).join()).toContain('scenario.missing')
  })

  it('a profile in the scenario extends one that ships', () => {
    const scenario = read({
      'dgx-h100': 'mine',
      'cost:':
        'profiles:\n  systems:\n    mine: { extends: dgx-h100, nicsPerNode: 4 }\n  models:\n    own: { extends: llama-3-8b, layers: 40 }\ncost:',
      'model: llama-3-8b': 'model: own',
    })
    expect(trainerPool(scenario).system.nicsPerNode).toBe(4)
    expect(scenario.model).toMatchObject({ id: 'own', layers: 40, hidden: 4096 })
  })

  it('a profile that is wrong is found', () => {
    const wrong = (profiles: string) => problems({ 'cost:': `profiles: ${profiles}\ncost:` }).join('\n')
    expect(wrong('{ system: {} }')).toMatch(/^11:\d+ scenario\.key .*systems/)
    expect(wrong('{ models: [] }')).toMatch(/profiles\.type/)
    expect(wrong('{ models: { own: { extends: nothing } } }')).toMatch(/^11:\d+ scenario\.unknown/)
    expect(wrong('{ chips: { own: { extends: h100-sxm, memory: { bandwidth: 3 GB } } } }')).toMatch(/^11:\d+ /)
    expect(extendProfiles(builtinProfiles, 3, ['profiles'])).toEqual([
      expect.objectContaining({ code: 'profiles.type' }),
    ])
  })

  it('a part of a model changes inside its parent', () => {
    const scenario = read({ 'model: llama-3-8b': 'model: { extends: mixtral-8x7b, moe: { topK: 4 } }' })
    expect(scenario.model.moe).toMatchObject({ experts: 8, topK: 4, expertFfn: 14336 })
  })

  it('a whole model of one’s own', () => {
    const scenario = read({
      'model: llama-3-8b':
        'model: { layers: 4, hidden: 256, heads: 8, vocab: 1000, moe: { experts: 4, topK: 2, expertFfn: 512, sharedExperts: 2 } }',
    })
    expect(scenario.model).toMatchObject({ kvHeads: 8, headDim: 32, moe: { sharedFfn: 1024, every: 1 } })
  })

  it('spreads are laws, in order', () => {
    const scenario = read({ '2 USD/chip-hour': '{ p5: 1 USD/chip-hour, p50: 2 USD/chip-hour, p95: 5 USD/chip-hour }' })
    const { p5, p50, p95, law } = scenario.cost.price.usdPerChipHour
    expect([p5, p50, p95].map((value) => value.toFixed(9))).toEqual(['1.000000000', '2.000000000', '5.000000000'])
    expect(law).toBe('lognormal')
    const wrong = (spread: string) => problems({ 'price: 2 USD/chip-hour': `price: ${spread}` }).join('\n')
    expect(wrong('{ p5: 3 USD/h, p50: 2 USD/h, p95: 4 USD/h }')).toMatch(/^12:10 spread\.order/)
    expect(wrong('{ p5: 1 USD/h, p95: 4 USD/h }')).toMatch(/spread\.missing/)
    expect(wrong('{ p5: 1 USD/h, p50: 2 USD/h, p95: 4 USD/h, law: uniform }')).toMatch(/spread\.law/)
    expect(wrong('{ p5: 1 USD/h, p50: 2 USD/h, p95: 4 USD/h, p99: 5 USD/h }')).toMatch(/spread\.key/)
  })

  it('a software stack with changes, a recompute by modules, a split by stages, failures of one’s own', () => {
    const scenario = read({
      'parallelism: { tp: 2 }':
        'parallelism: { tp: 2, pp: 4, layerSplit: [9, 8, 8, 7], recompute: { modules: [] } }\nsoftware: { extends: pytorch-fsdp, launch: 1 us, reserve: 3 GiB }\nreliability: { failures: [{ id: node, per: node, mtbf: 100 d }, { id: job, per: job, rate: 1/d, repair: { manual: 1 h } }], checkpoint: { interval: 30 min, bandwidth: 1 GB/s } }',
    })
    expect(scenario.software).toMatchObject({ id: 'pytorch-fsdp*', launchSeconds: 1e-6, reserveBytes: 3 * 2 ** 30 })
    expect(mainPhase(scenario).parallelism).toMatchObject({
      recompute: { mode: 'none' },
      layerSplit: { stages: [9, 8, 8, 7] },
    })
    expect(scenario.reliability.failures.classes).toMatchObject([
      { id: 'node', rate: 1 / 8_640_000, losesNode: true },
      { id: 'job', losesNode: false, repair: { manualSeconds: 3600 } },
    ])
    expect(scenario.reliability.checkpoint).toMatchObject({ interval: 1800, durableAfter: (14 * 8_030_261_248) / 1e9 })
  })

  it('a system without a price asks for one', () => {
    const found = problems({
      'cost:\n  price: 2 USD/chip-hour\n':
        'profiles:\n  systems:\n    mine: { extends: dgx-h100, price: nothing-known }\n',
      'dgx-h100': 'mine',
    })
    expect(found.join()).toMatch(/price/)
  })

  it('chips that do not fill nodes are warned about', () => {
    const scenario = read({ 'chips: 64': 'chips: 12', 'tp: 2': 'tp: 4', 'globalBatch: 128': 'globalBatch: 126' })
    expect(scenario.warnings.map(({ code }) => code)).toContain('cluster.partial-node')
  })

  it('has a JSON Schema that names the same fields', () => {
    const schema = scenarioJsonSchema() as { properties: Record<string, unknown>; additionalProperties: boolean }
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining([
        'name',
        'model',
        'cluster',
        'training',
        'parallelism',
        'override',
        'reliability',
        'cost',
      ]),
    )
    expect(schema.additionalProperties).toBe(false)
    const { reliability } = schema.properties as Record<'reliability', { properties: Record<string, unknown> }>
    expect(Object.keys(reliability.properties)).toEqual(
      expect.arrayContaining(['failures', 'checkpoint', 'restart', 'spares', 'elastic', 'maintenance', 'cluster']),
    )
    expect(reliability.properties['restart']).toMatchObject({
      anyOf: [{ anyOf: expect.anything() }, { properties: { mode: { enum: ['requeue', 'hot-update'] } } }],
    })
  })
})

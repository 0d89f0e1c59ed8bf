import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimate } from '../estimate.ts'
import { MAX_TEXT_BYTES, readText } from './document.ts'
import { readScenario } from './read.ts'

const VALID = {
  name: 'A test',
  caveats: ['none'],
  model: {
    ...{ extends: 'mixtral-8x7b', layers: 8 },
    moe: { experts: 8, topK: 2, expertFfn: 1024, sharedFfn: 512, firstDense: 0, every: 1, imbalance: 1.2 },
  },
  cluster: {
    system: 'dgx-h100',
    chips: 64,
    fabric: { extends: 'roce-400', oversubscription: 7, podChips: 32 },
    pue: 1.2,
  },
  training: { tokens: 1e12, sequenceLength: 4096, globalBatch: 128 },
  parallelism: { tp: 2, pp: 2, cp: 1, ep: 8, etp: 1, dp: 16, vpp: 2, microBatch: 1, zero: 1 },
  software: { extends: 'megatron-core', tensorOverlap: 0.1, dataOverlap: 0.9, launch: 1e-6, reserve: 1e9 },
  override: { stepSeconds: 5 },
  reliability: {
    failures: {
      extends: 'llama3-2024',
      nodeRate: 1e-8,
      fleet: 1,
      classes: [
        {
          id: 'chip',
          per: 'chip',
          mtbf: 1e8,
          detection: 60,
          lifetime: { piecewise: [{ until: 1e6, factor: 3 }, { factor: 1 }] },
          repair: {
            automaticShare: 0.5,
            automatic: 60,
            manual: { exponential: { mean: 3600 } },
            silentManualShare: 0.2,
          },
          wrongDiagnosis: { share: 0.1, recurrence: 3600 },
          overEviction: 1,
          radius: 'rack',
        },
        {
          id: 'slow',
          per: 'link',
          rate: 1e-9,
          effect: 'slow',
          pace: 0.8,
          modulation: { period: 86400, factors: [1, 2] },
          burst: { share: 0.2, within: 600 },
          whileDown: true,
          diagnosis: { uniform: { from: 60, to: 120 } },
        },
        { id: 'spike', per: 'job', mtbf: 1e6, effect: 'rollback', rollback: '100 steps', restart: 'hot-update' },
        { id: 'past', per: 'person', trace: { text: 'time,nodes\n1,8\n5,1\n', length: 1e5, start: 'beginning' } },
        {
          id: 'stop',
          per: 'switch',
          mtbf: 1e7,
          effect: 'stop',
          grace: 60,
          stop: { weibull: { mean: 600, shape: 0.7 } },
        },
      ],
    },
    fleet: { p5: 0.5, p50: 1, p95: 2 },
    detection: 30,
    diagnosis: 60,
    repair: { automaticShare: 0.5, manual: 3600, crews: 3 },
    lemons: { share: 0.01, multiple: 10 },
    batches: [{ share: 0.5, age: 1e6 }],
    checkpoint: {
      bytesPerParameter: 14,
      tiers: [
        { kind: 'memory', interval: '10 steps', replicas: 2, blocking: 0.1 },
        {
          kind: 'file-system',
          interval: 1800,
          bandwidth: 1e11,
          readBandwidth: 2e11,
          share: 0.5,
          load: 60,
          readsOnce: false,
        },
      ],
    },
    restart: { mode: 'requeue', process: 'auto', communicator: 5, load: 'auto', warmupSteps: 3 },
    startup: 100,
    spares: { nodes: 2, paid: true, pools: [{ kind: 'warm', nodes: 2, swap: 60 }, { kind: 'shared' }], requeue: 600 },
    elastic: { minReplicas: 2, stall: 60, regrow: 30, keepsWork: false, first: true },
    maintenance: [{ every: 1e6, duration: 3600, grace: 600, periodic: true }],
    preemption: { rate: 1e-6, duration: 600 },
    cluster: {
      nodes: 20,
      priority: 1,
      grace: 60,
      jobs: [{ id: 'a', nodes: 2, priority: 2, every: 3600, duration: 600 }],
    },
    rackNodes: 4,
    people: 3,
  },
  evaluation: { every: 1e5, pause: 60 },
  cost: { price: 0.0006 },
}

type Path = readonly (string | number)[]

/** Paths of all values below `value` for which `keep` holds. */
function paths(value: unknown, keep: (value: unknown) => boolean, path: Path = []): Path[] {
  const own = keep(value) ? [path] : []
  if (typeof value !== 'object' || value === null) return own
  return [...own, ...Object.entries(value).flatMap(([key, inner]) => paths(inner, keep, [...path, key]))]
}

/** A copy with `value` at `path`. */
function replaced(data: unknown, [step, ...rest]: Path, value: unknown): unknown {
  if (step === undefined) return value
  const inner = (data as Record<string, unknown>)[String(step)]
  if (Array.isArray(data))
    return data.map((item, i) => (String(i) === String(step) ? replaced(item, rest, value) : item))
  return { ...(data as object), [step]: replaced(inner, rest, value) }
}

/** What every text must come to: issues with code and message, or an estimate whose every number is finite. */
function isAnswered(text: string): void {
  const result = readScenario(text)
  if (result.ok) {
    const { step, memory, run } = estimate(result.scenario)
    const numbers = [step.seconds, step.mfu, ...Object.values(step.breakdown), memory.peakBytes, ...Object.values(run)]
    expect(numbers.every(Number.isFinite), `${text.slice(0, 2000)} gives ${JSON.stringify(numbers)}`).toBe(true)
    return
  }
  expect(result.issues.length).toBeGreaterThan(0)
  for (const { code, message } of result.issues) {
    expect(code).toMatch(/^[\w.-]+$/)
    expect(message.length).toBeGreaterThan(0)
    expect(message.length).toBeLessThan(2000)
  }
}

function codes(text: string): readonly string[] {
  const result = readScenario(text)
  return result.ok ? [] : result.issues.map(({ code }) => code)
}

const repeat = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n')
const bomb = repeat(9, (i) => {
  const name = 'abcdefghi'[i]
  const before = 'abcdefghi'[i - 1]
  return `${name}: &${name} [${Array.from({ length: 9 }, () => (before === undefined ? '1' : `*${before}`)).join(', ')}]`
})

describe('hostile text is refused with a code in less than a second', () => {
  it.each<[string, string, string]>([
    ['two megabytes', 'a'.repeat(2_000_000), 'yaml.size'],
    ['one character too many', ' '.repeat(MAX_TEXT_BYTES + 1), 'yaml.size'],
    ['a hundred thousand brackets', '['.repeat(100_000), 'yaml.depth'],
    ['sixty thousand braces', '{a: '.repeat(60_000), 'yaml.depth'],
    ['a hundred thousand dashes in a line', '- '.repeat(100_000), 'yaml.depth'],
    ['a hundred thousand question marks', '? '.repeat(100_000), 'yaml.depth'],
    ['dashes and tabs', '-\t'.repeat(100_000), 'yaml.depth'],
    ['six hundred levels of indentation', repeat(600, (i) => `${' '.repeat(i)}a:`), 'yaml.depth'],
    ['aliases that expand to a billion items', bomb, 'yaml.aliases'],
    ['ten thousand aliases', `- &a 1\n${'- *a\n'.repeat(10_000)}`, 'yaml.aliases'],
    ['a key of two hundred thousand letters', `${'k'.repeat(200_000)}: 1`, 'yaml.syntax'],
    ['ten thousand documents', '---\n'.repeat(10_000), 'yaml.syntax'],
    ['nothing', '', 'yaml.empty'],
    ['a comment alone', '# nothing', 'yaml.empty'],
    ['bytes that are no text', '\u0000\u0001\u0002', 'scenario.type'],
    [
      'a prototype',
      `__proto__: { polluted: true }\n${JSON.stringify(VALID).slice(0, 0)}model: llama-3-8b`,
      'scenario.key',
    ],
    ['a constructor', 'constructor: { prototype: { polluted: true } }\nmodel: llama-3-8b', 'scenario.key'],
    ['keys that are numbers', '1: 2\nmodel: llama-3-8b', 'scenario.key'],
    ['a merge key', 'x: &x { system: dgx-h100 }\ncluster: { <<: *x }', 'scenario.key'],
  ])('%s', (_, text, code) => {
    const start = performance.now()
    expect(codes(text)).toContain(code)
    expect(performance.now() - start).toBeLessThan(1000)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('a long key in JSON', () => {
    expect(codes(`{"${'k'.repeat(1000)}": 1}`)).toContain('scenario.key')
  })

  it('a prototype below the top, in a model and in profiles', () => {
    const inside = (before: string, after: string) => JSON.stringify(VALID).replace(before, after)
    expect(codes(inside('"tp":2', '"tp":2,"__proto__":{"pp":4}'))).toContain('scenario.key')
    expect(codes(inside('"layers":8', '"layers":8,"__proto__":{"hidden":4}'))).toContain('scenario.key')
    isAnswered(inside('"name"', '"profiles":{"models":{"__proto__":{"extends":"llama-3-8b"}}},"name"'))
    expect(({} as Record<string, unknown>)['hidden']).toBeUndefined()
  })

  it.each([
    ['in a map', 'model: &a\n  x: *a'],
    ['in a list', 'training: {sequenceLength: &x [*x]}'],
    ['two levels down', 'cluster: &c {fabric: {extends: {linkBandwidth: *c}}}'],
  ])('an alias inside what it names, %s', (_, text) => {
    expect(codes(text)).toEqual(['yaml.aliases'])
  })

  it('sixteen thousand keys, in seconds and not in minutes', () => {
    const start = performance.now()
    expect(codes(repeat(16_000, (i) => `k${i}: 1`))).toContain('scenario.key')
    expect(performance.now() - start).toBeLessThan(10_000)
  })

  it.each(['!!js/function', '!custom'])('the tag %s', (tag) => {
    const text = JSON.stringify(VALID).replace('"A test"', `${tag} "A test"`)
    expect(codes(text)).not.toEqual([])
  })

  it('but not forty half-open intervals in comments', () => {
    expect(codes(`${repeat(41, () => '# rate in [0, 1)')}\n${JSON.stringify(VALID)}`)).toEqual([])
  })
})

describe('a valid scenario', () => {
  it('is valid', () => {
    expect(codes(JSON.stringify(VALID))).toEqual([])
    isAnswered(JSON.stringify(VALID))
  })

  const numbers = paths(VALID, (value) => typeof value === 'number').map((path) => [path.join('.'), path] as const)

  it('has numbers everywhere', () => {
    expect(numbers.length).toBeGreaterThanOrEqual(45)
  })

  it.each(numbers)('%s refuses what is no number, infinite, negative or of another kind', (_, path) => {
    for (const bad of ['.nan', '.inf', '-.inf', '-1', '-1e300', '[]', '{}', 'true', '"many"']) {
      const text = JSON.stringify(replaced(VALID, path, '@@')).replace('"@@"', bad)
      expect(readScenario(text).ok, `${path.join('.')}: ${bad}`).toBe(false)
      isAnswered(text)
    }
  })

  it.each(numbers)('%s comes to an answer at zero and at the ends of what a number can be', (_, path) => {
    const vanishing = path.join('.') === 'override.stepSeconds' ? [] : ['1e-320', '5e-324']
    for (const odd of [
      ...vanishing,
      '0',
      '-0',
      '1e-9',
      '1e9',
      '1e18',
      '1e308',
      '9007199254740993',
      '0.1',
      'null',
      '1.5',
    ]) {
      isAnswered(JSON.stringify(replaced(VALID, path, '@@')).replace('"@@"', odd))
    }
  })

  it('comes to an answer with any part replaced by any JSON', () => {
    const all = paths(VALID, () => true)
    const part = fc.record({ path: fc.constantFrom(...all), value: fc.jsonValue({ maxDepth: 3 }) })
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 3 }), (parts) => {
        let data: unknown = VALID
        for (const { path, value } of parts) {
          try {
            data = replaced(data, path, value)
          } catch {
            // An earlier replacement took the parent away.
          }
        }
        isAnswered(JSON.stringify(data) ?? 'null')
      }),
      { numRuns: 400 },
    )
  })

  it('comes to an answer with pieces of its text cut, doubled or swapped', () => {
    const text = JSON.stringify(VALID, null, 1)
    const at = fc.integer({ min: 0, max: text.length })
    fc.assert(
      fc.property(
        at,
        at,
        at,
        fc.constantFrom('cut', 'double', 'insert'),
        fc.string({ maxLength: 8 }),
        (a, b, c, how, junk) => {
          const [from, to] = [Math.min(a, b), Math.min(Math.max(a, b), Math.min(a, b) + 200)]
          const piece = how === 'insert' ? junk : text.slice(from, to)
          isAnswered(how === 'cut' ? text.slice(0, from) + text.slice(to) : text.slice(0, c) + piece + text.slice(c))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('with a vanishing step has a finite utilisation', () => {
    isAnswered(JSON.stringify({ ...VALID, override: { stepSeconds: 1e-320 } }))
  })

  it('with a vanishing utilisation has a finite run', () => {
    isAnswered(JSON.stringify({ ...VALID, override: { mfu: 1e-308 } }))
  })
})

describe('a model', () => {
  it('with more heads than width is refused', () => {
    isAnswered(
      JSON.stringify({
        ...VALID,
        model: { layers: 8, hidden: 8, ffnHidden: 64, heads: 64, vocab: 100 },
        parallelism: {},
      }),
    )
  })

  it('of any shape comes to an answer', () => {
    const size = (max: number) => fc.oneof(fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max }))
    const shape = fc.record(
      {
        ...{
          layers: size(200),
          hidden: size(100_000),
          ffnHidden: size(1_000_000),
          heads: size(512),
          kvHeads: size(512),
        },
        ...{
          headDim: fc.integer({ min: 1, max: 1024 }),
          vocab: size(1_000_000),
          gatedMlp: fc.boolean(),
          mtpLayers: size(4),
        },
        moe: fc.option(
          fc.record({
            experts: size(512),
            topK: size(16),
            expertFfn: size(10_000),
            firstDense: size(20),
            every: size(4),
          }),
        ),
        slidingWindow: fc.option(fc.record({ tokens: size(10_000), localPerPeriod: size(8), period: size(8) })),
        mla: fc.option(
          fc.record({
            queryRank: size(2000),
            kvRank: size(1000),
            queryKeyDim: size(256),
            ropeDim: size(128),
            valueDim: size(256),
          }),
        ),
      },
      { requiredKeys: ['layers', 'hidden', 'heads', 'vocab', 'headDim'] },
    )
    fc.assert(
      fc.property(shape, (model) => isAnswered(JSON.stringify({ ...VALID, model, parallelism: {} }))),
      { numRuns: 300 },
    )
  })
})

describe('any text', () => {
  const words = [
    'model',
    'cluster',
    'system',
    'dgx-h100',
    'chips',
    'tokens',
    'training',
    ':',
    ': ',
    '- ',
    '\n',
    '  ',
    '\t',
    '|',
    '>',
    '&a ',
    '*a',
    '!!',
    '#',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    ',',
    '? ',
    '1',
    '.nan',
    '1e9',
    '---',
    '...',
    '%',
    '@',
    '`',
    'é',
    '\u{1f600}',
    '\r\n',
    '\u2028',
    '<<',
    '__proto__',
    '~',
    'null',
    'yes',
    '0x10',
    '2024-01-01',
  ]

  it('made of YAML’s own signs comes to an answer, with a place in the text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (parts) => {
        const text = parts.join('')
        isAnswered(text)
        const result = readText(text)
        if (result.ok) return
        expect(result.position.line).toBeGreaterThanOrEqual(1)
        expect(result.position.column).toBeGreaterThanOrEqual(1)
      }),
      { numRuns: 1000 },
    )
  })

  it('at all comes to an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => isAnswered(text)),
      { numRuns: 300 },
    )
  })
})

import { describe, expect, it } from 'vitest'
import { compileCondition, compileNumber, type ExpressionType, type ExpressionValue } from './index.ts'

const VALUES: Readonly<Record<string, ExpressionValue>> = {
  'step.mfu': 0.42,
  'step.seconds': 5,
  'memory.peakBytes': 69e9,
  'memory.capacityBytes': 80 * 2 ** 30,
  'memory.fits': true,
  'parallelism.pp': 8,
  'parallelism.schedule': '1f1b',
  'wallClockSeconds.p90': 80 * 86400,
  'costUsd.p95': 7e7,
  'cluster.pools[0].chips': 1024,
  'training.tokens': 15.6e12,
}
const TYPES = { number: 'number', string: 'text', boolean: 'condition' } as const
const known: ReadonlyMap<string, ExpressionType> = new Map(
  Object.entries(VALUES).map(([path, value]) => [path, TYPES[typeof value as keyof typeof TYPES]]),
)
const get = (path: string) => VALUES[path] ?? Number.NaN

function holds(text: string): boolean {
  const compiled = compileCondition(text, { known })
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  return compiled.evaluate(get)
}

function value(text: string): number {
  const compiled = compileNumber(text, { known })
  if (!compiled.ok) throw new Error(compiled.issues[0]?.message)
  return compiled.evaluate(get)
}

/** `column: message` of a refused condition. */
function refusal(text: string): string {
  const compiled = compileCondition(text, { known })
  if (compiled.ok) throw new Error(`${text} is accepted`)
  const [issue] = compiled.issues
  return `${issue?.column}: ${issue?.message}`
}

describe('what an expression says', () => {
  it.each([
    ['step.mfu > 0.4 and memory.peakBytes < 70 GB', true],
    ['step.mfu > 0.4 and memory.peakBytes < 0.9 * 70 GB', false],
    ['memory.peakBytes < 0.9 * memory.capacityBytes', true],
    ['wallClockSeconds.p90 <= 90 days', true],
    ['wallClockSeconds.p90 <= 79.9 d', false],
    ['costUsd.p95 <= 80e6 USD', true],
    ['costUsd.p95 <= 80M USD', true],
    ['training.tokens >= 15.6T tokens', true],
    ['oneOf(parallelism.pp, [1, 2, 4, 8])', true],
    ['oneOf(parallelism.pp, [1, 2])', false],
    ['oneOf(parallelism.schedule, ["1f1b", \'interleaved\'])', true],
    ['oneOf(step.seconds, [5 s, 1 min])', true],
    ['parallelism.schedule == "1f1b"', true],
    ['parallelism.schedule != "1f1b"', false],
    ['memory.fits', true],
    ['not memory.fits or step.mfu > 41 %', true],
    ['memory.fits == false', false],
    ['1 < parallelism.pp <= 8', true],
    ['1 < parallelism.pp < 8', false],
    ['cluster.pools[0].chips == 1024', true],
    ['step.mfu > 0.4 # a note', true],
  ])('%s: %s', (text, expected) => {
    expect(holds(text)).toBe(expected)
  })

  it.each([
    ['70 GB', 70e9],
    ['70 GiB', 70 * 2 ** 30],
    ['-2 min', -120],
    ['400 Gb/s', 5e10],
    ['2.5 USD/h', 2.5 / 3600],
    ['3 kW h', 3.6e6 * 3],
    ['989 TFLOP/s', 989e12],
    ['989 TFLOPS', 989e12],
    ['2 + 3 * 4 ^ 2 / 8 - 1', 7],
    ['-2 ^ 2', -4],
    ['2 ^ 3 ^ 2', 512],
    ['(2 + 3) * 2', 10],
    ['34%', 0.34],
    ['min(3, 1, 2) + max(1, 2) + abs(-3) + sqrt(9) + log(1) + exp(0)', 10],
    ['round(2.5) + floor(2.9) + ceil(2.1)', 8],
    ['step.seconds * 2', 10],
    ['step.seconds / 2 s', 2.5],
  ])('%s is %s', (text, expected) => {
    expect(value(text)).toBeCloseTo(expected, 9)
  })

  it('names the paths that it reads, each once', () => {
    const compiled = compileCondition('step.mfu > 0.4 and (step.mfu < 0.6 or memory.fits)', { known })
    expect(compiled.ok && compiled.paths).toEqual(['step.mfu', 'memory.fits'])
  })
})

describe('what is refused', () => {
  it.each([
    // Unknown names.
    [
      'step.mfu > 0.4 and memory.peekBytes < 70 GB',
      '20: unknown path "memory.peekBytes": did you mean memory.peakBytes?',
    ],
    ['mfu > 0.4', '1: unknown path "mfu": did you mean step.mfu?'],
    ['1 < step', '5: "step" is no value; name one in it, like step.mfu, step.seconds'],
    ['memory.peakBytes < 70 GX', '23: unknown unit "GX": did you mean GB?'],
    ['wallClockSeconds.p90 <= 90 dayz', '28: unknown unit "dayz": did you mean day?'],
    ['GB > 3', '1: "GB" is a unit; it stands behind a number, like 1 GB'],
    // Types.
    ['3 > 2 and step.mfu', '11: "and" takes a condition, not a number'],
    ['not step.mfu > 0.4', '5: "not" takes a condition, not a number (put what follows in parentheses: not (a > b))'],
    ['1 > parallelism.schedule', '5: ">" takes a number, not text (compare it with == or oneOf)'],
    ['parallelism.schedule == 3', '1: == compares text with a number'],
    ['step.mfu + 1', '1: the expression is a number; a condition is wanted, like step.mfu > 0.4'],
    ['oneOf(parallelism.pp, [step.mfu])', '1: the list of oneOf holds plain numbers only here'],
    ['oneOf(parallelism.schedule, [1])', '1: the list of oneOf holds texts in quotes only here'],
    ['oneOf(parallelism.pp, 3)', '1: oneOf takes a path and a list, like oneOf(parallelism.pp, [1, 2, 4])'],
    ['sqrt(1, 2) > 0', '1: sqrt takes one number, not 2'],
    ['min() > 0', '1: min takes 1 to 16 numbers, not 0'],
    // Syntax.
    ['', '1: the expression is empty'],
    ['step.mfu >', '11: unexpected end of expression'],
    ['step.mfu > 0,4', '13: unexpected operator ,'],
    ['1 / 2 GB > 0', '1: a multiplication without its sign (write *) is refused in an expression'],
    ['('.repeat(1500), '1: the expression is nested too deeply'],
    ['1 '.repeat(1500), '1: the expression has 3000 characters; at most 2000 are read'],
  ])('%s', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  // The escapes that were published for mathjs, and what its parser knows beyond arithmetic.
  it.each([
    ['constructor', '1: unknown path "constructor"'],
    ['step.constructor', '1: unknown path "step.constructor"'],
    ['__proto__', '1: unknown path "__proto__"'],
    ['memory.fits.__proto__.polluted', '1: unknown path "memory.fits.__proto__.polluted"'],
    ['step["constructor"]', '5: an index that is no whole number is refused in an expression'],
    ['cos.constructor("return process")', '1: a call of "cos.constructor" is refused in an expression'],
    [
      'step.mfu > 1 or cos.constructor.constructor("return process")',
      '17: a call of "cos.constructor.constructor" is refused in an expression',
    ],
    ['"".constructor("x")', '1: a call of "….constructor" is refused in an expression'],
    ['[1, 2].map("x")', '1: a call of "….map" is refused in an expression'],
    ['step.mfu.toString()', '1: a call of "step.mfu.toString" is refused in an expression'],
    ['expression.docs()', '1: a call of "expression.docs" is refused in an expression'],
    ['step?.mfu > 1', '5: the operator "?." is refused in an expression'],
    ['f(x) = x', '6: a function of your own is refused in an expression'],
    ['step.mfu = 1', '10: an assignment (compare with ==) is refused in an expression'],
    ['parse = 1', '7: an assignment (compare with ==) is refused in an expression'],
    ['1; 2', '2: several expressions in one is refused in an expression'],
    ['memory.fits ? 1 : 2', '13: the choice "? :" is refused in an expression'],
    ['{"__proto__": 1}', '1: a map "{…}" is refused in an expression'],
    ['1:3', '2: a range "a:b" is refused in an expression'],
    ['[1, 2] == 3', '1: a list (lists stand in oneOf(path, […]) only) is refused in an expression'],
    ['step[end]', '5: an index that is no whole number is refused in an expression'],
    ['null == 1', '1: null is refused in an expression'],
    ['1 < NaN', '5: NaN is refused in an expression'],
    ['1e999 > 1', '1: Infinity is refused in an expression'],
    ['1 mod 2 == 1', '3: the operator "mod" is refused in an expression'],
    ['step.mfu xor 1', '10: the operator "xor" is refused in an expression'],
    ['5! > 1', '2: the operator "!" is refused in an expression'],
    ['1 | 2', '3: the operator "|" is refused in an expression'],
    ['~1 > 0', '1: the operator "~" is refused in an expression'],
    ['step.mfu ?? 1', '10: the operator "??" is refused in an expression'],
    ['step.mfu to GB', '10: the operator "to" is refused in an expression'],
  ])('%s', (text, message) => {
    expect(refusal(text)).toBe(message)
  })

  it.each([
    ...['import', 'createUnit', 'evaluate', 'parse', 'simplify', 'derivative', 'compile', 'parser', 'resolve', 'typed'],
    ...['chain', 'config', 'help', 'format', 'reviver', 'splitUnit', 'map', 'filter', 'forEach', 'bignumber', 'cos'],
    ...['toString', 'hasOwnProperty', 'constructor', 'random', 'print', 'unit', 'matrix', 'subset'],
  ])('the function %s', (name) => {
    const message = 'allowed are min, max, abs, sqrt, log, exp, round, floor, ceil, oneOf'
    expect(refusal(`step.mfu > ${name}("1")`)).toBe(`12: the function "${name}" is refused; ${message}`)
  })

  it('nothing of it reaches Object.prototype', () => {
    for (const text of ['a.__proto__.x = 1', '{"__proto__": {x: 1}}.x', 'constructor.prototype.x = 1']) refusal(text)
    expect(({} as Readonly<Record<string, unknown>>)['x']).toBeUndefined()
  })
})

/**
 * Conditions and objectives as a user writes them: `step.mfu > 0.4 and memory.peakBytes < 70 GB`. mathjs parses, this file
 * walks the tree against what is allowed and turns it into functions of its own; nothing of the text is ever evaluated by
 * anything else. Numbers are SI; a number with a unit folds to SI when the expression is compiled.
 */

import { didYouMean } from '@walltime/hardware'
import { parseText, type Tree } from './parse-engine.ts'
import { UNIT_NAMES, unitFactor } from './units.ts'

export type ExpressionValue = number | string | boolean

/** What a path or an expression holds. */
export type ExpressionType = 'number' | 'text' | 'condition'

/** One thing wrong with an expression. */
export interface ExpressionIssue {
  readonly code: 'expression.syntax' | 'expression.refused' | 'expression.path' | 'expression.type'
  readonly message: string
  /** Where in the text, from 1. */
  readonly column: number
}

/** The value of a path of the point that is judged: SI, text, or true and false. NaN where the point has none. */
export type PathReader = (path: string) => ExpressionValue

export interface Expression<T extends ExpressionValue = ExpressionValue> {
  readonly ok: true
  readonly text: string
  /** The paths that it reads, each once. */
  readonly paths: readonly string[]
  readonly evaluate: (get: PathReader) => T
}

export interface RefusedExpression {
  readonly ok: false
  readonly issues: readonly ExpressionIssue[]
}

export interface ExpressionOptions {
  /** The paths that it may read, and what each holds. */
  readonly known: ReadonlyMap<string, ExpressionType>
}

/** Longest text of an expression. */
export const MAX_EXPRESSION = 2000

/** Compiles a condition (`--where`, `--until`, a constraint). Never throws on what a user wrote. */
export function compileCondition(text: string, options: ExpressionOptions): Expression<boolean> | RefusedExpression {
  return compile(text, options, 'condition') as Expression<boolean> | RefusedExpression
}

/** Compiles a number (`--objective`). Never throws on what a user wrote. */
export function compileNumber(text: string, options: ExpressionOptions): Expression<number> | RefusedExpression {
  return compile(text, options, 'number') as Expression<number> | RefusedExpression
}

function compile(text: string, options: ExpressionOptions, wanted: ExpressionType): Expression | RefusedExpression {
  const walk = new Walk(text, options.known)
  try {
    const term = walk.term(walk.parse())
    if (term.type !== wanted) {
      const example = wanted === 'condition' ? 'step.mfu > 0.4' : 'step.seconds'
      const message = `the expression is ${NAMES[term.type]}; ${NAMES[wanted]} is wanted, like ${example}`
      throw new Refusal('expression.type', message, 1)
    }
    return { ok: true, text, paths: [...walk.paths], evaluate: term.of }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, issues: [error.issue] }
    if (error instanceof RangeError) return { ok: false, issues: [tooDeep] }
    throw error
  }
}

const NAMES: Readonly<Record<ExpressionType, string>> = { number: 'a number', text: 'text', condition: 'a condition' }

const tooDeep: ExpressionIssue = {
  code: 'expression.syntax',
  message: 'the expression is nested too deeply',
  column: 1,
}

class Refusal extends Error {
  readonly issue: ExpressionIssue

  constructor(code: ExpressionIssue['code'], message: string, column: number) {
    super(message)
    this.issue = { code, message, column }
  }
}

type Reads<T> = (get: PathReader) => T

/** A part of an expression: what it holds and how it is computed. */
interface Term {
  readonly type: ExpressionType
  readonly of: Reads<ExpressionValue>
  /** A number with a unit behind it, which more units may follow. */
  readonly quantity?: boolean
}

interface NumberTerm extends Term {
  readonly type: 'number'
  readonly of: Reads<number>
}

const numberTerm = (of: Reads<number>): NumberTerm => ({ type: 'number', of })
const condition = (of: Reads<boolean>): Term => ({ type: 'condition', of })

/** Functions of numbers, and how many they take. */
const FUNCTIONS: ReadonlyMap<
  string,
  readonly [compute: (...values: number[]) => number, fewest: number, most: number]
> = new Map([
  ['min', [Math.min, 1, 16]],
  ['max', [Math.max, 1, 16]],
  ['abs', [Math.abs, 1, 1]],
  ['sqrt', [Math.sqrt, 1, 1]],
  ['log', [Math.log, 1, 1]],
  ['exp', [Math.exp, 1, 1]],
  ['round', [Math.round, 1, 1]],
  ['floor', [Math.floor, 1, 1]],
  ['ceil', [Math.ceil, 1, 1]],
])

const ALLOWED_FUNCTIONS = [...FUNCTIONS.keys(), 'oneOf'].join(', ')

const ARITHMETIC: Readonly<Record<string, (a: Reads<number>, b: Reads<number>) => Reads<number>>> = {
  add: (a, b) => (get) => a(get) + b(get),
  subtract: (a, b) => (get) => a(get) - b(get),
  multiply: (a, b) => (get) => a(get) * b(get),
  divide: (a, b) => (get) => a(get) / b(get),
  pow: (a, b) => (get) => a(get) ** b(get),
}

const COMPARISONS: Readonly<Record<string, (a: Reads<number>, b: Reads<number>) => Reads<boolean>>> = {
  smaller: (a, b) => (get) => a(get) < b(get),
  smallerEq: (a, b) => (get) => a(get) <= b(get),
  larger: (a, b) => (get) => a(get) > b(get),
  largerEq: (a, b) => (get) => a(get) >= b(get),
}

type Node<K extends Tree['kind']> = Extract<Tree, { readonly kind: K }>

/** What each kind of tree that no expression may hold is called. */
const FOREIGN: Readonly<Partial<Record<Tree['kind'], readonly [name: string, sign: string]>>> = {
  Block: ['several expressions in one', ';'],
  Conditional: ['the choice "? :"', '?'],
  Object: ['a map "{…}"', '{'],
  Range: ['a range "a:b"', ':'],
  Array: ['a list (lists stand in oneOf(path, […]) only)', '['],
  Index: ['an index', '['],
}

/** One walk over a tree. Names are visited in the order of the text, by which their columns are found. */
class Walk {
  readonly paths = new Set<string>()
  private readonly text: string
  private readonly known: ReadonlyMap<string, ExpressionType>
  /** Where in the text the walk stands. */
  private at = 0

  constructor(text: string, known: ReadonlyMap<string, ExpressionType>) {
    this.text = text
    this.known = known
  }

  parse(): Tree {
    const { text } = this
    if (text.trim() === '') throw new Refusal('expression.syntax', 'the expression is empty', 1)
    if (text.length > MAX_EXPRESSION) {
      const message = `the expression has ${text.length} characters; at most ${MAX_EXPRESSION} are read`
      throw new Refusal('expression.syntax', message, 1)
    }
    try {
      return parseText(text)
    } catch (error) {
      if (error instanceof RangeError || !(error instanceof Error)) throw error
      const column = 'char' in error && typeof error.char === 'number' ? error.char : 1
      const message = error.message.replace(/ \(char \d+\)$/, '')
      throw new Refusal('expression.syntax', `${message.charAt(0).toLowerCase()}${message.slice(1)}`, column)
    }
  }

  term(tree: Tree): Term {
    switch (tree.kind) {
      case 'Parenthesis':
        return { ...this.term(tree.content), quantity: false }
      case 'Constant':
        return this.constant(tree)
      case 'Symbol':
      case 'Accessor':
        return this.path(tree)
      case 'Operator':
        return this.operator(tree)
      case 'Relational':
        return this.chain(tree)
      case 'Function':
        return this.call(tree)
      case 'Assignment':
        this.nameOf(tree.object)
        throw this.refused('an assignment (compare with ==)', '=')
      case 'FunctionAssignment':
        throw this.refused('a function of your own', '=')
      default: {
        const [name, sign] = FOREIGN[tree.kind] ?? [tree.kind, '']
        throw this.refused(name, sign)
      }
    }
  }

  private constant({ value }: Node<'Constant'>): Term {
    if (typeof value === 'number' && Number.isFinite(value)) return numberTerm(() => value)
    if (typeof value === 'boolean') {
      this.advance(String(value))
      return condition(() => value)
    }
    if (typeof value === 'string') {
      this.advance(value)
      return { type: 'text', of: () => value }
    }
    throw this.refused(String(value), String(value))
  }

  private path(tree: Node<'Symbol'> | Node<'Accessor'>): Term {
    const start = this.columnOf(firstName(tree))
    const name = this.nameOf(tree)
    const type = this.known.get(name)
    if (type === undefined) throw new Refusal('expression.path', this.unknown(name), start)
    this.paths.add(name)
    return { type, of: (get) => get(name) }
  }

  /** The dotted path that a tree of symbols and properties writes. */
  private nameOf(tree: Tree): string {
    if (tree.kind === 'Symbol') {
      this.advance(tree.name)
      return tree.name
    }
    if (tree.kind !== 'Accessor' || tree.index.kind !== 'Index')
      throw this.refused('a property of what is no path', '.')
    if (tree.optional === true) throw this.refused('the operator "?."', '?.')
    const object = this.nameOf(tree.object)
    const { dimensions, dotNotation } = tree.index
    const [step] = dimensions
    if (dimensions.length === 1 && step?.kind === 'Constant') {
      const { value } = step
      if (dotNotation === true && typeof value === 'string') {
        this.advance(value)
        return `${object}.${value}`
      }
      if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return `${object}[${value}]`
    }
    throw this.refused('an index that is no whole number', '[')
  }

  private unknown(name: string): string {
    const shown = JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
    if (unitFactor(name) !== undefined) return `${shown} is a unit; it stands behind a number, like 1 ${name}`
    const paths = [...this.known.keys()]
    const within = paths.filter((path) => path.startsWith(`${name}.`))
    if (within.length > 0) return `${shown} is no value; name one in it, like ${within.slice(0, 4).join(', ')}`
    const last = paths.find((path) => path.endsWith(`.${name}`))
    const near = last ?? didYouMean(name, paths)
    return `unknown path ${shown}${near === undefined ? '' : `: did you mean ${near}?`}`
  }

  private operator(tree: Node<'Operator'>): Term {
    const { op, fn, args, implicit } = tree
    const [left, right] = args
    if (left === undefined) throw this.refused(`the operator "${op}"`, op)
    if (right === undefined) return this.unary(fn, op, left)
    if (tree.isPercentage === true) {
      const share = this.number(left, '%')
      return numberTerm((get) => share(get) / 100)
    }
    if (implicit === true) return this.withUnit(this.term(left), isPlainNumber(left), right, false)
    if (fn === 'divide' && right.kind === 'Symbol' && !this.known.has(right.name)) {
      const whole = this.term(left)
      if (whole.quantity === true) return this.withUnit(whole, false, right, true)
      throw new Refusal('expression.path', this.unknown(right.name), this.columnOf(right.name))
    }
    const arithmetic = own(ARITHMETIC, fn)
    if (arithmetic !== undefined) return numberTerm(arithmetic(this.number(left, op), this.number(right, op)))
    const comparison = own(COMPARISONS, fn)
    if (comparison !== undefined) return condition(comparison(this.number(left, op), this.number(right, op)))
    if (fn === 'equal' || fn === 'unequal') return this.equality(left, right, op, fn === 'equal')
    if (fn === 'and' || fn === 'or') {
      const a = this.condition(left, op)
      const b = this.condition(right, op)
      return condition(fn === 'and' ? (get) => a(get) && b(get) : (get) => a(get) || b(get))
    }
    this.term(left)
    throw this.refused(`the operator "${op}"`, op)
  }

  private unary(fn: string, op: string, operand: Tree): Term {
    if (fn === 'not') {
      const of = this.condition(operand, 'not')
      return condition((get) => !of(get))
    }
    if (fn !== 'unaryMinus' && fn !== 'unaryPlus') throw this.refused(`the operator "${op}"`, op)
    const of = this.number(operand, op)
    return numberTerm(fn === 'unaryMinus' ? (get) => -of(get) : of)
  }

  /** A number and the unit behind it (`70 GB`), or under it (`400 Gb/s`). */
  private withUnit(number: Term, isNumber: boolean, unit: Tree, under: boolean): Term {
    if (unit.kind !== 'Symbol' || number.type !== 'number' || !(isNumber || number.quantity === true)) {
      throw this.refused('a multiplication without its sign (write *)', this.text.slice(this.at).trim().charAt(0))
    }
    const factor = unitFactor(unit.name)
    const column = this.columnOf(unit.name)
    if (factor === undefined) {
      const near = didYouMean(unit.name, UNIT_NAMES)
      const hint = near === undefined ? '' : `: did you mean ${near}?`
      throw new Refusal('expression.path', `unknown unit ${JSON.stringify(unit.name)}${hint}`, column)
    }
    this.advance(unit.name)
    const value = (number as NumberTerm).of(() => Number.NaN)
    const folded = under ? value / factor : value * factor
    return { ...numberTerm(() => folded), quantity: true }
  }

  private chain({ conditionals, params }: Node<'Relational'>): Term {
    const values = params.map((param, i) => this.number(param, conditionals[Math.max(0, i - 1)] ?? '<'))
    const pairs = conditionals.map((fn, i) => {
      const comparison = own(COMPARISONS, fn)
      const [a, b] = [values[i], values[i + 1]]
      if (comparison === undefined || a === undefined || b === undefined) {
        throw this.refused('a chain of == and != (write and)', '=')
      }
      return comparison(a, b)
    })
    return condition((get) => pairs.every((holds) => holds(get)))
  }

  private equality(left: Tree, right: Tree, op: string, equal: boolean): Term {
    const a = this.term(left)
    const b = this.term(right)
    if (a.type !== b.type) {
      throw new Refusal('expression.type', `${op} compares ${NAMES[a.type]} with ${NAMES[b.type]}`, this.column(op))
    }
    return condition(equal ? (get) => a.of(get) === b.of(get) : (get) => a.of(get) !== b.of(get))
  }

  private call({ fn, args, optional }: Node<'Function'>): Term {
    if (fn.kind !== 'Symbol' || optional === true) {
      const name = fn.kind === 'Accessor' ? dotted(fn) : ''
      throw this.refused(`a call of ${name === '' ? 'what is no name' : JSON.stringify(name)}`, firstName(fn))
    }
    const { name } = fn
    if (name === 'oneOf') return this.oneOf(args)
    const allowed = FUNCTIONS.get(name)
    if (allowed === undefined) {
      const column = this.columnOf(name)
      const message = `the function ${JSON.stringify(name)} is refused; allowed are ${ALLOWED_FUNCTIONS}`
      throw new Refusal('expression.refused', message, column)
    }
    const [compute, fewest, most] = allowed
    const column = this.columnOf(name)
    this.advance(name)
    if (args.length < fewest || args.length > most) {
      const count = fewest === most ? 'one number' : `${fewest} to ${most} numbers`
      throw new Refusal('expression.type', `${name} takes ${count}, not ${args.length}`, column)
    }
    const values = args.map((arg) => this.number(arg, name))
    const [first, second] = values
    if (values.length === 1 && first !== undefined) return numberTerm((get) => compute(first(get)))
    if (values.length === 2 && first !== undefined && second !== undefined) {
      return numberTerm((get) => compute(first(get), second(get)))
    }
    return numberTerm((get) => compute(...values.map((value) => value(get))))
  }

  private oneOf(args: readonly Tree[]): Term {
    const column = this.columnOf('oneOf')
    this.advance('oneOf')
    const [of, list] = args
    if (of === undefined || list?.kind !== 'Array' || args.length !== 2 || list.items.length === 0) {
      const message = 'oneOf takes a path and a list, like oneOf(parallelism.pp, [1, 2, 4])'
      throw new Refusal('expression.type', message, column)
    }
    const value = this.term(of)
    const set = new Set<ExpressionValue>()
    for (const item of list.items) {
      const before = this.paths.size
      const one = item.kind === 'Array' ? undefined : this.term(item)
      if (one?.type !== value.type || this.paths.size > before || one.type === 'condition') {
        const message = `the list of oneOf holds ${value.type === 'text' ? 'texts in quotes' : 'plain numbers'} only here`
        throw new Refusal('expression.type', message, column)
      }
      set.add(one.of(() => Number.NaN))
    }
    return condition((get) => set.has(value.of(get)))
  }

  private number(tree: Tree, by: string): Reads<number> {
    return this.typed(tree, 'number', by) as Reads<number>
  }

  private condition(tree: Tree, by: string): Reads<boolean> {
    return this.typed(tree, 'condition', by) as Reads<boolean>
  }

  private typed(tree: Tree, type: ExpressionType, by: string): Reads<ExpressionValue> {
    const column = this.columnOf(firstName(tree))
    const term = this.term(tree)
    if (term.type === type) return term.of
    const hint =
      term.type === 'text'
        ? ' (compare it with == or oneOf)'
        : by === 'not'
          ? ' (put what follows in parentheses: not (a > b))'
          : ''
    throw new Refusal('expression.type', `"${by}" takes ${NAMES[type]}, not ${NAMES[term.type]}${hint}`, column)
  }

  private refused(what: string, sign: string): Refusal {
    return new Refusal('expression.refused', `${what} is refused in an expression`, this.columnOf(sign))
  }

  /** Column of the next place where a name or sign stands. */
  private columnOf(name: string): number {
    const found = this.find(name)
    return (found < 0 ? this.at : found) + 1
  }

  private column(sign: string): number {
    const found = this.text.lastIndexOf(sign, this.at)
    return Math.max(found, 0) + 1
  }

  private advance(name: string): void {
    const found = this.find(name)
    if (found >= 0) this.at = found + name.length
  }

  private find(name: string): number {
    if (name === '') return -1
    const isWord = /^\w/.test(name)
    for (let i = this.text.indexOf(name, this.at); i >= 0; i = this.text.indexOf(name, i + 1)) {
      const before = this.text.charAt(i - 1)
      if (!isWord || (!/[\w]/.test(this.text.charAt(i + name.length)) && !/[A-Za-z_]/.test(before))) return i
    }
    return -1
  }
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** True for a literal number, with or without its sign. */
function isPlainNumber(tree: Tree): boolean {
  if (tree.kind === 'Operator' && tree.fn === 'unaryMinus') return tree.args[0]?.kind === 'Constant'
  return tree.kind === 'Constant'
}

/** The name or number with which a tree begins, to find its place; '' where it is another thing. */
function firstName(tree: Tree): string {
  switch (tree.kind) {
    case 'Symbol':
      return tree.name
    case 'Accessor':
    case 'Assignment':
      return firstName(tree.object)
    case 'Function':
      return firstName(tree.fn)
    case 'Operator':
      return tree.args[0] === undefined || tree.args.length === 1 ? tree.op : firstName(tree.args[0])
    case 'Parenthesis':
      return '('
    case 'Constant':
      return typeof tree.value === 'string' ? tree.value : ''
    default:
      return ''
  }
}

/** A chain of names as written, for a message. */
function dotted(tree: Tree): string {
  if (tree.kind === 'Symbol') return tree.name
  if (tree.kind === 'Function') return `${dotted(tree.fn)}(…)`
  if (tree.kind !== 'Accessor' || tree.index.kind !== 'Index') return '…'
  const [step] = tree.index.dimensions
  return `${dotted(tree.object)}.${step?.kind === 'Constant' ? String(step.value) : '…'}`
}

/**
 * The parser of mathjs, and nothing else of it: the trees that it builds are plain records of this file, so that no code
 * that could evaluate, look up or convert anything comes with them. The only file of core that imports mathjs: the build
 * replaces it by a bundle of what it uses, because importing all of mathjs takes a second.
 */

import * as mathjs from 'mathjs'

/** What mathjs parses a text into. Kinds that no expression may hold are told apart by their name alone. */
export type Tree =
  | { readonly kind: 'Constant'; readonly value: unknown }
  | { readonly kind: 'Symbol'; readonly name: string }
  | { readonly kind: 'Parenthesis'; readonly content: Tree }
  | {
      readonly kind: 'Operator'
      readonly op: string
      readonly fn: string
      readonly args: readonly Tree[]
      /** A multiplication without its sign, as in `70 GB`. */
      readonly implicit?: boolean
      /** A division by the 100 of a percent sign. */
      readonly isPercentage?: boolean
    }
  | { readonly kind: 'Relational'; readonly conditionals: readonly string[]; readonly params: readonly Tree[] }
  | { readonly kind: 'Function'; readonly fn: Tree; readonly args: readonly Tree[]; readonly optional?: boolean }
  | { readonly kind: 'Accessor'; readonly object: Tree; readonly index: Tree; readonly optional?: boolean }
  | { readonly kind: 'Index'; readonly dimensions: readonly Tree[]; readonly dotNotation?: boolean }
  | { readonly kind: 'Array'; readonly items: readonly Tree[] }
  | { readonly kind: 'Assignment'; readonly object: Tree }
  | { readonly kind: 'FunctionAssignment' | 'Conditional' | 'Block' | 'Object' | 'Range' }

/** Fields of each kind in the order in which mathjs hands them over. */
const FIELDS: Readonly<Record<Tree['kind'], readonly string[]>> = {
  Constant: ['value'],
  Symbol: ['name'],
  Parenthesis: ['content'],
  Operator: ['op', 'fn', 'args', 'implicit', 'isPercentage'],
  Relational: ['conditionals', 'params'],
  Function: ['fn', 'args', 'optional'],
  Accessor: ['object', 'index', 'optional'],
  Index: ['dimensions', 'dotNotation'],
  Array: ['items'],
  Assignment: ['object'],
  FunctionAssignment: [],
  Conditional: [],
  Block: [],
  Object: [],
  Range: [],
}

/** A constructor as mathjs calls it; it knows a node by `isNode` and `is…Node`. */
function recordOf(kind: string, fields: readonly string[]): new (...values: readonly unknown[]) => object {
  const marks = { isNode: true, [`is${kind}Node`]: true, kind }
  const Node = class {
    constructor(...values: readonly unknown[]) {
      for (const [i, field] of fields.entries()) Object.assign(this, { [field]: values[i] })
    }
  }
  Object.assign(Node.prototype, marks)
  return Node
}

/** In place of mathjs's dispatch by type: everything parsed here is a text. */
const typed = Object.assign((_: string, signatures: Readonly<Record<string, unknown>>) => signatures['string'], {
  addConversion: () => {},
})

const scope = {
  config: { number: 'number' },
  numeric: Number,
  typed,
  ...Object.fromEntries(Object.entries(FIELDS).map(([kind, fields]) => [`${kind}Node`, recordOf(kind, fields)])),
}

/** Factories that mathjs exports and its types leave out. */
interface Factories {
  readonly createParse: (own: typeof scope) => (text: string) => Tree
}

/**
 * The tree of a text.
 *
 * @throws SyntaxError whose `char` is the column of the fault, from 1
 */
export const parseText = (mathjs as unknown as Factories).createParse(scope)

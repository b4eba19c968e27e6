import { canonicalJson } from '../../base/json.ts'
import { findFunction } from '../../function/catalogue.ts'
import type { Dialect } from '../../function/contract.ts'
import { argInfo } from '../../function/resolve.ts'
import { childExpressions, type Expression, type NamedExpression } from '../../plan/expression.ts'

/** Functions that evaluate some arguments only under a condition: nothing is moved out of those. */
const conditional = new Set(['if', 'case_when', 'coalesce', 'and', 'or'])

const isLeaf = (e: Expression): boolean => e.kind === 'column' || e.kind === 'literal'

/** Positions of the arguments that the print of a call mentions more than once. */
function repeatedArguments(e: Expression, dialect: Dialect): readonly number[] {
  if (e.kind !== 'call' || e.args.every(isLeaf)) return []
  const print = findFunction(e.function)?.print[dialect]
  if (typeof print !== 'function') return []
  // In the form of a name, since a print may mention only those again.
  const marks = e.args.map((_, i) => `"\u0001${i}\u0002"`)
  const printed = print(marks, { args: e.args.map(argInfo), type: e.type, modifiers: { distinct: false } })
  return marks.flatMap((mark, i) => (printed.split(mark).length > 2 ? [i] : []))
}

/** Names computed expressions, each once. */
interface Names {
  readonly byText: Map<string, NamedExpression>
  readonly prefix: string
  readonly dialect: Dialect
}

function nameOf(e: Expression, names: Names): Expression {
  const text = canonicalJson(e)
  const known = names.byText.get(text) ?? { name: `${names.prefix}${names.byText.size}`, expression: e }
  names.byText.set(text, known)
  return { kind: 'column', name: known.name, type: e.type, nullable: e.nullable }
}

function hoistFrom(e: Expression, names: Names): Expression {
  if (e.kind !== 'call' || conditional.has(e.function)) return e
  const repeated = new Set(repeatedArguments(e, names.dialect))
  const args = e.args.map((arg, i) =>
    repeated.has(i) && !isLeaf(arg) ? nameOf(arg, names) : hoistFrom(arg, names),
  )
  return { ...e, args }
}

/** Expressions to compute first, level by level, innermost last, and the expressions that use them. */
export interface Hoisted {
  readonly levels: readonly (readonly NamedExpression[])[]
  readonly expressions: readonly Expression[]
}

/**
 * Moves arguments that a function's print would repeat into projections of their own below, because engines do not share
 * expressions inside CASE: nested cleaning would be computed once per mention.
 */
export function hoistRepeated(expressions: readonly Expression[], dialect: Dialect): Hoisted {
  const levels: (readonly NamedExpression[])[] = []
  const first: Names = { byText: new Map(), prefix: '__h0_', dialect }
  const result = expressions.map((e) => hoistFrom(e, first))
  let level = [...first.byText.values()]
  while (level.length > 0) {
    const names: Names = { byText: new Map(), prefix: `__h${levels.length + 1}_`, dialect }
    levels.push(level.map((n) => ({ ...n, expression: hoistFrom(n.expression, names) })))
    level = [...names.byText.values()]
  }
  return { levels, expressions: result }
}

function callsOf(e: Expression, found: Map<string, Expression>): void {
  if (e.kind === 'call' && !conditional.has(e.function) && !e.args.every((a) => a.kind === 'literal')) {
    found.set(canonicalJson(e), e)
  }
  for (const child of childExpressions(e)) callsOf(child, found)
}

/**
 * Finds calls that a predicate and the columns computed from the rows that pass both evaluate, and names each once. Only
 * the outermost shared call is named.
 */
export function shareCalls(
  predicate: Expression,
  columns: readonly NamedExpression[],
): {
  readonly shared: readonly NamedExpression[]
  readonly predicate: Expression
  readonly columns: readonly NamedExpression[]
} {
  const inPredicate = new Map<string, Expression>()
  callsOf(predicate, inPredicate)
  const inColumns = new Map<string, Expression>()
  for (const c of columns) callsOf(c.expression, inColumns)
  const wanted = new Set([...inPredicate.keys()].filter((key) => inColumns.has(key)))
  const names: Names = { byText: new Map(), prefix: '__s_', dialect: 'duckdb' }
  const replace = (e: Expression): Expression => {
    if (wanted.has(canonicalJson(e))) return nameOf(e, names)
    if (e.kind !== 'call') return e
    return { ...e, args: e.args.map(replace) }
  }
  return {
    predicate: replace(predicate),
    columns: columns.map((c) => ({ ...c, expression: replace(c.expression) })),
    shared: [...names.byText.values()],
  }
}

import { type Diagnostic, EtlError } from '../base/errors.ts'
import { literalFor } from '../function/literal.ts'
import { findFunction } from '../function/catalogue.ts'
import {
  type AggregateOptions,
  resolveAggregate,
  resolveCall,
  resolveWindow,
  type WindowOptions,
} from '../function/resolve.ts'
import type { JsLiteral } from '../function/signature.ts'
import type { Expression, LiteralValue, NamedExpression, SortKey } from '../plan/expression.ts'
import type { ExpectNode, FilterNode, Node, ProjectNode, WindowNode } from '../plan/node.ts'
import { type Field, findField, type LogicalType, type Schema } from '../plan/type.ts'

/** An order by a column's name. NULL comes last unless said otherwise. */
export interface ColumnOrder {
  readonly column: string
  readonly direction?: 'asc' | 'desc'
  readonly nulls?: 'first' | 'last'
}

const mistake = (code: Diagnostic['code'], message: string, hint?: string): Diagnostic => ({
  code,
  severity: 'error',
  message,
  ...(hint === undefined ? {} : { hint }),
})

/** A wrong option of a step. */
export const invalid = (message: string, hint?: string): Diagnostic =>
  mistake('config.invalid', message, hint)

/** A value or column of the wrong type. */
export const mismatch = (message: string, hint?: string): Diagnostic =>
  mistake('plan.type-mismatch', message, hint)

/** The diagnostic for a column that is not there, with the closest name as a hint. */
export function unknownColumn(schema: Schema, name: string): Diagnostic {
  const near = schema.map((f) => f.name).find((n) => distance(n.toLowerCase(), name.toLowerCase()) <= 2)
  const hint =
    near === undefined ? `columns: ${schema.map((f) => f.name).join(', ')}` : `did you mean "${near}"?`
  return mistake('plan.unknown-column', `there is no column "${name}" here`, hint)
}

function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** Fails with all of the problems at once, if there are any. */
export function refuse(problems: readonly Diagnostic[]): void {
  const [first] = problems
  if (first !== undefined) throw new EtlError(first.code, first.message, { diagnostics: problems })
}

/** The fields of named columns; fails with all unknown names at once, and on none unless `some` is false. */
export function fieldsOf(input: Node, names: readonly string[], what = 'columns'): Field[] {
  const found: Field[] = []
  const problems: Diagnostic[] = []
  const seen = new Set<string>()
  for (const name of names) {
    const field = typeof name === 'string' ? findField(input.schema, name) : undefined
    if (field === undefined) problems.push(unknownColumn(input.schema, String(name)))
    else if (seen.has(field.name))
      problems.push(mistake('plan.duplicate-column', `"${name}" is named twice in ${what}`))
    else {
      seen.add(field.name)
      found.push(field)
    }
  }
  if (names.length === 0) problems.push(invalid(`${what} names no column`))
  refuse(problems)
  return found
}

/** The field of one column; fails when it is unknown or of another kind than those given. */
export function fieldOf(input: Node, name: string, kinds?: readonly LogicalType['kind'][]): Field {
  const field = findField(input.schema, name)
  if (field === undefined) throw fail(unknownColumn(input.schema, String(name)))
  if (kinds !== undefined && !kinds.includes(field.type.kind)) {
    throw fail(mismatch(`column "${field.name}" is ${field.type.kind}; expected ${kinds.join(' or ')}`))
  }
  return field
}

/** A diagnostic as an error to throw. */
export function fail(problem: Diagnostic): EtlError {
  return new EtlError(problem.code, problem.message, { diagnostics: [problem] })
}

/** A reference to a column. */
export const ref = (field: Field): Expression => ({
  kind: 'column',
  name: field.name,
  type: field.type,
  nullable: field.nullable,
})

/** A literal in canonical form. */
export const literal = (value: LiteralValue, type: LogicalType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: value === null,
})

const isExpression = (arg: Expression | JsLiteral): arg is Expression =>
  typeof arg === 'object' && arg !== null && 'kind' in arg && 'type' in arg

function typedArgs(name: string, args: readonly (Expression | JsLiteral)[]): Expression[] {
  const params = findFunction(name)?.params ?? []
  const peer = args.find(isExpression)?.type
  return args.map((arg, index) => {
    if (isExpression(arg)) return arg
    const accepts = (params[index] ?? params.at(-1))?.accepts ?? ['text']
    const written = literalFor(
      arg,
      accepts,
      peer !== undefined && accepts.includes(peer.kind) ? peer : undefined,
    )
    if (typeof written === 'string') throw fail(mismatch(`${name}: ${written}`))
    return written
  })
}

/** A call of a scalar function; plain values become literals. Fails with `plan.type-mismatch` when it does not fit. */
export function call(name: string, ...args: readonly (Expression | JsLiteral)[]): Expression {
  const resolved = resolveCall(name, typedArgs(name, args))
  if ('problem' in resolved) throw fail(mismatch(resolved.problem))
  return resolved.expression
}

/** A call of an aggregate function. Fails with `plan.type-mismatch` when it does not fit. */
export function aggregate(
  name: string,
  args: readonly Expression[],
  options: AggregateOptions = {},
): Expression {
  const resolved = resolveAggregate(name, args, options)
  if ('problem' in resolved) throw fail(mismatch(resolved.problem))
  return resolved.expression
}

/** A call of a function over a window. Fails with `plan.type-mismatch` when it does not fit. */
export function windowCall(name: string, args: readonly Expression[], options: WindowOptions): Expression {
  const resolved = resolveWindow(name, args, options)
  if ('problem' in resolved) throw fail(mismatch(resolved.problem))
  return resolved.expression
}

const outputOf = (column: NamedExpression): Field => ({
  name: column.name,
  type: column.expression.type,
  nullable: column.expression.nullable,
})

/** A project node with its schema; fails when two columns would carry the same name. */
export function project(from: Node, columns: readonly NamedExpression[]): ProjectNode {
  uniqueNames(columns.map((c) => c.name))
  return Object.freeze({ kind: 'project', from, columns, schema: columns.map(outputOf) })
}

/** Fails when two of the names are equal without regard to case, or one is empty. */
export function uniqueNames(names: readonly string[]): void {
  const seen = new Set<string>()
  const problems: Diagnostic[] = []
  for (const name of names) {
    if (typeof name !== 'string' || name === '') problems.push(invalid('a column needs a name'))
    else if (seen.has(name.toLowerCase())) {
      problems.push(mistake('plan.duplicate-column', `two columns would be named "${name}"`))
    } else seen.add(name.toLowerCase())
  }
  refuse(problems)
}

/** All columns of the input, those in `changed` replaced in place or added after. */
export function withColumns(from: Node, changed: readonly NamedExpression[]): ProjectNode {
  uniqueNames(changed.map((c) => c.name))
  const left = new Map(changed.map((c) => [c.name.toLowerCase(), c]))
  const kept = from.schema.map((field): NamedExpression => {
    const replacement = left.get(field.name.toLowerCase())
    left.delete(field.name.toLowerCase())
    return replacement ?? { name: field.name, expression: ref(field) }
  })
  return project(from, [...kept, ...left.values()])
}

/** A name that no column has, for a column that is left out again. */
export function freshName(schema: Schema, base: string): string {
  return findField(schema, base) === undefined ? base : freshName(schema, `${base}$`)
}

/** All columns of the input but some. */
export function withoutColumns(from: Node, names: readonly string[]): ProjectNode {
  const kept = from.schema.filter((f) => !names.includes(f.name))
  return project(
    from,
    kept.map((f) => ({ name: f.name, expression: ref(f) })),
  )
}

/** Adds columns of calls over windows; fails when two columns would carry the same name. */
export function windowNode(from: Node, columns: readonly NamedExpression[]): WindowNode {
  uniqueNames([...from.schema, ...columns].map((c) => c.name))
  return Object.freeze({
    kind: 'window',
    from,
    columns,
    schema: [...from.schema, ...columns.map(outputOf)],
  })
}

/** Keeps the rows for which the condition is true. */
export function filterNode(from: Node, predicate: Expression): FilterNode {
  if (predicate.type.kind !== 'bool') throw fail(mismatch(`a condition is bool, not ${predicate.type.kind}`))
  return Object.freeze({ kind: 'filter', from, predicate, schema: from.schema })
}

/** Sends rows for which the condition is not true to the rejects. */
export function expectNode(from: Node, options: Omit<ExpectNode, 'kind' | 'from' | 'schema'>): ExpectNode {
  if (options.predicate.type.kind !== 'bool') {
    throw fail(mismatch(`a condition is bool, not ${options.predicate.type.kind}`))
  }
  return Object.freeze({ kind: 'expect', from, ...options, schema: from.schema })
}

/** Sort keys of an order by names; NULL last unless said otherwise. */
export function sortKeysOf(input: Node, order: readonly ColumnOrder[], what = 'order'): SortKey[] {
  const fields = fieldsOf(
    input,
    order.map((o) => o.column),
    what,
  )
  return fields.map((field, i) => ({
    expression: ref(field),
    direction: order[i]?.direction ?? 'asc',
    nulls: order[i]?.nulls ?? 'last',
  }))
}

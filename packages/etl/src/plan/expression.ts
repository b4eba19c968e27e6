import type { LogicalType } from './type.ts'

/**
 * The value of a literal in canonical form: text for every number (so nothing is rounded), ISO 8601 for dates and
 * times (`2024-01-31`, `12:00:00.000000`, `2024-01-31T12:00:00.000000`), hexadecimal for bytes, arrays for lists,
 * objects for structs, arrays of pairs for maps; `null` is typed.
 */
export type LiteralValue =
  | null
  | boolean
  | string
  | readonly LiteralValue[]
  | { readonly [name: string]: LiteralValue }

/** How rows are ordered by one expression. Null order is always explicit. */
export interface SortKey {
  readonly expression: Expression
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

/** Bounds of a window frame in rows; `null` is unbounded, 0 the current row, negative before it. */
export interface WindowFrame {
  readonly from: number | null
  readonly to: number | null
}

/** A typed expression tree. Every member carries the type and nullability of its result. */
export type Expression =
  | ColumnExpression
  | LiteralExpression
  | CallExpression
  | AggregateExpression
  | WindowExpression

interface Typed {
  readonly type: LogicalType
  readonly nullable: boolean
}

export interface ColumnExpression extends Typed {
  readonly kind: 'column'
  readonly name: string
}

export interface LiteralExpression extends Typed {
  readonly kind: 'literal'
  readonly value: LiteralValue
}

/** A call of a scalar function of the catalogue. */
export interface CallExpression extends Typed {
  readonly kind: 'call'
  readonly function: string
  readonly args: readonly Expression[]
}

/** A call of an aggregate function; allowed only in aggregate nodes. */
export interface AggregateExpression extends Typed {
  readonly kind: 'aggregate'
  readonly function: string
  readonly args: readonly Expression[]
  readonly distinct?: boolean
  readonly filter?: Expression
  readonly order?: readonly SortKey[]
}

/** A call of a window function (or an aggregate over a window); allowed only in window nodes. */
export interface WindowExpression extends Typed {
  readonly kind: 'window'
  readonly function: string
  readonly args: readonly Expression[]
  readonly partition: readonly Expression[]
  readonly order: readonly SortKey[]
  readonly frame?: WindowFrame
}

export interface NamedExpression {
  readonly name: string
  readonly expression: Expression
}

/** Visits an expression and all below it, parents first. */
export function walkExpression(expression: Expression, visit: (e: Expression) => void): void {
  visit(expression)
  for (const child of childExpressions(expression)) walkExpression(child, visit)
}

/** The direct children of an expression, in order. */
export function childExpressions(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
      return expression.args
    case 'aggregate':
      return [
        ...expression.args,
        ...(expression.filter ? [expression.filter] : []),
        ...(expression.order ?? []).map((k) => k.expression),
      ]
    case 'window':
      return [...expression.args, ...expression.partition, ...expression.order.map((k) => k.expression)]
  }
}

/** Rebuilds an expression bottom-up; `change` sees each node after its children. */
export function mapExpression(expression: Expression, change: (e: Expression) => Expression): Expression {
  const go = (e: Expression): Expression => mapExpression(e, change)
  const keys = (order: readonly SortKey[]): SortKey[] =>
    order.map((k) => ({ ...k, expression: go(k.expression) }))
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return change(expression)
    case 'call':
      return change({ ...expression, args: expression.args.map(go) })
    case 'aggregate':
      return change({
        ...expression,
        args: expression.args.map(go),
        ...(expression.filter ? { filter: go(expression.filter) } : {}),
        ...(expression.order ? { order: keys(expression.order) } : {}),
      })
    case 'window':
      return change({
        ...expression,
        args: expression.args.map(go),
        partition: expression.partition.map(go),
        order: keys(expression.order),
      })
  }
}

/** The names of the columns an expression reads, each once, in order of first use. */
export function columnsOf(expression: Expression): string[] {
  const names = new Set<string>()
  walkExpression(expression, (e) => {
    if (e.kind === 'column') names.add(e.name)
  })
  return [...names]
}

import type { Diagnostic } from '../base/errors.ts'
import { type Expr, isExpr, makeExpr, type Refs, type Resolution, rowResolution } from '../function/expr.ts'
import { literalOf, naturalType } from '../function/literal.ts'
import type { JsLiteral, Order } from '../function/signature.ts'
import type { Column, ColumnName, Columns } from '../plan/columns.ts'
import type { Expression, NamedExpression } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import { findField, type Kind } from '../plan/type.ts'
import { type ColumnOrder, mismatch, ref, unknownColumn } from './build.ts'

/** A value of a row: an expression, or a plain value that becomes a literal. */
export type RowValue = Expr<Kind, boolean, 'row'> | string | number | bigint | boolean | Date

type LiteralColumn<V> = V extends string
  ? Column<'text', false>
  : V extends boolean
    ? Column<'bool', false>
    : V extends bigint
      ? Column<'int64', false>
      : V extends number
        ? Column<'int64' | 'decimal', false>
        : Column<'timestamp', false>

/** The columns that named expressions make. */
export type ValueColumns<D> = {
  readonly [N in keyof D]: D[N] extends Expr<infer K, infer Nu, infer _S>
    ? Column<K, Nu>
    : LiteralColumn<D[N]>
}

/** An order by names: a name alone means ascending; `asc('name')` and `desc('name')` say more. */
export type OrderBy<C extends Columns, N extends string> = ColumnName<C, N> | Order<ColumnName<C, N>>

/** An order by names as the step's options hold it. */
export function columnOrders(order: readonly (string | Order)[]): ColumnOrder[] {
  return order.map((item) => {
    if (typeof item === 'string') return { column: item }
    return {
      column: String(item.by),
      direction: item.direction,
      ...(item.nulls === undefined ? {} : { nulls: item.nulls }),
    }
  })
}

/**
 * The columns of a node as expressions. A name that is no column gives an expression that carries the problem, so that
 * a mistake in plain JavaScript is reported with all others and not thrown.
 */
export function refsOf<C extends Columns>(input: Node): Refs<C> {
  const made = new Map<string, Expr>()
  return new Proxy(Object.freeze({}), {
    get: (_target, name) => {
      if (typeof name !== 'string') return undefined
      const known = made.get(name)
      if (known !== undefined) return known
      const field = findField(input.schema, name)
      const expr: Expr =
        field === undefined
          ? makeExpr({ problems: [unknownColumn(input.schema, name)] })
          : makeExpr({ expression: ref(field) })
      made.set(name, expr)
      return expr
    },
    has: (_target, name) => typeof name === 'string' && findField(input.schema, name) !== undefined,
    ownKeys: () => input.schema.map((f) => f.name),
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  }) as Refs<C>
}

const literalResolution = (value: JsLiteral): Resolution => {
  const type = naturalType(value)
  const literal = type === undefined ? 'a bare NULL has no type; cast it' : literalOf(value, type)
  return typeof literal === 'string' ? { problems: [mismatch(literal)] } : { expression: literal }
}

/** The expression of a row value. */
export function valueResolution(value: unknown): Resolution {
  return isExpr(value) ? rowResolution(value) : literalResolution(value as JsLiteral)
}

/** Named expressions out of what a user's function returned; all problems at once. */
export function namedExpressions(
  values: Readonly<Record<string, unknown>>,
  resolve: (value: unknown) => Resolution = valueResolution,
): readonly NamedExpression[] | { readonly problems: readonly Diagnostic[] } {
  const named: NamedExpression[] = []
  const problems: Diagnostic[] = []
  for (const [name, value] of Object.entries(values)) {
    const resolution = resolve(value)
    if ('problems' in resolution) problems.push(...resolution.problems)
    else named.push({ name, expression: resolution.expression })
  }
  return problems.length > 0 ? { problems } : named
}

/** Options of one condition over the columns. */
export function conditionOf<C extends Columns>(
  input: Node,
  make: (c: Refs<C>) => unknown,
): Expression | readonly Diagnostic[] {
  const resolution = valueResolution(make(refsOf<C>(input)))
  return 'problems' in resolution ? resolution.problems : resolution.expression
}

/** Marks the options of a step that could not be made. */
export const isProblems = (value: unknown): value is readonly Diagnostic[] => Array.isArray(value)

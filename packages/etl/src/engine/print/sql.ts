import type { Dialect } from '../../function/contract.ts'
import { nameQuoting, sqlType, textQuoting } from '../../function/dialect.ts'
import { printExpression } from '../../function/print.ts'
import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { LogicalType, Schema } from '../../plan/type.ts'

/** The words that node printers write a dialect with. */
export interface Sql {
  readonly dialect: Dialect
  /** A quoted identifier. */
  readonly name: (name: string) => string
  /** A quoted text literal. */
  readonly text: (value: string) => string
  readonly type: (type: LogicalType) => string
  readonly expr: (e: Expression) => string
}

const writing = (dialect: Dialect): Sql => ({
  dialect,
  name: nameQuoting[dialect],
  text: textQuoting[dialect],
  type: (type) => sqlType(type, dialect),
  expr: (e) => printExpression(e, dialect),
})

/** The words of each dialect. */
export const sqlOf: Readonly<Record<Dialect, Sql>> = {
  duckdb: writing('duckdb'),
  postgres: writing('postgres'),
  spark: writing('spark'),
}

/** Names a subquery of a FROM clause, which PostgreSQL demands. */
export const sourceOf = (from: string, s: Sql): string => `${from} AS ${s.name('__in')}`

export const columnList = (schema: Schema, s: Sql): string => schema.map((f) => s.name(f.name)).join(', ')

export const namedList = (columns: readonly NamedExpression[], s: Sql): string =>
  columns.map((c) => `${s.expr(c.expression)} AS ${s.name(c.name)}`).join(', ')

/** The condition under which a row passes: true, not merely "not false". */
export const holds = (predicate: Expression, s: Sql): string => `(${s.expr(predicate)}) IS TRUE`

import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { Schema } from '../../plan/type.ts'
import { type Hoisted, hoistRepeated } from './hoist.ts'
import { columnList, namedList, sourceOf, type Sql } from './sql.ts'

/** Wraps a relation in projections that compute hoisted arguments, innermost level last in the list. */
export function withLevels(levels: Hoisted['levels'], from: string, s: Sql): string {
  return levels
    .toReversed()
    .reduce((inner, level) => `(SELECT *, ${namedList(level, s)} FROM ${sourceOf(inner, s)})`, from)
}

/** Prints the rows for which a predicate is true. Bare in WHERE, its conjuncts can be pushed down one by one. */
export function printFiltered(predicate: Expression, schema: Schema, from: string, s: Sql): string {
  const { levels, expressions } = hoistRepeated([predicate], s.dialect)
  const columns = levels.length === 0 ? '*' : columnList(schema, s)
  const source = sourceOf(withLevels(levels, from, s), s)
  return `SELECT ${columns} FROM ${source} WHERE ${s.expr(expressions[0] ?? predicate)}`
}

/** Prints a projection. */
export function printProject(columns: readonly NamedExpression[], from: string, s: Sql): string {
  const { levels, expressions } = hoistRepeated(
    columns.map((c) => c.expression),
    s.dialect,
  )
  const hoisted = columns.map((c, i) => ({ name: c.name, expression: expressions[i] ?? c.expression }))
  return `SELECT ${namedList(hoisted, s)} FROM ${sourceOf(withLevels(levels, from, s), s)}`
}

import type { Expression, NamedExpression } from '../../plan/expression.ts'
import { hoistRepeated, shareCalls } from '../print/hoist.ts'
import { printProject, withLevels } from '../print/project.ts'
import { holds, namedList, sourceOf, sqlOf } from '../print/sql.ts'

const s = sqlOf.duckdb

/**
 * Prints an `expect` and the projection over it together, so that calls of both (a parse and the check that it worked)
 * are evaluated once. Undefined when they share none.
 */
export function printGuardedProject(
  guard: { readonly predicate: Expression; readonly from: string },
  columns: readonly NamedExpression[],
): string | undefined {
  const { shared, predicate, columns: outer } = shareCalls(guard.predicate, columns)
  if (shared.length === 0) return undefined
  const { levels, expressions } = hoistRepeated(
    shared.map((c) => c.expression),
    'duckdb',
  )
  const inner = shared.map((c, i) => ({ name: c.name, expression: expressions[i] ?? c.expression }))
  const computed = `(SELECT *, ${namedList(inner, s)} FROM ${sourceOf(withLevels(levels, guard.from, s), s)})`
  // `random()` keeps the optimizer from computing the shared calls a second time inside a filter pushed down.
  return printProject(
    outer,
    `(SELECT * FROM ${sourceOf(computed, s)} WHERE ${holds(predicate, s)} OR random() < 0)`,
    s,
  )
}

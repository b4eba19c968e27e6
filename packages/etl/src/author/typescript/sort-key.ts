import type { Diagnostic } from '../../base/errors.ts'
import { isExpr, rowResolution } from '../../function/expr.ts'
import type { OrderItem } from '../../function/signature.ts'
import type { SortKey } from '../../plan/expression.ts'

/** The sort keys of an order by expressions, or what is wrong with it. */
export function sortKeys(
  order: readonly OrderItem[],
): { readonly keys: readonly SortKey[] } | { readonly problems: readonly Diagnostic[] } {
  const keys: SortKey[] = []
  const problems: Diagnostic[] = []
  for (const item of order) {
    const resolution = rowResolution(isExpr(item) ? item : item.by)
    if ('problems' in resolution) problems.push(...resolution.problems)
    else {
      const { direction = 'asc', nulls = 'last' } = isExpr(item) ? {} : item
      keys.push({ expression: resolution.expression, direction, nulls })
    }
  }
  return problems.length > 0 ? { problems } : { keys }
}

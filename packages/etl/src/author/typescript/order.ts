import type { Expr } from '../../function/expr.ts'
import type { Order } from '../../function/signature.ts'
import type { Kind } from '../../plan/type.ts'

/** Where NULL stands in an order. Default: last, in both directions. */
export interface OrderOptions {
  readonly nulls?: 'first' | 'last'
}

/** Orders upwards by a column (its name) or an expression. NULL comes last unless said otherwise. */
export function asc<const T extends string | Expr<Kind, boolean, 'row'>>(
  by: T,
  options: OrderOptions = {},
): Order<T> {
  return Object.freeze({ kind: 'order', by, direction: 'asc', ...options })
}

/** Orders downwards by a column (its name) or an expression. NULL comes last unless said otherwise. */
export function desc<const T extends string | Expr<Kind, boolean, 'row'>>(
  by: T,
  options: OrderOptions = {},
): Order<T> {
  return Object.freeze({ kind: 'order', by, direction: 'desc', ...options })
}
